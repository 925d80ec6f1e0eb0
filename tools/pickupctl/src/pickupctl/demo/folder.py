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
#: What a demo leaves behind.
_SIGNS = (_LOCK, "env", "secrets")


@contextmanager
def held(folder: Path, *, fresh: bool) -> Iterator[None]:
    """Hold a folder for a demo; empty at first, if it is to be `fresh`.

    Raises:
        InputFault: there is something in it that is no demo's.
        CommandFault: another demo runs on it.
    """
    made(folder)
    if any(folder.iterdir()) and not any((folder / sign).exists() for sign in _SIGNS):
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
            for one in folder.iterdir():
                if one.is_dir() and not one.is_symlink():
                    shutil.rmtree(one)
                elif one.name != _LOCK:
                    one.unlink()
        yield
