"""Whatever happens in whatever order, the promises hold: assessments, progress, people, messages, commands, time."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import msgspec
from alert_cases import NOW
from alert_world import World
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.alerts.alert import Alert, Change
from notifier.alerts.holds import PUBLIC, PublicView
from notifier.messages import feed
from pickup_contracts.assessment import DECISIONS, rank

_MINUTES = st.one_of(st.none(), st.integers(-5, 40))
_happening = st.one_of(
    st.tuples(st.just("assess"), st.sampled_from(DECISIONS), st.integers(1, 12), st.booleans(), _MINUTES),
    st.tuples(
        st.just("go"),
        st.sampled_from(["accepted", "driver_assigned", "collected", "delivered", "cancelled"]),
        st.sampled_from([None, "d-1", "d-2"]),
        _MINUTES,
    ),
    st.tuples(
        st.just("act"),
        st.sampled_from(
            [
                "acknowledge",
                "understood",
                "aboard",
                "call me",
                "clear",
                "confirm",
                "undo",
                "hold",
                "release",
                "recall",
                "release record",
                "keep record",
            ]
        ),
    ),
    st.tuples(st.just("answer"), st.sampled_from(["confirmed", "refused"]), st.integers(0, 5)),
    st.tuples(
        st.just("fare"), st.sampled_from(["delivered", "sent", "failed", "abandoned", "due"]), st.integers(0, 20)
    ),
    st.tuples(st.just("wait"), st.sampled_from([1, 20, 60, 300, 1200])),
)
Happening = tuple[Any, ...]


def happen(world: World, happening: Happening) -> Change | None:
    what, *how = happening
    if what == "assess":
        return world.assess(how[0], how[1], too_late=how[2], eta=how[3])
    if what == "go":
        return world.go(*how)
    if what == "act":
        return world.act(how[0])
    if what == "answer":
        return world.answer(*how)
    if what == "fare":
        world.fare(*how)
    else:
        world.wait(timedelta(seconds=how[0]))
    return None


def check(world: World, before: Alert | None, change: Change | None) -> None:
    alert = world.alert
    if alert is None:
        assert not world.messages
        return
    assert (alert.state == "closed") == (alert.closed_at is not None)
    assert (alert.acknowledged_at is not None) or alert.state != "acknowledged"
    assert (alert.expired_at is None) or alert.state in ("expired", "acknowledged", "closed")
    assert rank(alert.decision) >= rank("review")
    assert not (alert.decision == "hold_recommended" and alert.rationed), "a likely scam is never muted"
    if before is not None:
        assert alert.alert_id == before.alert_id
        assert alert.change >= before.change
        if before.state == "closed" and alert.state != "closed":
            assert alert.driver == world.progress.driver, "what comes back is told to who has the job now"
            there = world.progress.collected and alert.alerting and not alert.rationed
            assert alert.kind == "recall" or not there, "nobody is told not to collect what is on board"
            assert not world.progress.ended, "what is over does not come back"
    rungs = [one for one in world.live() if one.telling != "command"]
    twins = Counter((one.change, one.channel, one.audience, one.recipient) for one in rungs)
    assert all(count == 1 for count in twins.values())
    commands = [one for one in world.live() if one.telling == "command" and one.state == "due"]
    assert len(commands) <= 1, "the operator's system is not told two things at once"
    if alert.state == "closed":
        left = {one.telling for one in world.live() if one.state == "due"}
        assert left <= {"closed", "command", "unconfirmed"}, "nothing is told after the closing"
    if change is not None and change.tell:
        assert before is None or alert.change > before.change
        assert not alert.rationed or change.telling == "unconfirmed"


@settings(max_examples=400, deadline=None)
@given(st.booleans(), st.booleans(), st.lists(_happening, max_size=40))
def test_any_interleaving_keeps_the_promises(automatic: bool, flooded: bool, happenings: list[Happening]) -> None:
    world = World(automatic=automatic, flooded=flooded)
    for happening in happenings:
        before = world.alert
        check(world, before, happen(world, happening))
    world.wait(timedelta(0))
    alert = world.alert
    if alert is not None and alert.alerting and alert.state == "open":
        assert alert.deadline > world.now, "nobody took it on, and nobody was told that nobody did"


@settings(max_examples=200, deadline=None)
@given(st.lists(_happening, max_size=25), st.lists(_happening, min_size=1, max_size=3))
def test_the_same_again_changes_nothing(happenings: list[Happening], last: list[Happening]) -> None:
    world = World()
    for happening in happenings:
        happen(world, happening)
    for happening in last:
        if happening[0] not in ("assess", "go"):
            continue
        happen(world, happening)
        messages, alert, budgets = dict(world.messages), world.alert, world.budgets
        for _ in range(2):
            world.now += timedelta(seconds=1)
            assert happen(world, happening) is None
        assert (world.messages, world.alert, world.budgets) == (messages, alert, budgets)


@settings(max_examples=200, deadline=None)
@given(st.booleans(), st.lists(_happening, max_size=30))
def test_nothing_tells_a_booker_a_held_booking_from_one_that_is_only_late(
    automatic: bool, happenings: list[Happening]
) -> None:
    """The same booking twice: held, released, recalled and answered as it comes; and only late. What may be shown of
    them is the same at every step, and of the booking's other payloads nothing says that it may be shown."""
    warned: Happening = ("assess", "hold_recommended", 1, False, 20)
    touched = [warned, ("act", "hold"), *happenings]
    late = [warned, *(one for one in happenings if one[0] in ("assess", "go", "wait"))]
    assert shown(World(automatic=automatic), touched) == shown(World(), late) == {PUBLIC}


def shown(world: World, happenings: list[Happening]) -> set[PublicView]:
    """Whatever was sent of a booking that a booker may see: of every message to the operator's system, of each step."""
    found: set[PublicView] = set()
    for happening in happenings:
        change = happen(world, happening)
        for one in world.news:
            if one.channel == "webhook":
                body = json.loads(one.body)
                assert body["data"]["public_status"] == body["public"]["status"]
                found.add(msgspec.convert(body["public"], PublicView, strict=True))
                assert set(body["public"]) == set(PublicView.__struct_fields__), "no time, no id, no count"
        for row in feed(change.alert, change.steps, world.now) if change is not None else []:
            assert json.loads(row.body).get("public_status", PUBLIC.status) == PUBLIC.status
    return found


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 40), st.lists(_happening, max_size=20))
def test_an_unanswered_warning_always_ends_with_the_duty_manager(eta: int, happenings: list[Happening]) -> None:
    world = World()
    world.assess("hold_recommended", 20, too_late=False, eta=eta)
    quiet = [one for one in happenings if one[0] in ("fare", "wait") or (one[0] == "assess" and one[2] < 20)]
    for happening in quiet:
        happen(world, happening)
    world.wait(max(NOW + timedelta(minutes=eta) - world.now, timedelta(0)))
    assert world.alert is not None
    assert world.alert.state == "expired"
    assert world.alert.escalated_to == "duty_manager"
    told = [one for one in world.messages.values() if one.telling == "expired"]
    assert {one.audience for one in told} == {"dispatcher", "duty_manager"}
