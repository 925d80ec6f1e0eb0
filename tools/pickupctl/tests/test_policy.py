"""`pickupctl policy` before anything runs: checks, differences, labelled cases, and what is refused with a reason."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pickupctl.errors import CommandFault
from pickupctl.main import app
from risk_scorer.policy import shipped

CASES = Path(__file__).parents[3] / "tests" / "fixtures" / "cases"
_KEYS = {"PICKUP_ENTITY_KEY": "1f" * 32, "PICKUP_SHARED_KEY": "2e" * 32, "COLUMNS": "160"}
_LISTED = ("--reason", "named by two victims", "--source", "police liaison", "--days", "2")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PICKUP_KAFKA_BOOTSTRAP", "PICKUP_SCORER_DSN", "PICKUP_SECRETS_DIR", "PICKUP_ENTITY_KEY"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments: str, given: str = "", env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(app, ["policy", *arguments], input=given, env=env or _KEYS)


def refusal(result: Result) -> str:
    assert isinstance(result.exception, CommandFault), result.output
    return str(result.exception)


@pytest.fixture
def ruleset(tmp_path: Path) -> Path:
    file = tmp_path / "ruleset.yaml"
    file.write_text(shipped.text())
    return file


def edited(file: Path, before: str, after: str) -> Path:
    text = file.read_text()
    assert before in text
    made = file.with_name("edited.yaml")
    made.write_text(text.replace(before, after, 1))
    return made


def test_a_good_ruleset_is_told_in_numbers(ruleset: Path) -> None:
    result = run("check", str(ruleset))
    assert result.exit_code == 0
    assert "can be used" in result.output
    facts = json.loads(run("check", str(ruleset), "--json").output)
    assert facts["rules"] >= 60
    assert facts["examples"] >= 3
    assert facts["overdue"] == []


def test_a_rule_whose_review_is_overdue_is_named(ruleset: Path) -> None:
    late = edited(ruleset, "review_by: 2027-05-31", "review_by: 2020-01-01")
    result = run("check", str(late))
    assert result.exit_code == 0
    assert "review is overdue: bank-card-from-home" in result.output


def test_every_fault_is_told_with_its_place(ruleset: Path) -> None:
    wrong = edited(ruleset, "when: parcel_from_home && itm1_bank_card", "when: parcel_from_home && itm1_bank_crad")
    said = refusal(run("check", str(wrong)))
    when = "    when: parcel_from_home && itm1_bank_card"
    line = 1 + next(n for n, said in enumerate(shipped.text().splitlines()) if said.startswith(when))
    assert f"edited.yaml: line {line}, column 31: bank-card-from-home: no such signal: 'itm1_bank_crad'" in said
    assert "1 fault\n" in said


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "No such file" in refusal(run("check", str(tmp_path / "none.yaml")))


def test_a_difference_is_told_in_readable_terms(ruleset: Path) -> None:
    other = edited(ruleset, "    points: 60\n    band_floor: hold_recommended", "    points: 50\n    shadow: true")
    other.write_text(other.read_text().partition("\nexamples:")[0])
    result = run("diff", str(other), "--against", str(ruleset))
    assert result.exit_code == 0
    assert "~ bank-card-from-home" in result.output
    for words in ("points: 60 → 50", "at least: hold_recommended → –", "shadow: False → True"):
        assert words in result.output
    found = json.loads(run("diff", str(other), "--against", str(ruleset), "--json").output)
    assert found["effective"] is True
    assert [rule["rule_id"] for rule in found["changed"]] == ["bank-card-from-home"]
    assert "no difference" in run("diff", str(ruleset), "--against", str(ruleset)).output


def test_a_difference_names_the_rules_that_read_otherwise_by_a_term(ruleset: Path) -> None:
    other = edited(ruleset, "when: dst1_public_place || dst1_text_public_place", "when: dst1_public_place")
    said = run("diff", str(other), "--against", str(ruleset)).output
    assert "~ to_public_place  (a term)" in said
    assert "condition: dst1_public_place || dst1_text_public_place → dst1_public_place" in said
    assert "so reads otherwise: " in said
    assert "police-or-fraud-team-sends" in said
    found = json.loads(run("diff", str(other), "--against", str(ruleset), "--json").output)
    (term,) = found["terms"]
    assert (found["effective"], found["changed"], term["name"]) == (True, [], "to_public_place")
    assert "number-at-several-homes" in term["rules"]


def test_without_a_broker_what_is_live_is_not_guessed(ruleset: Path) -> None:
    assert "--against FILE" in refusal(run("diff", str(ruleset)))


def test_labelled_cases_that_flip_are_named(ruleset: Path) -> None:
    few = ruleset.with_name("few.jsonl")
    few.write_text("".join(f"{line}\n" for line in (CASES / "dev_incidents.jsonl").read_text().splitlines()[:3]))
    blunt = edited(
        ruleset, "{review: 40, warn: 65, hold_recommended: 90}", "{review: 97, warn: 98, hold_recommended: 99}"
    )
    blunt.write_text(re.sub("band_floor: .*", "band_floor: allow", blunt.read_text()).partition("\nexamples:")[0])
    result = run("backtest", str(blunt), "--against", str(ruleset), "--cases", str(few), "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)["cases"]
    assert found["before"]["cases"] == found["after"]["cases"] == 3
    assert found["flips"]
    assert all(flip["before"] != flip["after"] for flip in found["flips"])


def test_traffic_is_tried_with_both(ruleset: Path) -> None:
    events = ruleset.with_name("traffic.jsonl")
    made = CliRunner().invoke(app, ["traffic", "--bookings", "150", "--out", str(events)])
    assert made.exit_code == 0
    eager = edited(ruleset, "bands: {review: 40, warn: 65,", "bands: {review: 2, warn: 3,")
    eager.write_text(eager.read_text().partition("\nexamples:")[0])
    result = run("backtest", str(eager), "--against", str(ruleset), "--traffic", str(events), "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)["bookings"]
    assert report["bookings"] == 150
    assert report["alerts_after"] > report["alerts_before"]
    assert report["alerts_gained"] == report["alerts_after"] - report["alerts_before"]
    assert sum(day["alerts_after"] for day in report["days"].values()) == report["alerts_after"]


@pytest.mark.parametrize(
    ("arguments", "given", "says"),
    [
        (("watch", "--kind", "phone", *_LISTED), "07700900101", "either --operator ID or --shared"),
        (("watch", "--kind", "phone", "--operator", "op-1", *_LISTED), "hello", "no phone number"),
        (("watch", "--kind", "phone", "--operator", "op-1", *_LISTED), "", "no phone was given"),
        (("watch", "--kind", "email", "--operator", "op-1", *_LISTED), "hello", "no e-mail address"),
        (("watch", "--kind", "address", "--operator", "op-1", *_LISTED), "Royston", "too little"),
        (("watch", "--kind", "account", "--shared", *_LISTED), "a-1", "one operator only"),
        (("watch", "--kind", "face", "--shared", *_LISTED), "x", "one of: phone, email"),
        (("grey", "--kind", "phone", "--shared", *_LISTED), "x", "one of: watch, trust"),
        (("watch", "--kind", "phone", "--shared", "--band", "allow", *_LISTED), "x", "would do nothing"),
        (("trust", "--kind", "phone", "--shared", "--band", "hold_recommended", *_LISTED), "x", "would do nothing"),
        (
            ("watch", "--kind", "phone", "--shared", "--days", "2", "--source", "x y", "--reason", "is 07700 900101"),
            "07700900101",
            "name nobody",
        ),
    ],
)
def test_what_can_not_be_listed_is_refused_and_never_repeated(
    arguments: tuple[str, ...], given: str, says: str
) -> None:
    result = run("list", "add", *arguments, given=f"{given}\n" if given else "")
    said = refusal(result)
    assert says in said
    assert "hello" not in said + result.output
    assert "900101" not in said + result.output


def test_a_missing_expiry_reason_or_source_is_asked_for() -> None:
    for left_out in ("--reason", "--source", "--days"):
        words = list(_LISTED)
        del words[words.index(left_out) : words.index(left_out) + 2]
        result = run("list", "add", "watch", "--kind", "phone", "--shared", *words)
        assert result.exit_code == 2
        assert left_out in result.output


def test_a_key_that_is_none_is_said() -> None:
    result = run(
        "list", "add", "watch", "--kind", "phone", "--shared", *_LISTED, given="07700900101\n",
        env={"PICKUP_ENTITY_KEY": "abc", "PICKUP_SHARED_KEY": "2e" * 32},
    )  # fmt: skip
    assert "PICKUP_ENTITY_KEY must be at least 32 bytes" in str(result.exception)
