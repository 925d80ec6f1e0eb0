"""`evaluate --traffic` on made-up traffic: every booking is in one group of each view, and nothing is counted twice."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from pickupctl.evaluate.fairness import GROUPED_BY
from pickupctl.main import app
from pickupctl.traffic.fortnight import fortnight


def test_rates_by_group_add_up_to_all_bookings(tmp_path: Path) -> None:
    file, decisions = tmp_path / "traffic.jsonl", tmp_path / "decisions.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in fortnight(2, 600)))
    result = CliRunner().invoke(
        app, ["evaluate", "--traffic", str(file), "--decisions", str(decisions), "--json"], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    decided = [json.loads(line)["decision"] for line in decisions.read_text().splitlines()]
    alerts = sum(decision in ("warn", "hold_recommended") for decision in decided)
    assert set(report["fairness"]) == set(GROUPED_BY) == {"area", "operator", "channel", "premises"}
    for view, groups in report["fairness"].items():
        assert sum(group["bookings"] for group in groups) == len(decided) == 600, view
        assert sum(group["alerts"] for group in groups) == alerts, view
        assert sum(group["reviews"] for group in groups) == decided.count("review"), view
        for group in groups:
            assert group["alert_rate"]["low"] <= group["alerts"] / group["bookings"] <= group["alert_rate"]["high"]
    assert {group["label"] for group in report["fairness"]["operator"]} == {"op-taxi-1", "op-ride-1", "op-courier-1"}
    assert all(group["label"].isalpha() for group in report["fairness"]["area"]), "letters of a postcode, no more"


def test_the_terminal_shows_them_too(tmp_path: Path) -> None:
    file = tmp_path / "traffic.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in fortnight(3, 120)))
    result = CliRunner().invoke(app, ["evaluate", "--traffic", str(file)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    for view in GROUPED_BY:
        assert f"By {view}: how many" in result.stdout
    assert "too few" in result.stdout, "of 120 bookings no group is called different"
