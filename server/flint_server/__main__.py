"""`python -m flint_server` is `flint`."""

from flint_server.cli.main import main

main()
