"""What a booking does not hear of could not have changed what it comes to."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from pickup_contracts.codec import decode_booking
from risk_scorer import news, shapes
from risk_scorer.facts import Facts
from risk_scorer.links import RAISING, Links
from risk_scorer.merge import fold
from risk_scorer.policy import shipped
from risk_scorer.policy.checked import HISTORY, checked
from risk_scorer.policy.compile import UNKNOWN, Program, Value, load, unknown_signals
from risk_scorer.signals.catalogue import SIGNALS, TYPES

_KINDS = (news.NUMBERS, news.HOME, news.DROPOFF, news.MEANS, news.BECAME)


@cache
def _program() -> Program:
    return shipped.program()


def _cases() -> list[tuple[str, int, dict[str, Value]]]:
    """Of each rule that reads the history: what makes it true, by its own examples, and a kind of news that does."""
    return [
        (compiled.rule.id, kind, dict(example.signals))
        for compiled in _program().rules
        for example in compiled.rule.examples
        for kind in _KINDS
        if example.fires and any(news.raises(*SIGNALS[name].of) & kind for name in example.signals if name in HISTORY)
    ]


@pytest.mark.parametrize(("rule", "kind", "signals"), _cases())
def test_news_that_makes_a_rule_true_is_heard(rule: str, kind: int, signals: dict[str, Value]) -> None:
    now = {**unknown_signals(TYPES), **signals}
    risen = {name for name in HISTORY if news.raises(*SIGNALS[name].of) & kind}
    before = {name: UNKNOWN[TYPES[name]] if name in risen else value for name, value in now.items()}
    verdict = _program()._decide(now)
    assert rule in {one.rule.id for one in (*verdict.fired, *verdict.shadow)}
    assert _program().hearing.of(before) & kind


@settings(deadline=None)
@given(some.data())
def test_news_that_is_not_heard_changes_no_rule_that_is_true(data: some.DataObject) -> None:
    """From what makes some rule true, or nearly."""
    program = _program()
    _, _, example = data.draw(some.sampled_from(_cases()))
    others = data.draw(some.sets(some.sampled_from(sorted(name for name, kind in TYPES.items() if kind is bool))))
    before = {**unknown_signals(TYPES), **example, **{name: data.draw(some.booleans()) for name in sorted(others)}}
    kind = data.draw(some.sampled_from(_KINDS))
    risen = sorted(name for name in HISTORY if news.raises(*SIGNALS[name].of) == kind)
    counts = {name: data.draw(some.integers(0, 4)) for name in risen if TYPES[name] is int}
    then, now = program._decide(before), program._decide({**before, **counts})
    if {one.rule.id for one in (*then.fired, *then.shadow)} != {one.rule.id for one in (*now.fired, *now.shadow)}:
        assert program.hearing.of(before) & kind


def test_an_ordinary_firms_parcel_hears_of_nobody_elses_and_a_strangers_does() -> None:
    ordinary = {**unknown_signals(TYPES), "parcel_job": True, "parcel_from_home": True, "bkr10_business": True}
    assert _program().hearing.of(ordinary) & (news.NUMBERS | news.DROPOFF | news.MEANS) == 0
    stranger = {**ordinary, "bkr10_business": False, "bkr_unproven": True, "bkr1_third_party": True}
    assert _program().hearing.of(stranger) & news.ALL == news.ALL


def _ruleset(when: str) -> str:
    return (
        'name: test\nversion: "1"\nowner: x\nbands: {review: 40, warn: 65, hold_recommended: 90}\nrules:\n'
        f"  - id: one\n    title: A title to read\n    when: {when}\n    points: 100\n"
        "    owner: x\n    review_by: 2027-01-01\n"
    )


def test_where_nobody_says_what_raises_a_signal_everything_is_heard() -> None:
    assert load(_ruleset("parcel"), {"parcel": bool}).hearing.of({"parcel": False}) & news.ALL == news.ALL


def test_a_rule_on_nothing_but_what_reassures_is_told_nothing() -> None:
    parcel = {**unknown_signals(TYPES), "parcel_job": True}
    assert checked(_ruleset("parcel_job && pair_jobs_30d >= 2")).hearing.of(parcel) == 0
    assert checked(_ruleset("parcel_job && dst8_homes_7d >= 2")).hearing.of(parcel) == news.DROPOFF


@pytest.mark.parametrize("name", sorted(HISTORY))
def test_a_signal_of_the_history_is_made_of_the_counts_that_it_names(name: str) -> None:
    signal = SIGNALS[name]
    event = {
        "event_id": "e",
        "booking_id": "b",
        "occurred_at": "2026-11-20T11:00:00Z",
        "booker": {"name": "A Person", "phone": "+441353662000"},
    }
    facts = Facts(fold(None, decode_booking(json.dumps(event).encode())), datetime(2026, 11, 20, 11, tzinfo=UTC))
    assert signal.of
    assert set(signal.of) <= set(Links.__struct_fields__)
    every = dict.fromkeys(Links.__struct_fields__, 9)
    read: set[Value] = set()
    for links in (Links(), Links(**{count: every[count] for count in every if count not in signal.of})):
        facts.links = links
        read.add(signal.read(facts))
    assert len(read) == 1, "another count changed it"


def test_every_count_that_raises_is_news_of_one_kind() -> None:
    assert all(news.raises(count) in _KINDS for count in RAISING)
    assert news.raises("pair_jobs_30d", "booker_days") == 0


@pytest.mark.parametrize(
    ("role", "theirs", "home_parcel", "kind"),
    [
        (shapes.BOOKER, shapes.RECIPIENT, False, news.NUMBERS),
        (shapes.PICKUP, shapes.PICKUP, False, news.HOME),
        (shapes.DROPOFF, shapes.PICKUP, True, 0),
        (shapes.DROPOFF, shapes.DROPOFF, True, news.DROPOFF),
        (shapes.DROPOFF, shapes.DROPOFF, False, 0),
        (shapes.CELL, shapes.CELL, True, news.DROPOFF),
        (shapes.TOKEN, shapes.TOKEN, False, news.MEANS),
        (shapes.ACCOUNT, shapes.ACCOUNT, True, 0),
        (shapes.PAIR, shapes.PAIR, True, 0),
    ],
)
def test_what_one_more_booking_is_to_another(role: int, theirs: int, home_parcel: bool, kind: int) -> None:
    assert news.kind_of(role, theirs, home_parcel) == kind


def test_a_ride_to_a_bank_is_news_to_who_rides_to_that_door_and_one_back_to_who_fetches_from_that_home() -> None:
    parcel, ride = shapes.PARCEL | shapes.FROM_HOME, shapes.PASSENGER
    back = (shapes.DROPOFF, shapes.PICKUP, False)
    assert news.kind_of(*back, shapes.RIDE_BACK, parcel) == news.HOME
    assert news.kind_of(*back, shapes.RIDE_BACK, ride) == 0, "nothing is fetched"
    assert news.kind_of(*back, ride, parcel) == 0, "not from a bank"
    out = (shapes.PICKUP, shapes.DROPOFF, False)
    assert news.kind_of(*out, shapes.OUTING, shapes.ARRIVAL) == news.DROPOFF
    assert news.kind_of(*out, shapes.OUTING, ride) == 0, "nobody comes from a station"
    assert news.kind_of(*out, ride, shapes.ARRIVAL) == 0, "not to a bank"
