"""Drills: what passes, what is missed, and at which leg."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from alert_world import profile
from hypothesis import given
from hypothesis import strategies as st

from notifier.channels.message import Message
from notifier.drills.alarm import missed
from notifier.drills.drill import LEGS, Drill, booking, end_of, seconds, slot
from pickup_contracts.codec import decode_booking
from pickup_contracts.office import Ladders, Rung

ALLOWED = timedelta(seconds=60)
SENT = datetime(2026, 5, 1, 10, 59, 59, tzinfo=UTC)


def drill(*after_s: float) -> Drill:
    return Drill(
        drill_id="d",
        sent_at=SENT,
        deadline=SENT + ALLOWED,
        **{leg: SENT + timedelta(seconds=at) for leg, at in zip(LEGS, after_s, strict=False)},
    )


@pytest.mark.parametrize(
    ("after_s", "broken"),
    [
        ((0.1, 0.3, 0.4, 0.6), None),
        ((0.1, 0.3, 0.4, 60.0), None),
        ((0.1, 0.3, 0.4, 60.1), "delivered"),
        ((0.1, 0.3, 0.4), "delivered"),
        ((0.1, 0.3), "attempted"),
        ((0.1, 90.0, 90.1, 90.2), "raised"),
        ((0.1,), "raised"),
        ((), "accepted"),
    ],
)
def test_it_passes_when_it_was_delivered_in_time(after_s: tuple[float, ...], broken: str | None) -> None:
    made = drill(*after_s)
    assert made.passed == (broken is None)
    assert made.broken_leg == broken


def test_nothing_is_waited_for_once_it_is_delivered_or_too_late() -> None:
    assert drill(1, 2, 3, 4).over(SENT + timedelta(seconds=5))
    assert not drill(1, 2, 3).over(SENT + ALLOWED)
    assert drill(1, 2, 3).over(SENT + ALLOWED + timedelta(seconds=1))


@given(st.lists(st.floats(0, 20), max_size=4))
def test_legs_add_up_to_the_whole(steps: list[float]) -> None:
    whole = [sum(steps[: index + 1]) for index in range(len(steps))]
    taken = seconds(drill(*whole))
    assert list(taken) == list(LEGS[: len(steps)])
    assert sum(taken.values()) == pytest.approx(sum(steps), abs=1e-3)


def test_one_hour_has_one_slot() -> None:
    assert slot(SENT) == slot(SENT - timedelta(minutes=59))
    assert slot(SENT) != slot(SENT + timedelta(seconds=1))


def test_its_booking_is_one_that_the_contract_knows() -> None:
    event = decode_booking(msgspec.json.encode(booking("drill-1", SENT)))
    assert event.booking_id == "drill-1"
    assert decode_booking(msgspec.json.encode(end_of("drill-1", SENT))).status == "cancelled"


def test_a_missed_one_is_told_to_whom_the_expired_ladder_names() -> None:
    """A firm without a webhook is told by its contacts; one without anybody, by the page alone."""
    every = frozenset({"webhook", "sms", "voice", "email", "apprise"})
    firm = profile(webhook=None, dispatch_note=None)
    told = missed(drill(0.1), firm, every, SENT, known=False)
    assert [(one.channel, one.recipient) for one in told] == [("sms", "duty_manager-3"), ("email", "duty_manager-3")]
    text, mail = [msgspec.json.decode(one.body, type=Message) for one in told]
    assert (text.to, mail.to) == ("+447700900003", "ada@x.example")
    assert text.text.startswith("A drill was missed: warnings may not get through. It was accepted, but no alert")
    assert "- Until a drill passes, have dispatchers check" in mail.text
    assert {one.delivery_id for one in told} == {
        one.delivery_id for one in missed(drill(0.1), firm, every, SENT, known=False)
    }
    assert {one.telling for one in told} == {"drill"}
    assert missed(drill(0.1), profile(webhook=None, contacts=[]), every, SENT, known=False) == []
    own = Ladders(expired=[Rung(who="dispatcher", by="voice", after_share=0.5)])
    system, call = missed(drill(0.1), profile(ladders=own), every, SENT, known=False)
    assert (system.channel, system.due_at, call.recipient) == ("webhook", SENT, "dispatcher-1")
    assert call.due_at == SENT + timedelta(minutes=15)
    assert msgspec.json.decode(system.body)["data"]["broken_leg"] == "raised"
