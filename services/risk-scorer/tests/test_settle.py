"""Operator's word, then lookup, then history, then text; and only what was known at the moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pickup_contracts.booking import Address, Stop
from risk_scorer.breaker import Breaker
from risk_scorer.premises.judge import StopJudgement, judge
from risk_scorer.premises.settle import (
    REMEMBERED,
    Ages,
    Finding,
    is_fresh,
    known_by,
    settle,
    wants_history,
    wants_lookup,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
AGES = Ages()


def at(line1: str, **fields: str) -> StopJudgement:
    return judge(Stop(address=Address(line1=line1, town="Royston", postcode="SG8 5AA"), **fields))  # type: ignore[arg-type]


def word(kind: str = "business", at: datetime = NOW - timedelta(days=2)) -> Finding:
    return Finding(kind, "yes" if kind == "residential" else "no", "operator", 0.95, at)


def lookup(kind: str = "residential", at: datetime = NOW - timedelta(days=1)) -> Finding:
    residential = "unknown" if kind == "unknown" else "yes" if kind == "residential" else "no"
    return Finding(kind, residential, "lookup", 0.9, at)  # type: ignore[arg-type]


def settled(judged: StopJudgement, word: Finding | None = None, lookup: Finding | None = None) -> tuple[str, str]:
    found = settle(judged, word=word, lookup=lookup, as_of=NOW, ages=AGES)
    return found.kind, found.source


VAGUE = at("Hexagon, Royston")


def test_the_order() -> None:
    assert settled(VAGUE) == (VAGUE.kind, VAGUE.source)
    assert settled(VAGUE, word=word()) == ("business", "history")
    assert settled(VAGUE, word=word(), lookup=lookup()) == ("residential", "lookup")
    assert settled(at("Hexagon", premises="hotel"), word=word(), lookup=lookup()) == ("hotel", "operator")
    assert settled(at("14 Meadow Close"), word=word()) == ("business", "history")


def test_what_is_sure_by_itself_is_not_asked_of_anybody() -> None:
    for sure in (at("Barclays Bank, High Street"), at("14 Meadow Close", premises="business")):
        assert not wants_history(sure)
        assert settled(sure, word("residential"), lookup()) == (sure.kind, sure.source)
    assert not wants_history(judge(Stop()))
    assert not wants_history(at("x", organisation="Example Ltd"))


def test_the_pavement_is_not_the_house() -> None:
    outside = at("Outside 14 Meadow Close")
    assert outside.outside
    assert settled(outside, word("residential"), lookup()) == (outside.kind, outside.source)
    corner = at("Corner of Mill Road and High Street")
    assert settled(corner, lookup=lookup()) == (corner.kind, corner.source)


def test_a_lookup_is_for_what_nothing_says_much_of() -> None:
    assert wants_lookup(VAGUE, below=0.6)
    assert not wants_lookup(at("14 Meadow Close"), below=0.6)
    assert wants_lookup(at("14 Meadow Close"), below=0.8)


def test_old_answers() -> None:
    stale = lookup(at=NOW - timedelta(days=29))
    short = Ages(found=timedelta(days=7), nothing=timedelta(days=1))
    found = settle(VAGUE, word=None, lookup=stale, as_of=NOW, ages=short)
    assert (found.kind, found.source, found.confidence) == ("residential", "history", 0.75)
    assert settle(VAGUE, word=word(), lookup=stale, as_of=NOW, ages=short).kind == "business"
    assert not is_fresh(lookup("unknown", NOW - timedelta(days=2)), NOW, short)
    assert is_fresh(lookup("unknown", NOW - timedelta(hours=2)), NOW, short)
    assert settled(VAGUE, lookup=lookup("unknown")) == (VAGUE.kind, VAGUE.source), "nothing found says nothing"
    assert settled(VAGUE, word=word(at=NOW - REMEMBERED - timedelta(seconds=1))) == (VAGUE.kind, VAGUE.source)


_findings = st.builds(
    Finding,
    st.sampled_from(["residential", "business", "bank", "hotel", "unknown"]),
    st.sampled_from(["yes", "no", "unknown"]),
    st.sampled_from(["operator", "lookup"]),
    st.floats(0, 1),
    st.integers(-40 * 86_400, 40 * 86_400).map(lambda seconds: NOW + timedelta(seconds=seconds)),
)
_lines = st.sampled_from(
    ["Hexagon", "14 Meadow Close", "Rose Cottage", "12 High Street", "Outside 4 Mill Rd", "Barclays, Ely", "Mill Lane"]
)


@given(_lines, st.none() | _findings, st.none() | _findings)
def test_nothing_that_came_later_and_nothing_forgotten_counts(
    line1: str, word: Finding | None, lookup: Finding | None
) -> None:
    judged = at(line1)
    found = settle(judged, word=word, lookup=lookup, as_of=NOW, ages=AGES)
    without = settle(judged, word=known_by(word, NOW), lookup=known_by(lookup, NOW), as_of=NOW, ages=AGES)
    assert found == without
    if all(one is None or not NOW - REMEMBERED < one.at <= NOW for one in (word, lookup)):
        assert found == judged


@pytest.mark.parametrize("retry_after_s", [None, 120.0])
def test_the_breaker_opens_waits_and_tries_once(retry_after_s: float | None) -> None:
    breaker = Breaker(failures=3, open_s=30)
    for _ in range(2):
        breaker.failed(0)
    assert breaker.allows(0)
    breaker.failed(0, retry_after_s=retry_after_s)
    opens_again = retry_after_s or 30.0
    assert not breaker.allows(opens_again - 0.1)
    assert breaker.allows(opens_again)
    assert not breaker.allows(opens_again), "one trial"
    breaker.failed(opens_again)
    assert not breaker.allows(opens_again + 29.9)
    assert breaker.allows(opens_again + 30)
    breaker.succeeded()
    assert all(breaker.allows(opens_again + 30) for _ in range(10))


def test_a_service_that_asks_for_time_gets_it_at_once() -> None:
    breaker = Breaker(failures=5, open_s=30)
    breaker.failed(0, retry_after_s=60)
    assert not breaker.allows(59)
    assert breaker.allows(60)


def test_a_success_forgets_failures() -> None:
    breaker = Breaker(failures=2, open_s=30)
    for _ in range(5):
        breaker.failed(0)
        breaker.succeeded()
    assert breaker.allows(0)
