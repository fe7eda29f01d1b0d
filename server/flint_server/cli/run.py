"""What commands share: the option of the data folder, and how they run to their end."""

import errno
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import click

data_option = click.option(
    "--data",
    "folder",
    type=click.Path(path_type=Path, file_okay=True),
    envvar="FLINT_DATA",
    default=None,
    help="Folder of the data. Default: the platform's folder for user data.",
)


def run(main_: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a command to its end; a mistake in what was asked for is said in a line."""
    import anyio

    from flint_domain.kernel.errors import Refused
    from flint_server.processors.stripe.keys import StripeKeyRefused
    from flint_server.settings import UnknownTaxService
    from flint_tools.selection import UnknownSelection

    try:
        anyio.run(main_)
    except Refused as refused:
        raise click.ClickException(f"{refused.message}\n{refused.hint[:1].upper()}{refused.hint[1:]}.") from None
    except (UnknownSelection, StripeKeyRefused, UnknownTaxService) as wrong:
        raise click.ClickException(str(wrong)) from None
    except KeyboardInterrupt:
        sys.exit(130)
    except BaseExceptionGroup as several:
        _, others = several.split(BrokenPipeError)
        if others is not None:
            raise
        # Whoever read the output has had enough (`flint demo | head`): click ends without a word on this.
        raise BrokenPipeError(errno.EPIPE, "the output is not read any more") from None
