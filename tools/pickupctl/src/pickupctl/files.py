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
