"""Who is told, on which channel, when: a ladder laid into the time that is left. Pure.

A profile's rungs are *shares* of the window between now and the deadline, so that they move with it. A channel to a
person that has not delivered by the share at which the next one to the same person opens is given up for it; the last
one has until the deadline.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from notifier.alerts.alert import Alert, Telling
from notifier.alerts.duty import UNITED_KINGDOM, on_duty
from pickup_contracts.alert import Audience
from pickup_contracts.office import STAFF_CHANNELS, OfficeContact, Rung
from pickup_contracts.operator import OperatorProfile

#: More people than this are not told of one rung: the first of them in the profile are.
_AT_MOST = 5
#: How long an alert that nobody took on is pressed on the duty manager.
LAST_WINDOW = timedelta(minutes=10)
_THIRD = 0.33
_TWO_THIRDS = 0.66

WARNING: tuple[Rung, ...] = (
    Rung(who="dispatcher", by="page"),
    Rung(who="dispatcher", by="webhook"),
    Rung(who="driver", by="dispatch_note"),
    Rung(who="driver", by="push"),
    Rung(who="driver", by="sms"),
    Rung(who="dispatcher", by="sms", after_share=_THIRD),
    Rung(who="dispatcher", by="voice", after_share=_THIRD),
    Rung(who="dispatcher", by="email", after_share=_THIRD),
    Rung(who="dispatcher", by="apprise", after_share=_THIRD),
    Rung(who="duty_manager", by="sms", after_share=_TWO_THIRDS),
    Rung(who="duty_manager", by="voice", after_share=_TWO_THIRDS),
)
RECALL: tuple[Rung, ...] = (
    Rung(who="dispatcher", by="page"),
    Rung(who="dispatcher", by="webhook"),
    Rung(who="driver", by="dispatch_note"),
    Rung(who="driver", by="push"),
    Rung(who="driver", by="sms"),
    Rung(who="driver", by="voice", after_s=30),
    Rung(who="dispatcher", by="sms"),
    Rung(who="dispatcher", by="voice"),
    Rung(who="duty_manager", by="sms", after_share=_THIRD),
    Rung(who="duty_manager", by="voice", after_share=_THIRD),
)
EXPIRED: tuple[Rung, ...] = (
    Rung(who="dispatcher", by="page"),
    Rung(who="dispatcher", by="webhook"),
    Rung(who="duty_manager", by="sms"),
    Rung(who="duty_manager", by="voice"),
    Rung(who="duty_manager", by="email"),
    Rung(who="duty_manager", by="apprise"),
)
#: What is said after the fact goes to the operator's system, and to a driver who was told before.
_SYSTEM = (Rung(who="dispatcher", by="webhook"),)
#: A firm that shows the driver's page in its own app needs the link of whoever has the job now.
_NEW_DRIVER = Rung(who="driver", by="webhook")
_STAND_DOWN = (
    *_SYSTEM,
    Rung(who="driver", by="dispatch_note"),
    Rung(who="driver", by="push"),
    Rung(who="driver", by="sms"),
)
#: Closed for these reasons, the job goes on, and a driver who was told to wait has to know.
_GOES_ON = frozenset({"cleared", "no_longer_matches"})


class People(Struct, frozen=True):
    """Whom the operator can reach of one booking, and how. `driver_to` is the driver's address by channel."""

    contacts: Sequence[OfficeContact]
    driver_to: dict[str, str]
    channels: frozenset[str]
    zone: ZoneInfo


class Planned(Struct, frozen=True):
    """One message to one recipient. `recipient` is a pseudonym: `driver`, or `dispatcher-2`, the second contact of the
    profile. `opens` and `closes` are shares of the window, `opens` `None` for one that is due after fixed seconds."""

    rung: int
    audience: Audience
    channel: str
    recipient: str
    to: str
    due_at: datetime
    give_up_at: datetime
    opens: float | None
    closes: float


def rungs_for(profile: OperatorProfile, telling: Telling, alert: Alert) -> tuple[Rung, ...]:
    """The ladder of what is to be told: the operator's own, or the product's."""
    if telling == "closed":
        heard = alert.reach != "untold" and alert.close_reason in _GOES_ON
        return _STAND_DOWN if heard else _SYSTEM
    if telling == "lowered":
        # The driver keeps to the stricter word until somebody of the office says otherwise.
        return _SYSTEM
    if telling in ("expired", "unconfirmed"):
        return tuple(profile.ladders.expired) or EXPIRED
    recall = tuple(profile.ladders.recall) or RECALL
    warning = tuple(profile.ladders.warning) or WARNING
    whole = recall if alert.kind == "recall" else warning
    if telling != "driver":
        return whole
    system = (_NEW_DRIVER,) if any(rung.by == "webhook" for rung in whole) else ()
    return (*system, *(rung for rung in whole if rung.who == "driver" and rung.by != "webhook"))


