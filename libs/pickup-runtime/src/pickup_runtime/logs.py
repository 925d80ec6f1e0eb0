"""Structured logs. Personal data is dropped by key before a line is written, whatever a caller passes."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

#: Keys whose values could identify a person. They are replaced, so that a slip in a log call stays harmless.
PERSONAL_KEYS = frozenset(
    {"name", "phone", "email", "address", "line1", "line2", "postcode", "notes", "description", "comment", "token"}
    | {"body", "value", "event", "booking", "ip", "contact", "recipient", "booker", "password", "secret", "key"}
) - {"event"}

_QUIET = ("aiokafka", "kafka", "faust", "mode", "granian", "_granian", "asyncio", "httpx", "httpcore", "aiohttp")


def configure(service: str, *, level: str = "INFO", form: str = "json") -> None:
    """Set up logging for this process: one line an event, to standard error, `service` on every line."""
    renderer: Any = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _redact,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=[*shared, _add_logger_name])
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def get(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger whose lines carry `room=name`."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(room=name)
    return logger


def _redact(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in PERSONAL_KEYS & line.keys():
        line[key] = "[redacted]"
    return line


def _add_logger_name(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    record = line.get("_record")
    if record is not None:
        line["room"] = record.name
    return line
