"""What a log may tell of an error: what kind it is, what led to it and the lines it came through, never what it says.

Messages quote what they stumbled over: a name, an address, a row of the database. Those of a class are told only where
the class promises to hold no personal data, by `may_be_logged = True`; of the system's own errors, the system's words;
of the database's, which constraint, table or column.
"""

from __future__ import annotations

import os
import socket
import ssl
import traceback
from collections.abc import Iterator
from itertools import islice
from types import TracebackType

import asyncpg

#: Lines of one error in all, frames of one stack, errors of one group: what is more is left out, and counted.
_LINES = 200
_FRAMES = 30
_GROUP = 10
_WORDS = 300


def told(error: BaseException) -> str:
    """An error on several lines, with the whole chain of those that led to it and those it groups: each one's kind, and
    file, line and function of each frame, outermost first."""
    lines = list(islice(_lines(error, set()), _LINES + 1))
    if len(lines) > _LINES:
        lines[-1] = "…"
    return "\n".join(lines)


def named(error: BaseException) -> str:
    """An error on one line: its kind, and what may be said besides."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    words = " ".join(_words(error).split())
    return f"{name}: {words[:_WORDS]}" if words else name


def _lines(error: BaseException, seen: set[int], indent: str = "") -> Iterator[str]:
    link = ""
    while True:
        yield f"{indent}{link}{named(error)}"
        if id(error) in seen:
            return
        seen.add(id(error))
        for frame in _frames(error.__traceback__):
            yield f"{indent}  {frame}"
        if isinstance(error, BaseExceptionGroup):
            for part in error.exceptions[:_GROUP]:
                yield from _lines(part, seen, f"{indent}  | ")
            if (more := len(error.exceptions) - _GROUP) > 0:
                yield f"{indent}  | … and {more} more"
        if error.__cause__ is not None:
            link, error = "caused by ", error.__cause__
        elif error.__context__ is not None and not error.__suppress_context__:
            link, error = "while handling ", error.__context__
        else:
            return


def _frames(trace: TracebackType | None) -> list[str]:
    # The code's own names are told, its lines are not read: the file may have changed, and nothing is to be had of it.
    frames = [
        f"at {frame.f_code.co_filename}:{line} in {frame.f_code.co_qualname}"
        for frame, line in traceback.walk_tb(trace)
    ]
    if (more := len(frames) - _FRAMES) > 0:
        frames[_FRAMES // 3 : _FRAMES // 3 + more] = [f"… {more} more"]
    return frames


def _words(error: BaseException) -> str:
    if getattr(type(error), "may_be_logged", False) is True:
        try:
            return str(error)
        except Exception:
            return ""
    if isinstance(error, OSError):
        return _of_the_system(error)
    if isinstance(error, asyncpg.PostgresError):
        parts = (getattr(error, name, None) for name in ("table_name", "column_name", "constraint_name"))
        return ", ".join(part for part in parts if part)
    return ""


def _of_the_system(error: OSError) -> str:
    """The system's own sentence, where it is that: whoever raises an OSError may put there what they like."""
    if isinstance(error, ssl.SSLError):
        return f"{error.reason or ''} {getattr(error, 'verify_message', '')}"
    if isinstance(error, socket.gaierror):
        return error.strerror or ""
    return os.strerror(error.errno) if isinstance(error.errno, int) and error.errno > 0 else ""
