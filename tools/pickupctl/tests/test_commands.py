"""The command line as a stranger meets it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from pickupctl.errors import CommandFault, InputFault
from pickupctl.main import app

runner = CliRunner()
_BASE = "operator_id: op-1\nname: X\n"
_EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "operator.yaml"


def commands() -> Iterator[list[str]]:
    root = typer.main.get_command(app)
    yield []
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        yield [name]
        for inner in getattr(command, "commands", {}):
            yield [name, inner]


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_every_command_explains_itself(path: list[str]) -> None:
    result = runner.invoke(app, [*path, "--help"])
    assert result.exit_code == 0
    assert len(result.output) > 100


def test_a_missing_setting_says_how_to_set_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PICKUP_INGEST_DSN", raising=False)
    result = runner.invoke(app, ["keys", "list"])
    assert isinstance(result.exception, CommandFault)
    assert "PICKUP_INGEST_DSN is not set" in str(result.exception)


@pytest.mark.parametrize("below", ["", "/demo"])
def test_a_demo_in_what_is_no_folder_says_so(tmp_path: Path, below: str) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    for more in ([], ["--fresh"]):
        result = runner.invoke(app, ["demo", "--folder", f"{file}{below}", *more])
        assert isinstance(result.exception, InputFault)
        assert str(result.exception) == f"{file}{below}: not a folder"
        assert file.read_text() == "mine"


def test_a_profile_fault_names_its_place(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("p") / "operator.yaml"
    for text, says in (
        ("operator_id: op-1\nname: X\nwebhook:\n  url: ftp://x\n", "line 4, column 8"),
        ("operator_id: op-1\nname: X\ncolour: red\n", "colour"),
        ("operator_id: op-1\nname: X\ntime_zone: Mars/Base\n", "line 3, column 12: time_zone: no such zone"),
        ("name: [", "not valid YAML"),
        (
            _BASE + "ladders:\n  warning:\n    - {who: driver, by: email}\n",
            "line 5, column 7: ladders.warning[0]: a driver",
        ),
        (
            _BASE + "ladders:\n  warning:\n    - {who: driver, by: sms}\n",
            "line 5, column 5: ladders.warning: tells only",
        ),
        (
            _BASE + "ladders:\n  recall:\n    - {who: dispatcher, by: sms}\n",
            "line 5, column 7: ladders.recall.0: tells",
        ),
        (_BASE + "ladders:\n  warning:\n    - {who: dispatcher, by: webhook}\n", "and the profile has none"),
        (_BASE + "ladders:\n  warning:\n    - {who: dispatcher, by: page, after_share: 1.5}\n", "line 5, column 48"),
        (_BASE + "ladders:\n  warning:\n    - {who: dispatcher, by: page, after_s: 1, after_share: 0}\n", "both after"),
        (_BASE + "contacts:\n  - {role: dispatcher, name: A}\n", "line 4, column 5: contacts.0: has no channel"),
        (_BASE + "contacts:\n  - {role: dispatcher, name: A, sms: 07700}\n", "line 4, column 38: contacts[0].sms"),
        (
            _BASE
            + "contacts:\n  - {role: dispatcher, name: A, email: a@x.example, rota: [{from: '9', to: '17:00'}]}\n",
            "contacts[0].rota[0].from",
        ),
        (
            _BASE
            + "contacts:\n  - {role: dispatcher, name: A, email: a@x.example, rota: [{from: '09:00', to: '17:00'}]}\n",
            "no time_zone",
        ),
        (_BASE + "holds: {warn: always}\n", "line 3, column 15: holds.warn"),
        (_BASE + "alert_budget: {per_hour: 0}\n", "line 3, column 26: alert_budget.per_hour"),
        (_BASE + "language: xx\n", "line 3, column 11: language: no texts in this language; one of cy, en"),
        (_BASE + "driver_languages: {D-1: cy}\n", "line 3, column 25: driver_languages.D-1: nobody has reviewed"),
    ):
        file.write_text(text)
        result = runner.invoke(app, ["operator", "apply", str(file)])
        assert isinstance(result.exception, InputFault)
        assert says in str(result.exception)


def ladder(*options: str) -> list[list[str]]:
    """Rows of the table, as cells."""
    result = runner.invoke(app, ["operator", "ladder", str(_EXAMPLE), *options], env={"COLUMNS": "160"})
    assert result.exit_code == 0, result.output
    return [[cell.strip() for cell in line.split("│")[1:-1]] for line in result.output.splitlines() if "│" in line]


def test_the_example_profile_is_whole_and_its_ladder_can_be_read() -> None:
    assert "whole" in runner.invoke(app, ["operator", "check", str(_EXAMPLE)]).output
    rows = ladder("--at", "2026-10-25T00:55:00", "--minutes", "15")
    assert [row[:5] for row in rows[1:8]] == [
        ["00:55:00", "at once", "your system", "webhook", "01:10:00"],
        ["00:55:00", "at once", "driver", "sms", "00:58:00"],
        ["00:56:00", "1:00", "dispatcher: Night desk", "sms", "00:59:57"],
        ["00:58:00", "3:00", "driver", "voice", "01:10:00"],
        ["00:59:57", "4:57", "dispatcher: Night desk", "voice", "01:10:00"],
        ["01:04:54", "9:54", "duty manager: Ada", "sms", "01:10:00"],
        ["01:04:54", "9:54", "duty manager: Ada", "voice", "01:10:00"],
    ]
    assert [row[2] for row in rows if row[5] == "expired"] == ["nobody took it on"]


def test_quiet_hours_and_a_missing_phone_show_in_the_ladder() -> None:
    quiet = ladder("--at", "2026-11-23T23:30:00")
    before = quiet[: next(index for index, row in enumerate(quiet) if row[5] == "expired")]
    assert not any("Ada" in row[2] for row in before), "quiet hours until it has expired"
    urgent = ladder("--at", "2026-11-23T23:30:00", "--decision", "hold_recommended")
    assert any("Ada" in row[2] for row in urgent[: len(before) + 2])
    no_phone = ladder("--at", "2026-11-23T12:00:00", "--no-driver-phone")
    assert not any(row[2] == "driver" for row in no_phone)
    assert ["at once", "dispatcher: Day desk", "sms"] in [row[1:4] for row in no_phone]


@pytest.mark.parametrize(
    ("content", "command", "says"),
    [
        (b"\xff\xfe", ["operator", "check"], "not UTF-8"),
        (_BASE.encode() + b"name: Y\n", ["operator", "check"], "line 3, column 1: this key was there before"),
        (b"a: &a [*a]\n", ["operator", "check"], "unknown field"),
        (b"a: 2020-13-45\n", ["operator", "check"], "line 1, column 4: not valid YAML: a date"),
        (b"\xff\xfe", ["evaluate"], "line 1: not a labelled case"),
        (b"", ["evaluate"], "no case in"),
        (b"\n", ["evaluate", "--ruleset"], "line 1, column 1"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_what_is_wrong(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, command: list[str], says: str
) -> None:
    file = tmp_path_factory.mktemp("f") / "file"
    file.write_bytes(content)
    result = runner.invoke(app, [*command, str(file)])
    assert isinstance(result.exception, CommandFault), result.exception
    assert says in str(result.exception)
    assert str(file) in str(result.exception)


def test_a_folder_that_is_not_there_is_no_place_to_write_to() -> None:
    result = runner.invoke(app, ["traffic", "--out", "/nowhere/at/all", "--bookings", "1"])
    assert isinstance(result.exception, InputFault)
    assert str(result.exception) == "/nowhere/at/all: No such file or directory"


def test_settings_that_are_no_address_are_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICKUP_INGEST_DSN", "garbage")
    result = runner.invoke(app, ["keys", "list"])
    assert isinstance(result.exception, CommandFault)
    assert "the database can't be reached or refused" in str(result.exception)
