"""Structured logs. Personal data is dropped before a line is written, whatever a caller passes: by key, and of errors
whatever they say (`traces`). What libraries log, and what ends a thread or the process, goes this way too.
"""

from __future__ import annotations

import copy
import logging
import re
import sys
import threading
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any

import structlog

from pickup_runtime.traces import named, told

#: Keys whose values could identify a person. They are replaced, so that a slip in a log call stays harmless.
PERSONAL_KEYS = frozenset(
    {"name", "phone", "email", "address", "line1", "line2", "postcode", "notes", "description", "comment", "token"}
    | {"body", "value", "event", "booking", "ip", "contact", "recipient", "booker", "password", "secret", "key"}
) - {"event"}

_QUIET = ("aiokafka", "kafka", "faust", "mode", "granian", "_granian", "asyncio", "httpx", "httpcore", "aiohttp")
#: Where a sentence of asyncio's begins to show the task or the call that it is about, with what that was given.
_SHOWN_BY_ASYNCIO = re.compile(r"[(<\[{'\"]")


def configure(service: str, *, level: str = "INFO", form: str = "json") -> None:
    """Set up logging for this process: one line an event, to standard error, `service` on every line. An error that
    nobody catches is such a line too."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _redact,
        _tell_errors,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OfLibraries(processor=renderer, foreign_pre_chain=[*shared, _add_logger_name]))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    # What it can't write it would show on standard error, with all that was given to it.
    logging.raiseExceptions = False
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    sys.excepthook = _ended
    threading.excepthook = _thread_ended
    sys.unraisablehook = _ignored


def get(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger whose lines carry `room=name`."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(room=name)
    return logger


def _redact(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in PERSONAL_KEYS & line.keys():
        line[key] = "[redacted]"
    return line


def _tell_errors(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """`exc_info` as `exception`, and errors among the values, without what they say."""
    given = line.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else given if isinstance(given, BaseException) else None
    if given and error is None:
        error = sys.exc_info()[1]
    for key, value in line.items():
        if not key.startswith("_"):
            line[key] = _without_words(value)
    if error is not None:
        line["exception"] = told(error)
    return line


def _without_words(value: Any) -> Any:
    """A value with the errors in it named, however deep they lie."""
    if isinstance(value, BaseException):
        return named(value)
    if isinstance(value, Mapping):
        return {key: _without_words(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_without_words(part) for part in value]
    return value


def _add_logger_name(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    record = line.get("_record")
    if record is not None:
        line["room"] = record.name
    return line


class _OfLibraries(structlog.stdlib.ProcessorFormatter):
    """Lines of libraries, which show what they hold: tasks with the errors that ended them, messages, whole traces."""

    def format(self, record: logging.LogRecord) -> str:
        plain = copy.copy(record)
        args: Any = record.args
        if isinstance(args, Mapping):
            plain.args = {name: _plain(value) for name, value in args.items()}
        elif args:
            plain.args = tuple(_plain(value) for value in args)
        try:
            text = plain.getMessage()
        except Exception:
            # A placeholder for what is now a name in place of a number, or that was wrong all along.
            text = str(record.msg)
        plain.msg, plain.args = _first_line(text), None
        if record.name == "asyncio":
            plain.msg = _SHOWN_BY_ASYNCIO.split(plain.msg, maxsplit=1)[0].rstrip()
        plain.stack_info = None
        return super().format(plain)


def _plain(value: Any) -> Any:
    """A library's value as it may be shown: text, numbers and what is made of them; of everything else, its kind."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(part) for part in value]
    if isinstance(value, Mapping):
        return {_plain(name): _plain(part) for name, part in value.items()}
    if isinstance(value, BaseException):
        return named(value)
    if isinstance(value, str):
        return _first_line(value)
    if isinstance(value, type):
        return value.__name__
    return value if value is None or isinstance(value, (int, float)) else f"<{type(value).__name__}>"


def _first_line(text: str) -> str:
    """What stands before a trace, or before details."""
    return text.partition("Traceback (most recent call last)")[0].strip().partition("\n")[0]


def _ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    get("process").critical("ended_by_error", exc_info=error)


def _thread_ended(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
        get("process").error("thread_ended_by_error", exc_info=args.exc_value)


def _ignored(args: sys.UnraisableHookArgs) -> None:
    if args.exc_value is not None:
        get("process").error("error_ignored", exc_info=args.exc_value)
