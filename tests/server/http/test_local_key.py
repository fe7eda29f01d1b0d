"""The local key: made once for each data folder, for its owner alone, and never where anybody else could know it."""

import re
import stat
import sys
from pathlib import Path
from threading import Barrier, Thread

import pytest

from flint_server.http import local_key as keys
from flint_server.http.local_key import KeyUnusable, local_key

no_modes = pytest.mark.skipif(sys.platform == "win32", reason="permissions are not bits there")


def test_a_key_is_made_once_and_survives_every_restart(tmp_path: Path) -> None:
    key = local_key(tmp_path / "local.key")
    assert re.fullmatch(r"flk_local_[A-Za-z0-9_-]{43}", key)
    assert local_key(tmp_path / "local.key") == key
    assert (tmp_path / "local.key").read_text() == f"{key}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["local.key"]


def test_two_folders_have_two_keys(tmp_path: Path) -> None:
    assert local_key(tmp_path / "one.key") != local_key(tmp_path / "two.key")


@no_modes
def test_only_its_owner_may_read_the_key(tmp_path: Path) -> None:
    local_key(tmp_path / "local.key")
    assert stat.S_IMODE((tmp_path / "local.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("links", [True, False])
def test_servers_that_start_together_have_one_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    if not links:

        def refused(_path: Path, _target: Path) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(Path, "hardlink_to", refused)
        assert local_key(tmp_path / "local.key") == local_key(tmp_path / "local.key")
        return
    together, found = Barrier(8), set[str]()

    def start() -> None:
        together.wait()
        found.add(local_key(tmp_path / "local.key"))

    threads = [Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {local_key(tmp_path / "local.key")}
    assert [path.name for path in tmp_path.iterdir()] == ["local.key"]


@no_modes
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_a_key_that_others_can_read_or_write_is_refused(tmp_path: Path, mode: int) -> None:
    key = local_key(tmp_path / "local.key")
    (tmp_path / "local.key").chmod(mode)
    with pytest.raises(KeyUnusable) as refused:
        local_key(tmp_path / "local.key")
    assert f"can be read or written by other users (mode {mode:o})" in refused.value.message
    assert refused.value.hint == "Delete it, and the next start makes a new one: somebody may know this one."
    assert key not in str(refused.value)


@no_modes
def test_a_key_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    local_key(tmp_path / "local.key")
    owner = (tmp_path / "local.key").stat().st_uid
    monkeypatch.setattr(keys.os, "geteuid", lambda: owner + 1_000)
    if owner == 0:  # what the superuser made is nobody's secret but the machine's
        assert local_key(tmp_path / "local.key")
        return
    with pytest.raises(KeyUnusable, match="belongs to another user"):
        local_key(tmp_path / "local.key")


@pytest.mark.parametrize("content", ["", "\n", "flk_local_short\n", "flk_live_" + "a" * 43, "flk_local_" + "ä" * 43])
def test_a_file_without_a_key_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "local.key").write_text(content)
    (tmp_path / "local.key").chmod(0o600)
    with pytest.raises(KeyUnusable, match=r"holds no local key\. Delete it"):
        local_key(tmp_path / "local.key")


def test_a_folder_in_its_place_is_said_in_two_lines(tmp_path: Path) -> None:
    (tmp_path / "local.key").mkdir()
    with pytest.raises(KeyUnusable) as refused:
        local_key(tmp_path / "local.key")
    assert refused.value.message == f"The local key {tmp_path / 'local.key'} cannot be used: Is a directory."
