"""What a folder lies on. SQLite needs locks and shared memory that a disk of this machine has and a network has not."""

from pathlib import Path

MOUNTS = Path("/proc/mounts")  # Linux; elsewhere only the names tell

_NETWORK = frozenset((
    "9p", "afpfs", "afs", "beegfs", "ceph", "cifs", "davfs", "fuse.gcsfuse", "fuse.glusterfs", "fuse.rclone",
    "fuse.s3fs", "fuse.sshfs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs", "webdav",
))  # fmt: skip
# Folders that a program copies to other machines behind the back of whoever writes in them, by their usual names.
_SYNCED = frozenset((
    "cloudstorage", "creative cloud files", "dropbox", "google drive", "googledrive", "icloud drive",
    "mobile documents", "my drive", "nextcloud", "onedrive", "owncloud", "pclouddrive", "proton drive", "seafile",
    "yandex.disk",
))  # fmt: skip
_SYNCED_AT_HOME = frozenset({"box", "box sync", "mega", "sync"})  # words that mean it only right below the home folder


def network_of(folder: Path, mounts: Path = MOUNTS) -> str | None:
    """The network file system that the folder is on, as the system calls it; None for a disk of this machine, and where
    the system does not tell."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    place, found, depth = folder.expanduser().resolve(), "", -1
    for line in lines:
        _device, point, kind, *_ = [*line.split(" "), "", "", ""]
        mounted = Path(_unescaped(point))
        if len(mounted.parts) > depth and (place == mounted or mounted in place.parents):
            found, depth = kind, len(mounted.parts)
    return found if found in _NETWORK else None


def sync_of(folder: Path, home: Path | None = None) -> str | None:
    """The name of the folder above (or this one) that a cloud program keeps in step, by its usual name."""
    home, place = home or Path.home(), folder.expanduser().absolute()
    for part in (place, *place.parents):
        name = part.name.casefold()
        if name in _SYNCED or name.startswith("onedrive -") or (name in _SYNCED_AT_HOME and part.parent == home):
            return part.name
    return None


def _unescaped(point: str) -> str:
    """A mount point as it is: the system writes a blank as \\040."""
    return point.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
