"""The command line as a stranger meets it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import typer
from typer.testing import CliRunner

from pickupctl.errors import CommandFault, InputFault
from pickupctl.main import app

runner = CliRunner()


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


def test_a_profile_fault_names_its_place(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("p") / "operator.yaml"
    for text, says in (
        ("operator_id: op-1\nname: X\nwebhook:\n  url: ftp://x\n", "line 4, column 8"),
        ("operator_id: op-1\nname: X\ncolour: red\n", "colour"),
        ("operator_id: op-1\nname: X\ntime_zone: Mars/Base\n", "line 3, column 12: time_zone: no such zone"),
        ("name: [", "not valid YAML"),
    ):
        file.write_text(text)
        result = runner.invoke(app, ["operator", "apply", str(file)])
        assert isinstance(result.exception, InputFault)
        assert says in str(result.exception)
