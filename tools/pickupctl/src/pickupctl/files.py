"""Files that a person names on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pickupctl.errors import InputFault


def text_of(file: Path) -> str:
    """What stands in a file.

    Raises:
        InputFault: it can't be read, or is not UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise InputFault(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputFault(f"{file}: not UTF-8") from None


def made(folder: Path) -> None:
    """A folder that is there now.

    Raises:
        InputFault: something else has that name, or it can't be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise InputFault(f"{folder}: not a folder") from None
    except OSError as error:
        raise InputFault(f"{folder}: {error.strerror}") from None


@contextmanager
def written(file: Path) -> Iterator[IO[bytes]]:
    """A file to write to.

    Raises:
        InputFault: it can't be written.
    """
    try:
        with file.open("wb") as out:
            yield out
    except OSError as error:
        raise InputFault(f"{file}: {error.strerror}") from None
