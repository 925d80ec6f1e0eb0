"""An alert's story, line by line, out of what the audit holds of its booking. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from notifier.alerts.look_alikes import WORDS
from notifier.audit.chain import Entry
from notifier.console.words import CHANNELS, CLOSED, DECISIONS, DONE, FINDINGS, OBSERVATIONS, plainly

#: What was decided stands in the steps beside it; showing both says everything twice.
_LEFT_OUT = frozenset({"alert.decided"})
_SAID = {
    "alert.attempted": "Tried to tell",
    "alert.sent": "Accepted for",
    "alert.delivered": "Arrived:",
    "alert.failed": "Did not reach",
    "alert.abandoned": "Given up:",
}
_STEPS = {
    "alert.acknowledged": "Taken on",
    "alert.expired": "Time is up, nobody took it on",
    "alert.hold_requested": "Hold asked for",
    "alert.hold_confirmed": "Hold confirmed",
    "alert.hold_refused": "Hold refused",
    "alert.release_requested": "Release asked for",
    "alert.released": "Release confirmed",
    "alert.release_refused": "Release refused",
    "alert.recall_requested": "Recall asked for",
    "alert.recall_confirmed": "Recall confirmed",
    "alert.recall_refused": "Recall refused",
    "alert.recalled": "Goods are on board: became a recall",
    "alert.rationed": "Over the alert budget: told to nobody",
    "command.unanswered": "No answer to a command in time",
    "evidence.made": "Evidence made",
    "profile.publishing": "Profile about to be published",
    "profile.published": "Profile published",
    "profile.unconfirmed": "Profile sent, and not confirmed by the broker: it may be live",
    "drill.missed": "A drill was missed",
}
_BY_PEOPLE = {
    "asks_for_call": "Asks to be called",
    "confirmed_scam": "Scam confirmed",
    "police_reference": "Reference noted",
    "record_released": "Nobody needs the record: it goes when its time is over",
    "record_kept": "Record kept after all",
    "finding_taken_back": "Finding taken back",
    "clearing_taken_back": "Clearing taken back",
    "cleared": "Found to be harmless afterwards",
}
_REOPENED = {"cleared": "Clearing taken back", "confirmed_scam": "Finding taken back", "acknowledged": "Handed back"}


class Line(Struct, frozen=True):
    """One thing that happened. `at` is UTC, `clock` the office's; `who` is empty where nobody did it."""

    at: str
    clock: str
    kind: str
    what: str
    who: str
    booking_id: str = ""


def lines(entries: Iterable[Entry], zone: ZoneInfo) -> list[Line]:
    """Lines of entries, in the order given."""
    return [line(one, zone) for one in entries if one.kind not in _LEFT_OUT]


def line(entry: Entry, zone: ZoneInfo) -> Line:
    """One entry in words; a kind that is not known here, in its own."""
    body: dict[str, Any] = msgspec.json.decode(entry.body)
    local = entry.at.astimezone(zone)
    return Line(
        at=_utc(entry.at),
        clock=f"{local:%H:%M:%S}",
        kind=entry.kind,
        what=_what(entry.kind, body),
        who=entry.actor or "",
        booking_id=entry.booking_id or "",
    )


def _what(kind: str, body: dict[str, Any]) -> str:
    detail = str(body.get("detail") or "")
    whom = plainly(body.get("recipient_ref") or body.get("audience")) or "nobody"
    if kind in _SAID:
        channel = CHANNELS.get(body.get("channel", ""), plainly(body.get("channel")))
        told = "your system" if channel == "your system" else f"{whom} by {channel}"
        return f"{_SAID[kind]} {told}" + (f" ({detail})" if detail else "")
    if kind == "alert.raised":
        return _raised(detail)
    if kind == "alert.closed":
        return f"Closed: {CLOSED.get(detail, plainly(detail))}"
    if kind == "alert.escalated":
        return f"Passed up to the {plainly(body.get('audience')) or 'duty manager'}: {detail}"
    if kind == "alert.reported":
        return _BY_PEOPLE.get(detail, plainly(detail).capitalize())
    if kind == "alert.reopened":
        return _REOPENED.get(detail, "Reopened")
    if kind == "outcome.reported":
        return _outcome(body)
    if kind == "alert.acknowledged" and body.get("audience") == "driver":
        return "The driver has understood"
    return _STEPS.get(kind, plainly(kind.replace(".", " ")).capitalize())


def _raised(detail: str) -> str:
    if " to " not in detail:
        return f"Raised: {DECISIONS.get(detail, plainly(detail))}"
    before, _, after = detail.removeprefix("lowered ").removeprefix("from ").partition(" to ")
    word = "Lowered" if detail.startswith("lowered") else "Raised"
    return f"{word} from {DECISIONS.get(before, before)} to {DECISIONS.get(after, after)}"


def _outcome(body: dict[str, Any]) -> str:
    said = []
    if body.get("finding", "unknown") != "unknown":
        said.append(FINDINGS[body["finding"]])
    if body.get("clear_reason"):
        said.append(WORDS.get(body["clear_reason"], body["clear_reason"]))
    if body.get("action"):
        said.append(DONE.get(body["action"], plainly(body["action"])))
    said += [OBSERVATIONS.get(one, plainly(one)).lower() for one in body.get("observations") or ()]
    if body.get("police_reference"):
        said.append("a police reference")
    if body.get("comment"):
        said.append("a note")
    return "Found: " + ("; ".join(said) or "taken back, not known")


def _utc(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
