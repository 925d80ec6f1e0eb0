"""No personal data in a log line, whatever a caller passes."""

from __future__ import annotations

import json

import pytest
import structlog

from pickup_runtime import logs


def test_personal_keys_are_redacted(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        logs.configure("t")
        logs.get("room").warning("happened", phone="07700900123", name="Mrs X", offset=3)
    finally:
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert line["phone"] == line["name"] == "[redacted]"
    assert (line["offset"], line["service"], line["room"], line["level"]) == (3, "t", "room", "warning")
