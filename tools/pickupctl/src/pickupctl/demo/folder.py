"""The folder of a demo: of one at a time, and emptied only if it is one's."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pickupctl.errors import CommandFault, InputFault
from pickupctl.files import made

_LOCK = "demo.lock"


@contextmanager
def held(folder: Path, *, fresh: bool) -> Iterator[None]:
    """Hold a folder for a demo; empty at first, if it is to be `fresh`.

    Raises:
        InputFault: there is something in it that is no demo's, or that can't be deleted.
        CommandFault: another demo runs on it.
    """
    made(folder)
    if any(folder.iterdir()) and not _of_a_demo(folder):
        raise InputFault(
            f"{folder}: holds other things than a demo's, which are left alone: name another with --folder"
        )
    with (folder / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandFault(
                f"a demo runs on {folder} already: stop it with Ctrl-C there, or name another folder with --folder"
            ) from None
        if fresh:
            _empty(folder)
        yield


def _of_a_demo(folder: Path) -> bool:
    env = folder / "env"
    # Demos of before there was a lock are known by the settings that they wrote.
    return (folder / _LOCK).is_file() or (env.is_file() and b"PICKUP_KAFKA_BOOTSTRAP=" in env.read_bytes())


def _empty(folder: Path) -> None:
    try:
        for one in folder.iterdir():
            if one.is_dir() and not one.is_symlink():
                shutil.rmtree(one)
            elif one.name != _LOCK:
                one.unlink()
    except OSError as error:
        raise InputFault(f"{error.filename}: could not be deleted: {error.strerror}") from None
