"""A service that is started wrongly says what to do, and asked for help lists its settings."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import Field, SecretStr

from pickup_runtime.entry import run_service
from pickup_runtime.settings import RuntimeSettings


class Settings(RuntimeSettings):
    made_up_dsn: SecretStr
    made_up_port: int = Field(8080, ge=1, le=65535, description="where it listens")
    made_up_pause_s: float = Field(1.0, gt=0)


def started(monkeypatch: pytest.MonkeyPatch, *arguments: str, **settings: str) -> None:
    monkeypatch.setattr("sys.argv", ["made-up", *arguments])
    for name, value in settings.items():
        monkeypatch.setenv(f"PICKUP_{name}", value)

    async def main(_: Any) -> None:
        raise AssertionError("it ran")

    run_service("made-up", Settings, main)


def test_help_lists_the_settings(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    started(monkeypatch, "--help")
    said = capsys.readouterr().out
    assert "PICKUP_MADE_UP_DSN (needed)" in said
    assert "PICKUP_MADE_UP_PORT (8080)  where it listens" in said
    assert "PICKUP_LOG_LEVEL (INFO)" in said


@pytest.mark.parametrize(
    ("arguments", "settings", "says"),
    [
        (["--port", "1"], {}, "made-up: takes no arguments"),
        ([], {}, "made-up: PICKUP_MADE_UP_DSN: field required"),
        ([], {"MADE_UP_DSN": "x", "LOG_LEVEL": "debug"}, "PICKUP_LOG_LEVEL: input should be 'DEBUG', 'INFO'"),
        ([], {"MADE_UP_DSN": "x", "MADE_UP_PAUSE_S": "inf"}, "PICKUP_MADE_UP_PAUSE_S: input should be a finite number"),
        ([], {"MADE_UP_DSN": "x", "MADE_UP_PORT": "99999"}, "PICKUP_MADE_UP_PORT: input should be less than or equal"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    settings: dict[str, str],
    says: str,
) -> None:
    with pytest.raises(SystemExit) as ended:
        started(monkeypatch, *arguments, **settings)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1
