"""A scorecard in shadow is scored and stored, and no decision depends on it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pickup_contracts.codec import decode_booking
from risk_scorer.assess import Answer, Assessor
from risk_scorer.changes import Changes, Key, NewStep, OpenBooking, SightedAt, StoredBooking
from risk_scorer.entities import Keys
from risk_scorer.errors import RulesetFault
from risk_scorer.history import Mark, Met
from risk_scorer.incoming import Incoming
from risk_scorer.judging import Judging
from risk_scorer.scorecard import CardBands, CardScore, Scorecard, read_scorecard
from risk_scorer.store import Question, Store, TakenStep
from tests.shipped import PROGRAM

_KEYS = Keys(hashlib.sha256(b"one").digest(), hashlib.sha256(b"two").digest())
_RULES = sorted(compiled.rule.id for compiled in PROGRAM.rules)
_CARD = "name: learned\nversion: '1'\nruleset: uk\nbands: {review: 10, warn: 20, hold_recommended: 30}\npoints: {"


class Forgetful(Store):
    """A store that knows nothing of the past and keeps the steps that it is given."""

    def __init__(self) -> None:
        self.steps: list[NewStep] = []
        self.marked: list[tuple[int, Mark]] = []

    async def bookings(self, keys: Sequence[Key]) -> dict[Key, StoredBooking]:
        return {}

    async def taken(self, events: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], TakenStep]:
        return {}

    async def open(self, opened: Sequence[OpenBooking]) -> None:
        pass

    async def sight(self, sightings: Sequence[SightedAt]) -> None:
        pass

    async def mark(self, marks: Sequence[tuple[int, Mark]]) -> None:
        self.marked += marks

    async def history(self, questions: Sequence[Question]) -> list[Met]:
        return [Met([]) for _ in questions]

    async def marks(self, bookings: Sequence[int]) -> dict[int, list[Mark]]:
        return {}

    async def commit(self, changes: Changes) -> None:
        self.steps += changes.steps
        self.marked += changes.marks


def assess(event: dict[str, Any], card: Scorecard | None) -> tuple[Answer, Forgetful]:
    store = Forgetful()
    at = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
    raw = json.dumps({"event_id": "e", "booking_id": "b", "occurred_at": at.isoformat(), **event}).encode()
    assessor = Assessor(Judging(store, PROGRAM, _KEYS, opted_in=lambda _: False, scorecard=card))
    (answer,) = asyncio.run(assessor.assess([Incoming("op-1", "b", decode_booking(raw), raw, 1, at)]))
    return answer, store


_CARDS = st.builds(
    lambda points, bands: Scorecard(
        name="card",
        version="1",
        ruleset="uk",
        bands=CardBands(bands[0], bands[0] + bands[1], sum(bands)),
        points=points,
    ),
    st.dictionaries(st.sampled_from([*_RULES, "no-such-rule"]), st.integers(-100, 100), max_size=len(_RULES)),
    st.tuples(st.integers(-50, 50), st.integers(1, 50), st.integers(1, 50)),
)
_BOOKINGS = st.fixed_dictionaries(
    {
        "service": st.sampled_from(["taxi", "courier"]),
        "carries": st.sampled_from(["parcel", "passenger"]),
        "pickup": st.just({"address": {"line1": "14 Meadow Close", "town": "Royston", "postcode": "SG8 5AA"}}),
        "dropoff": st.sampled_from(
            [
                {"address": {"line1": "Car park, Station Approach", "town": "Watford", "postcode": "WD17 1AA"}},
                {"address": {"line1": "9 Larch Grove", "town": "Kettering", "postcode": "NN16 8AA"}},
                {"address": {"line1": "Hatton Garden Metals, Hatton Garden", "town": "London"}},
            ]
        ),
        "items": st.sampled_from([[], [{"description": "envelope"}], [{"description": "her bank card"}]]),
        "booker": st.sampled_from(
            [{"name": "J Stranger", "phone": "+447700900101"}, {"account": {"type": "business"}}]
        ),
        "notes": st.sampled_from([{}, {"driver": "please don't ring, collect for the police"}]),
    }
)


@settings(max_examples=150, deadline=None)
@given(_BOOKINGS, _CARDS)
def test_no_scorecard_ever_changes_what_is_decided_or_marked(event: dict[str, Any], card: Scorecard) -> None:
    plain, without = assess(event, None)
    shadowed, beside = assess(event, card)
    assert shadowed.assessment == plain.assessment
    assert beside.marked == without.marked
    (step,), (other,) = beside.steps, without.steps
    stored, expected = json.loads(step.signals or b""), json.loads(other.signals or b"")
    scored = stored.pop("scorecard")
    assert stored == expected
    assert shadowed.result is not None
    assert shadowed.card is not None
    fired = [reason.rule_id for reason in shadowed.result.reasons] + stored["shadow"]
    assert scored == {
        "version": "1",
        "score": sum(card.points.get(rule, 0) for rule in fired),
        "decision": shadowed.card.decision,
    }


@pytest.mark.parametrize(
    ("score", "decision"),
    [(-5, "allow"), (9, "allow"), (10, "review"), (19, "review"), (20, "warn"), (30, "hold_recommended")],
)
def test_a_band_begins_at_its_score(score: int, decision: Any) -> None:
    card = read_scorecard(_CARD + f"one: {score}" + "}\n")
    assert card.score_of(["one", "other"]) == CardScore("1", score, decision)


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        (_CARD + "one: many}\n", "line 5", "points"),
        (_CARD + "one: 101}\n", "line 5", "points"),
        (_CARD + "}\ncolour: red\n", "line 1", "colour"),
        (_CARD.replace("warn: 20", "warn: 10") + "}\n", "line 4, column 8", "must rise"),
        ("name: [", "line 1", "not valid YAML"),
    ],
)
def test_a_fault_in_a_card_names_its_place(text: str, place: str, says: str) -> None:
    with pytest.raises(RulesetFault) as caught:
        read_scorecard(text, source="card.yaml")
    assert place in str(caught.value)
    assert says in str(caught.value)


def test_the_scorer_does_not_carry_what_fits_the_card() -> None:
    lock = (Path(__file__).parents[1] / "requirements.lock").read_text()
    assert "aiokafka==" in lock
    for heavy in ("scikit-learn", "scipy", "numpy"):
        assert f"{heavy}==" not in lock
