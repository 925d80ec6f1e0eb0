"""What becomes of messages that are on their way when something happens to their alert. Pure.

Each function takes the messages of one alert and says what is to be changed of them; the rest stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from notifier.alerts.alert import Alert, Change, Telling
from pickup_contracts.alert import Audience

#: `due`: to be attempted, or under way. `sent`: a provider has it, the receipt is outstanding. `abandoned`: given up
#: for the next channel. `expired`: the deadline passed. `superseded`: something newer is told. `cancelled`: somebody
#: has taken the alert on.
RungState = Literal["due", "sent", "delivered", "failed", "abandoned", "expired", "superseded", "cancelled"]
LIVE: frozenset[str] = frozenset({"due", "sent"})


class OnItsWay(Struct, frozen=True):
    """A message of an alert: which change and rung it belongs to, and how it stands. `begun_at` is when its window
    began; `opens` and `closes` are shares of it, `opens` `None` when it is due at a fixed moment."""

    delivery_id: UUID
    change: int
    rung: int
    telling: str
    audience: Audience
    channel: str
    recipient: str
    state: RungState
    attempts: int
    begun_at: datetime
    deadline: datetime
    due_at: datetime
    give_up_at: datetime
    opens: float | None
    closes: float


class Moved(Struct, frozen=True):
    """A message as it is to be from now on."""

    delivery_id: UUID
    state: RungState
    deadline: datetime
    due_at: datetime
    give_up_at: datetime
    opens: float | None


#: Whose messages are overtaken by what is told now; the others still hold.
_OVERTAKES: dict[Telling, frozenset[str]] = {
    "warning": frozenset({"driver", "dispatcher", "duty_manager"}),
    "recall": frozenset({"driver", "dispatcher", "duty_manager"}),
    "closed": frozenset({"driver", "dispatcher", "duty_manager"}),
    "expired": frozenset({"dispatcher", "duty_manager"}),
    "unconfirmed": frozenset(),
    "driver": frozenset({"driver"}),
}


def following(before: Alert | None, change: Change, messages: Sequence[OnItsWay]) -> list[Moved]:
    """What becomes of an alert's messages because it changed; where two things bear on one, the last in the list."""
    if before is None or not messages:
        return []
    after = change.alert
    moved = follow(messages, after.deadline) if before.deadline != after.deadline else []
    if before.waiting and after.state == "acknowledged":
        moved += stopped(messages, "dispatcher")
    if before.state == "acknowledged" and after.state == "open" and change.telling is None:
        moved += revived(messages, after, now=after.updated_at)
    if before.driver_acknowledged_at is None and after.driver_acknowledged_at is not None:
        moved += stopped(messages, "driver")
    if change.command is not None:
        # A hold that is tried again after the release would stop the job anew.
        moved += [_ends(one, "superseded") for one in messages if one.telling == "command" and one.state == "due"]
    if change.telling is not None:
        moved += overtaken(messages, change.telling, still_alerting=after.alerting)
    elif after.state == "closed" and before.state != "closed":
        moved += overtaken(messages, "closed", still_alerting=False)
    return moved


def overtaken(messages: Iterable[OnItsWay], telling: Telling, *, still_alerting: bool) -> list[Moved]:
    """Messages that are not worth sending any more, now that `telling` is told. A command always is."""
    if telling == "lowered" and still_alerting:
        # A lowered warning is a warning still: only what the operator's system has not heard is replaced.
        return [_ends(one, "superseded") for one in messages if _waits(one) and one.channel == "webhook"]
    whose = _OVERTAKES.get(telling, _OVERTAKES["closed"])
    return [_ends(one, "superseded") for one in messages if _waits(one) and one.audience in whose]


def stopped(messages: Iterable[OnItsWay], by: Audience) -> list[Moved]:
    """Messages that need not be sent once somebody has taken the alert on: the office's for one of the office, the
    driver's for the driver. The operator's system hears everything."""
    whose = {"driver"} if by == "driver" else {"dispatcher", "duty_manager"}
    return [
        _ends(one, "cancelled")
        for one in messages
        if _waits(one) and one.audience in whose and one.channel != "webhook"
    ]


def revived(messages: Iterable[OnItsWay], alert: Alert, *, now: datetime) -> list[Moved]:
    """The office's messages that go on now that nobody is on the alert any more: of what was told last, those that
    whoever was on it had stopped, at their places in the window as it is now. What was due meanwhile is due at once,
    and has until the deadline where its turn is over; so is the first, where nobody has heard of the alert or still
    may. Nothing whose deadline has passed: that is told as expired."""
    if not alert.alerting or alert.rationed:
        return []
    newest = [one for one in messages if alert.told_at is None or one.begun_at >= alert.told_at]
    moved = []
    for one in newest:
        if one.state != "cancelled" or one.audience == "driver":
            continue
        if one.telling == "expired" and alert.deadline <= now:
            # The sweep tells that anew.
            continue
        again = _ends(one, "due")
        for placed in follow([msgspec.structs.replace(one, state="due")], alert.deadline):
            again = placed
        if again.deadline <= now:
            continue
        give_up_at = again.give_up_at if again.give_up_at > now else again.deadline
        moved.append(msgspec.structs.replace(again, due_at=max(again.due_at, now), give_up_at=give_up_at))
    if any(one.state in ("due", "sent", "delivered") and one.channel != "webhook" for one in newest):
        return moved
    # What was lost meanwhile had no next rung to bring forward.
    first = min((one.due_at for one in moved), default=now)
    return [msgspec.structs.replace(one, due_at=now, opens=None) if one.due_at == first else one for one in moved]


def follow(messages: Iterable[OnItsWay], deadline: datetime) -> list[Moved]:
    """Messages at their places in a window that now ends at `deadline`. What was attempted keeps its time of retry.
    What tells of an expired alert or gives a command has a window of its own."""
    moved = []
    for one in messages:
        if not _waits(one) or one.telling in ("expired", "unconfirmed", "closed") or one.deadline == deadline:
            continue
        window = deadline - one.begun_at
        due_at = one.begun_at + window * one.opens if one.attempts == 0 and one.opens is not None else one.due_at
        give_up_at = one.begun_at + window * one.closes
        moved.append(Moved(one.delivery_id, one.state, deadline, due_at, give_up_at, one.opens))
    return moved


def advance(messages: Sequence[OnItsWay], failed: OnItsWay, *, now: datetime) -> list[Moved]:
    """What is due at once because `failed` did not get through: the next rung for the same person, or else the next of
    all. Nothing while another message of the same rung has arrived or may still arrive."""
    beside = [one for one in messages if (one.change, one.rung) == (failed.change, failed.rung)]
    if any(one.state in ("due", "sent", "delivered") for one in beside if one.delivery_id != failed.delivery_id):
        return []
    later = [one for one in messages if _waits(one) and one.attempts == 0 and one.due_at > now]
    if not later:
        return []
    following = min(later, key=lambda one: (one.audience != failed.audience, one.due_at, one.change, one.rung))
    # Raised together in the profile, they are brought forward together.
    return [
        Moved(one.delivery_id, one.state, one.deadline, now, one.give_up_at, None)
        for one in later
        if (one.change, one.rung) == (following.change, following.rung)
    ]


def _waits(one: OnItsWay) -> bool:
    return one.state == "due" and one.telling != "command"


def _ends(one: OnItsWay, state: RungState) -> Moved:
    return Moved(one.delivery_id, state, one.deadline, one.due_at, one.give_up_at, one.opens)