def window_end(telling: Telling, alert: Alert, now: datetime) -> datetime:
    """By when what is told has to have arrived."""
    if telling in ("expired", "unconfirmed"):
        return now + LAST_WINDOW
    # After the fact there is no hurry, but some time is needed.
    return alert.deadline if alert.deadline > now else now + timedelta(minutes=2)


def plan(
    rungs: Sequence[Rung], people: People, *, begins: datetime, deadline: datetime, urgent: bool
) -> tuple[Planned, ...]:
    """The messages of a ladder in order of time. A rung that reaches nobody is left out; when a driver was to be told
    and can't be, the office's first later rung is due at once. The same channel to the same recipient is there once,
    at its earliest."""
    window = max(deadline - begins, timedelta(seconds=1))
    opening = [_opens(rung, window) for rung in rungs]
    shares = _brought_forward(rungs, people, opening)
    planned: list[Planned] = []
    seen: set[tuple[str, str, str]] = set()
    for index in sorted(range(len(rungs)), key=lambda one: shares[one]):
        rung, share = rungs[index], shares[index]
        due_at = begins + window * share
        closes = _closes(rung, share, rungs, shares)
        for recipient, to in _recipients(rung, people, due_at, urgent):
            # The operator's system is told once, whomever it is to tell.
            key = (rung.by, "" if rung.by == "webhook" else rung.who, recipient)
            if key in seen:
                continue
            seen.add(key)
            fixed = rung.after_s is not None and share > 0
            planned.append(
                Planned(
                    index, rung.who, rung.by, recipient, to, due_at, begins + window * closes,
                    None if fixed else share, closes,
                )
            )  # fmt: skip
    return tuple(planned)


def people_of(profile: OperatorProfile, *, driver_to: dict[str, str], channels: frozenset[str]) -> People:
    """Whom an operator can reach. `channels` are those that this deployment has."""
    not_set_up = {name for name in ("webhook", "dispatch_note") if getattr(profile, name) is None}
    return People(profile.contacts, driver_to, channels - not_set_up, ZoneInfo(profile.time_zone or UNITED_KINGDOM))


def _recipients(rung: Rung, people: People, at: datetime, urgent: bool) -> list[tuple[str, str]]:
    if rung.by == "page" or rung.by not in people.channels:
        return []
    if rung.by == "webhook":
        return [("system", "")]
    if rung.who == "driver" or rung.by not in STAFF_CHANNELS:
        to = people.driver_to.get(rung.by)
        return [(rung.who, to)] if to else []
    there = on_duty(people.contacts, rung.who, rung.by, at=at, zone=people.zone, urgent=urgent)
    return [(f"{one.role}-{index + 1}", one.address(rung.by) or "") for index, one in there[:_AT_MOST]]


def _brought_forward(rungs: Sequence[Rung], people: People, opening: Sequence[float]) -> list[float]:
    """The shares at which rungs open, the office's first one now when the driver can't be reached."""
    wanted = any(rung.who == "driver" for rung in rungs)
    reached = any(
        rung.who == "driver" and (rung.by == "webhook" or people.driver_to.get(rung.by)) and rung.by in people.channels
        for rung in rungs
    )
    shares = list(opening)
    if not wanted or reached:
        return shares
    later = [
        share
        for rung, share in zip(rungs, opening, strict=True)
        if share > 0 and rung.by in STAFF_CHANNELS and rung.by in people.channels and _staffed(rung, people)
    ]
    first = min(later, default=None)
    return [
        0.0 if share == first and rung.who != "driver" else share for rung, share in zip(rungs, shares, strict=True)
    ]


def _staffed(rung: Rung, people: People) -> bool:
    return rung.who != "driver" and any(one.role == rung.who and one.address(rung.by) for one in people.contacts)


def _opens(rung: Rung, window: timedelta) -> float:
    if rung.after_s is not None:
        return min(timedelta(seconds=rung.after_s) / window, 1.0)
    return rung.after_share or 0.0


def _closes(rung: Rung, share: float, rungs: Sequence[Rung], shares: Sequence[float]) -> float:
    """The share at which the next rung to the same person opens. The operator's system is no person: it is told until
    the deadline."""
    if rung.by == "webhook":
        return 1.0
    later = [
        other
        for one, other in zip(rungs, shares, strict=True)
        if one.who == rung.who and other > share and one.by not in ("webhook", "page")
    ]
    return min(later, default=1.0)
