"""What the outcomes of a booking amount to, for itself and for those that are linked to it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pickup_contracts.codec import decode_booking
from pickup_contracts.outcome import Outcome
from risk_scorer import shapes
from risk_scorer.facts import Facts
from risk_scorer.history import History, Mark, Met, Seen
from risk_scorer.merge import fold
from risk_scorer.moments import DAY, micros
from risk_scorer.outcomes.reported import NOTHING, OFFICE, Reported, found, marks_of, outcome_id, reported
from risk_scorer.signals.catalogue import read_signals

NOW = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)


def outcome(minute: int = 0, by: str = "dispatcher", **said: Any) -> Reported:
    at = NOW + timedelta(minutes=minute)
    whole = Outcome(operator_id="op-1", booking_id="b", at=at, reported_by=by, **said)  # type: ignore[arg-type]
    return reported(whole, at)


def finding(*outcomes: Reported, minute: int = 60) -> tuple[str, bool]:
    what = found(outcomes, NOW + timedelta(minutes=minute))
    return what.finding, what.by_office


def signals(*outcomes: Reported, **fields: Any) -> dict[str, Any]:
    event = {"event_id": "e", "booking_id": "b", "occurred_at": NOW.isoformat(), **fields}
    facts = Facts(fold(None, decode_booking(json.dumps(event).encode())), NOW)
    facts.found = found(outcomes, NOW + timedelta(hours=1))
    return read_signals(facts)


def test_an_offices_newest_finding_stands() -> None:
    assert finding(outcome(1, finding="cleared"), outcome(2, finding="confirmed_scam")) == ("confirmed_scam", True)
    assert finding(outcome(2, finding="cleared"), outcome(1, finding="confirmed_scam")) == ("cleared", True)


def test_an_office_that_says_nothing_takes_its_finding_back() -> None:
    assert finding(outcome(1, finding="cleared", clear_reason="N17"), outcome(2)) == ("unknown", False)
    assert finding(outcome(1, finding="cleared"), outcome(2, police_reference="CAD 1")) == ("cleared", True)
    assert finding(outcome(1, finding="cleared"), outcome(2, by="driver")) == ("cleared", True)


def test_a_driver_may_suspect_and_never_confirms_nor_clears_for_the_office() -> None:
    assert finding(outcome(by="driver", finding="confirmed_scam")) == ("suspected_scam", False)
    assert finding(outcome(by="driver", finding="cleared")) == ("cleared", False)
    said = outcome(1, by="driver", finding="cleared")
    assert finding(outcome(finding="confirmed_scam"), said) == ("confirmed_scam", True)
    assert not signals(said)["con8_cleared"]
    assert list(marks_of(said)) == []


def test_what_is_odd_at_the_door_undoes_an_earlier_clearing() -> None:
    cleared = outcome(1, finding="cleared")
    assert signals(cleared)["con8_cleared"]
    assert not signals(cleared, outcome(2, by="driver", observations=["sender_confused"]))["con8_cleared"]
    assert not signals(cleared, outcome(2, by="driver", action="refused"))["con8_cleared"]
    assert signals(cleared, outcome(2, by="driver", observations=["nothing_odd"]))["con8_cleared"]


@pytest.mark.parametrize(
    ("code", "signal"),
    [
        ("sender_confused", "pre5_sender_surprised"),
        ("sender_on_phone", "pre6_sender_on_phone"),
        ("told_not_to_talk", "pre6_sender_on_phone"),
        ("mentioned_bank_or_police", "mentioned_bank_or_police"),
        ("felt_like_cash", "itm8_felt_like_cash"),
        ("no_passenger_only_parcel", "rte4_parcel_only"),
        ("recipient_name_mismatch", "bkr8_other_recipient"),
        ("recipient_masked", "bkr8_other_recipient"),
        ("asked_for_driver_number", "con5_asked_for_driver"),
        ("asked_to_relay", "lif6_relay_or_item_changed"),
        ("item_changed", "lif6_relay_or_item_changed"),
        ("nothing_odd", "nothing_odd"),
    ],
)
def test_an_observation_is_the_same_signal_whoever_sends_it(code: Any, signal: str) -> None:
    assert signals()[signal] is False
    assert signals(outcome(by="driver", observations=[code]))[signal] is True
    assert signals(observations=[code])[signal] is True


def test_nothing_odd_holds_only_while_nobody_saw_anything() -> None:
    driver = outcome(by="driver", observations=["nothing_odd"])
    assert not signals(driver, observations=["felt_like_cash"])["nothing_odd"]


def test_a_reason_in_words_is_not_kept_and_neither_are_comment_and_reference() -> None:
    kept = outcome(finding="cleared", clear_reason="Mrs Example said", comment="she said so", police_reference="CAD 7")
    assert kept.clear_reason is None
    assert "Example" not in repr(kept)
    assert "she said" not in repr(kept)
    assert "CAD" not in repr(kept)


def test_the_same_outcome_is_the_same_whenever_it_arrives() -> None:
    whole = Outcome(operator_id="op-1", booking_id="b", at=NOW, reported_by="driver", action="refused")
    later = reported(whole, NOW + timedelta(days=3))
    assert outcome_id(later) == outcome_id(reported(whole, NOW))
    assert outcome_id(later) != outcome_id(outcome(by="driver", action="collected"))


_OUTCOMES = st.lists(
    st.builds(
        outcome,
        st.integers(0, 50),
        by=st.sampled_from(["driver", "dispatcher", "duty_manager", "operator_system"]),
        finding=st.sampled_from(["confirmed_scam", "suspected_scam", "cleared", "unknown"]),
        action=st.sampled_from([None, "collected", "refused"]),
        observations=st.lists(st.sampled_from(["sender_confused", "nothing_odd", "asked_to_relay"]), max_size=2),
    ),
    max_size=6,
    unique_by=lambda one: one.received_at,
)


@given(_OUTCOMES, st.randoms())
def test_order_of_reading_and_repeats_change_nothing(outcomes: list[Reported], rng: Any) -> None:
    again = [*outcomes, *outcomes]
    rng.shuffle(again)
    assert found(again, NOW + timedelta(hours=1)) == found(outcomes, NOW + timedelta(hours=1))


@given(_OUTCOMES)
def test_nothing_is_cleared_that_nobody_cleared(outcomes: list[Reported]) -> None:
    silent = [one for one in outcomes if one.finding != "cleared"]
    assert found(silent, NOW + timedelta(hours=1)).finding != "cleared"
    drivers = [one for one in outcomes if one.reported_by not in OFFICE]
    assert not found(drivers, NOW + timedelta(hours=1)).by_office


@given(_OUTCOMES, st.integers(0, 60))
def test_only_what_was_known_by_then_counts(outcomes: list[Reported], minute: int) -> None:
    until = NOW + timedelta(minutes=minute)
    assert found(outcomes, until) == found([one for one in outcomes if one.received_at <= until], until)
    assert found(outcomes, NOW - timedelta(seconds=1)) == NOTHING


def _marked(*marks: tuple[int, int], minute: int = 60, mark: int) -> int:
    """How many of one linked booking's marks of this kind count."""
    seen = Seen(micros(NOW), 7, 1, shapes.BOOKER, shapes.PARCEL, 0, 0, 0)
    history = History(
        Met([(1, seen)]),
        {7: [Mark(kind, NOW + timedelta(minutes=at)) for kind, at in marks]},
        NOW + timedelta(minutes=minute),
    )
    return history.marked([seen], mark, within=30 * DAY)


def test_a_clearing_undoes_the_marks_before_it_and_not_those_after() -> None:
    warned, cleared = shapes.WARNED, shapes.CLEARED
    assert _marked((warned, 1), mark=warned) == 1
    assert _marked((warned, 1), (cleared, 2), mark=warned) == 0
    assert _marked((warned, 1), (cleared, 2), minute=1, mark=warned) == 1, "it was not known then"
    assert _marked((cleared, 2), (shapes.SUSPECTED, 3), mark=shapes.SUSPECTED) == 1
    assert _marked((warned, 1), (cleared, 2), (shapes.TAKEN_BACK, 3), mark=warned) == 1


def test_the_newest_finding_of_the_office_is_the_one_that_links_see() -> None:
    confirmed, cleared = shapes.CONFIRMED, shapes.CLEARED
    assert _marked((confirmed, 1), (cleared, 2), mark=confirmed) == 0
    assert _marked((confirmed, 1), (cleared, 2), mark=cleared) == 1
    assert _marked((confirmed, 3), (cleared, 2), mark=confirmed) == 1
    assert _marked((confirmed, 1), (shapes.TAKEN_BACK, 2), mark=confirmed) == 0
