"""What was reported of a booking, and what it amounts to. Pure."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal, get_args

from msgspec import Struct

from pickup_contracts.booking import Observation
from pickup_contracts.outcome import Outcome
from risk_scorer import shapes

Finding = Literal["confirmed_scam", "suspected_scam", "cleared", "unknown"]

#: Who may clear a booking or call it a scam. A driver may only suspect: some are in on it, and an honest one at the
#: door can't know.
OFFICE = frozenset({"dispatcher", "duty_manager", "operator_system"})
_CODES: frozenset[str] = frozenset(get_args(Observation))
#: A code, not a sentence: a reason in words could name somebody.
_CODE = re.compile(r"^[A-Za-z0-9_.-]{1,32}$")
_NAMESPACE = uuid.UUID("4b9b0d0c-7c5f-5d0e-9d55-0d3f6a1f7e21")


class Reported(Struct, frozen=True):
    """One outcome as it is kept: without its comment and its police reference. `received_at` is when the broker took
    it. `takes_back` is an office's outcome that says nothing at all: it takes back what the office found before."""

    operator_id: str
    booking_id: str
    at: datetime
    received_at: datetime
    reported_by: str
    action: str | None = None
    finding: Finding = "unknown"
    clear_reason: str | None = None
    observations: tuple[str, ...] = ()
    takes_back: bool = False


class Found(Struct, frozen=True):
    """What the outcomes of one booking amount to. `finding` is the newest that stands and `by_office` says who made
    it; no answer is `unknown`, never `cleared`."""

    finding: Finding = "unknown"
    by_office: bool = False
    observations: frozenset[str] = frozenset()
    refused: bool = False


NOTHING = Found()


def reported(outcome: Outcome, received_at: datetime) -> Reported:
    """An outcome as it is kept."""
    office = outcome.reported_by in OFFICE
    said = (outcome.action, outcome.clear_reason, outcome.observations, outcome.police_reference, outcome.comment)
    reason = outcome.clear_reason
    return Reported(
        operator_id=outcome.operator_id,
        booking_id=outcome.booking_id,
        at=outcome.at,
        received_at=received_at,
        reported_by=outcome.reported_by,
        action=outcome.action,
        finding=outcome.finding,
        clear_reason=reason if reason is not None and _CODE.match(reason) else None,
        observations=tuple(sorted(set(outcome.observations))),
        takes_back=office and outcome.finding == "unknown" and not any(said),
    )


def outcome_id(one: Reported) -> uuid.UUID:
    """Name-based (UUIDv5) from what was reported: the same outcome sent again is the same one."""
    parts = (
        one.operator_id,
        one.booking_id,
        one.at.isoformat(),
        one.reported_by,
        one.action or "",
        one.finding,
        one.clear_reason or "",
        ",".join(one.observations),
        "-" if one.takes_back else "",
    )
    return uuid.uuid5(_NAMESPACE, "\0".join(parts))


def found(outcomes: Iterable[Reported], as_of: datetime) -> Found:
    """What was found by then, in the order in which it became known.

    An office's finding stands until it makes another or takes it back. A driver's is a suspicion, also where it says
    more, and gives way to an office's; but what is odd at the door undoes an earlier clearing.
    """
    known = sorted((one for one in outcomes if one.received_at <= as_of), key=lambda one: (one.received_at, one.at))
    finding: Finding = "unknown"
    by_office = refused = False
    seen: set[str] = set()
    for one in known:
        seen.update(code for code in one.observations if code in _CODES)
        refused = refused or one.action == "refused"
        if one.reported_by in OFFICE:
            if one.finding != "unknown" or one.takes_back:
                finding, by_office = one.finding, one.finding != "unknown"
        elif one.finding in ("confirmed_scam", "suspected_scam"):
            if not (by_office and finding != "cleared"):
                finding, by_office = "suspected_scam", False
        elif one.finding == "cleared" and finding == "unknown":
            finding = "cleared"
        odd = any(code != "nothing_odd" for code in one.observations) or one.action == "refused"
        if odd and finding == "cleared" and one.finding != "cleared":
            finding, by_office = "unknown", False
    return Found(finding, by_office, frozenset(seen), refused)


def marks_of(one: Reported) -> Iterator[int]:
    """What linked bookings may see of it (`shapes`)."""
    office = one.reported_by in OFFICE
    if one.action == "refused" and one.finding != "cleared":
        yield shapes.REFUSED
    if one.finding == "confirmed_scam" and office:
        yield shapes.CONFIRMED
    elif one.finding in ("confirmed_scam", "suspected_scam"):
        yield shapes.SUSPECTED
    elif one.finding == "cleared" and office:
        yield shapes.CLEARED
    elif one.takes_back:
        yield shapes.TAKEN_BACK
