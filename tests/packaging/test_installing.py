"""Installed as people install it: the wheel on every Python of this machine, `uvx --from .`, pipx, a source archive.

They need the package index, and a folder of their own for each.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(sysconfig.get_path("scripts"))
UV = SCRIPTS / "uv"
PATIENCE = 600.0  # seconds for an installation on a busy machine
PIPX = "pipx==1.18.4"


def run(*command: object, cwd: Path = ROOT, **environment: str) -> str:
    """What a command printed; it must succeed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def programs(environment: Path) -> Path:
    return environment / ("Scripts" if os.name == "nt" else "bin")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-d", folder)
    return folder


def interpreters() -> dict[str, str]:
    """Every Python from 3.11 on that is on this machine, by its version; pyenv's need not be active."""
    found: dict[str, str] = {}
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in ("3.11", "3.12", "3.13", "3.14"):
        asked = subprocess.run(
            [str(UV), "python", "find", "--no-python-downloads", version], capture_output=True, text=True, check=False
        )
        built = sorted(versions.glob(f"{version}.*/bin/python"))
        if asked.returncode == 0:
            found[version] = asked.stdout.strip()
        elif built:
            found[version] = str(built[-1])
    return found


@pytest.mark.parametrize(("version", "interpreter"), interpreters().items())
def test_the_wheel_runs_the_five_calls_on_every_python(
    built: Path, tmp_path: Path, version: str, interpreter: str
) -> None:
    [wheel] = built.glob("*.whl")
    environment = tmp_path / "environment"
    run(UV, "venv", "-q", "--no-python-downloads", "--python", interpreter, environment)
    python = programs(environment) / "python"
    run(UV, "pip", "install", "-q", "--python", python, "--require-hashes", "-r", ROOT / "requirements.lock")
    run(UV, "pip", "install", "-q", "--python", python, "--no-deps", wheel)
    assert "totalMoney 11059  paidMoney 11059  refundedMoney 2900" in run(
        programs(environment) / "flint", "demo", cwd=tmp_path
    )
    assert f"Python {version}" in run(programs(environment) / "flint", "doctor", "--data", tmp_path, cwd=tmp_path)


def test_uvx_runs_it_from_the_folder(tmp_path: Path) -> None:
    run(UV, "tool", "run", "-q", "--python", sys.executable, "--from", ROOT, "flint", "--version", cwd=tmp_path)
    printed = run(UV, "tool", "run", "-q", "--python", sys.executable, "--from", ROOT, "flint", "demo", cwd=tmp_path)
    assert "Nothing was kept." in printed


def test_pipx_installs_it_from_the_folder(tmp_path: Path) -> None:
    homes = {"PIPX_HOME": str(tmp_path / "home"), "PIPX_BIN_DIR": str(tmp_path / "bin"), "PIPX_MAN_DIR": str(tmp_path)}
    pipx = [UV, "tool", "run", "-q", "--python", sys.executable, PIPX]
    run(*pipx, "install", ROOT, cwd=tmp_path, **homes)
    assert "Nothing was kept." in run(tmp_path / "bin" / "flint", "demo", cwd=tmp_path)


def test_the_readmes_first_command_works_from_the_source_archive(built: Path, tmp_path: Path) -> None:
    [archive] = built.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(tmp_path, filter="data")
    [folder] = tmp_path.iterdir()
    block = (folder / "README.md").read_text(encoding="utf-8").split("<!-- command:demo -->\n```sh\n")[1]
    shell = shutil.which("sh")
    assert shell is not None
    assert "Nothing was kept." in run(shell, "-c", block.split("\n```")[0], cwd=folder)
