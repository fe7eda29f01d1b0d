"""Install and start the third-party Stripe server, in a Python of its own and a folder that git ignores."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = ROOT / ".cache" / "stripe-world"
LAUNCHER = Path(__file__).with_name("stripe_world.py")

# The server's own pins, and what it needs. It declares Python 3.14; the launcher says how it runs on 3.13.
SERVER = ("seahaven==0.6.0", "seahaven-stripe-world==0.3.0")
NEEDS = ("apsw>=3.53.4", "pydantic>=2.13.5,<3", "pyyaml>=6.0.3", "starlette>=0.47", "uvicorn>=0.35")
OLDEST = (3, 13)

OWN_PYTHON = "FLINT_STRIPE_WORLD_PYTHON"  # names the Python to use; without it one is looked for
INSTALL_TIMEOUT = 240  # seconds
START_TIMEOUT = 60  # seconds
STARTS = 3  # tries: the free port may be taken in between


class NoStripeWorld(Exception):
    """The server cannot run here; the message says why."""


def spec_of(site: Path) -> Path:
    """Stripe's published OpenAPI file, as the server's wheel carries it."""
    return site / "seahaven_stripe_world" / "spec" / "spec3.json"


def _candidates() -> Iterator[str]:
    if own := os.environ.get(OWN_PYTHON):
        yield own
        return
    yield sys.executable
    for name in ("python3.14", "python3.13"):
        if found := shutil.which(name):
            yield found
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for pattern in ("3.14.*", "3.13.*"):
        yield from (str(python) for python in sorted((pyenv / "versions").glob(f"{pattern}/bin/python"), reverse=True))


def find_python() -> tuple[str, str]:
    """A Python that can run the server, and its version as "3.13". Raises NoStripeWorld."""
    ask = "import sys; print(*sys.version_info[:2], sep='.')"
    for candidate in _candidates():
        try:
            said = subprocess.run([candidate, "-c", ask], capture_output=True, text=True, timeout=20, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
        version = said.stdout.strip()
        if said.returncode == 0 and tuple(map(int, version.split("."))) >= OLDEST:
            return candidate, version
    raise NoStripeWorld(f"no Python 3.13 or 3.14 was found; {OWN_PYTHON} can name one")


def install(python: str, version: str) -> Path:
    """The folder that holds the server for this Python, made if it is not there yet. Raises NoStripeWorld."""
    names = "-".join(pin.rpartition("==")[2] for pin in SERVER)
    site = CACHE / f"{names}-py{version}-{sys.platform}"
    if site.is_dir():
        return site
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE.parent / ".gitignore").write_text("*\n")
    making = Path(tempfile.mkdtemp(dir=CACHE))
    try:
        _pip(python, making, "--only-binary=:all:", *NEEDS)
        _pip(python, making, "--no-deps", "--ignore-requires-python", *SERVER)
        try:
            making.rename(site)
        except OSError:  # another run was first
            if not site.is_dir():
                raise
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return site


def _pip(python: str, site: Path, *what: str) -> None:
    """Install into the folder, with that Python's own pip or, where it has none, with this one's."""
    install = ["install", "--quiet", "--disable-pip-version-check", "--target", str(site), *what]
    said = ""
    for pip in ([python, "-m", "pip"], [sys.executable, "-m", "pip", "--python", python]):
        try:
            done = subprocess.run(
                [*pip, *install], capture_output=True, text=True, timeout=INSTALL_TIMEOUT, check=False
            )
        except subprocess.TimeoutExpired:
            raise NoStripeWorld(f"installing {what[-1]} took more than {INSTALL_TIMEOUT} s") from None
        if done.returncode == 0:
            return
        said = (done.stderr.strip() or "pip said nothing").splitlines()[-1]
    raise NoStripeWorld(f"{what[-1]} could not be installed: {said}")


@contextmanager
def running(python: str, site: Path, log: Path) -> Iterator[str]:
    """The server on a free loopback port: gives its base address. Raises NoStripeWorld when it does not start."""
    for _ in range(STARTS):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        options = json.dumps({"startup": {"livemode": False}})
        command = [python, str(LAUNCHER), "--port", str(port), "--max-instances", "0", "--reset-options", options]
        with log.open("wb") as written:
            environment = {**os.environ, "PYTHONPATH": str(site)}
            server = subprocess.Popen(command, env=environment, stdout=written, stderr=subprocess.STDOUT)
        try:
            if _answers(server, port):
                yield f"http://127.0.0.1:{port}"
                return
        finally:
            server.terminate()
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
    said = log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
    raise NoStripeWorld(f"the server did not start: {said[-1]}")


def _answers(server: subprocess.Popen[bytes], port: int) -> bool:
    """Whether the server answers before it ends or the time is up."""
    until = time.monotonic() + START_TIMEOUT
    while server.poll() is None and time.monotonic() < until:
        try:
            urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
        except HTTPError as answered:
            answered.close()
            return True
        except OSError:
            time.sleep(0.1)  # a process of its own is waited for, nothing of Flint's
    return False
