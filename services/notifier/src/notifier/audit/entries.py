"""What is written down, from where it happens: an alert's state and steps, and what people do."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec
from msgspec import Struct

from notifier.alerts.alert import Alert
from pickup_contracts.alert import AlertEvent
from pickup_contracts.outcome import Outcome

_NAMESPACE = uuid.UUID("b6c6d6a2-54c3-5d0b-9f0c-2f5a7c1e4d90")
_DECIDED = (
    "assessment_id",
    "booking_version",
    "decision",
    "score",
    "pattern",
    "reasons",
    "kind",
    "state",
    "act_before",
)
_event = msgspec.json.Decoder(AlertEvent)


class Note(Struct, frozen=True, kw_only=True):
    """Something to be written down. The same `note_id` is written once, however often it comes."""

    note_id: UUID
    operator_id: str
    at: datetime
    kind: str
    actor: str | None = None
    booking_id: str | None = None
    body: str = "{}"


class _Step(Protocol):
    @property
    def event_id(self) -> UUID: ...
    @property
    def operator_id(self) -> str: ...
    @property
    def booking_id(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def body(self) -> bytes: ...


def note(
    kind: str,
    operator_id: str,
    at: datetime,
    *,
    actor: str | None = None,
    booking_id: str | None = None,
    note_id: UUID | None = None,
    body: Mapping[str, Any] | None = None,
) -> Note:
    """Something that somebody did. `body` holds no name, number, address or free text of a booking."""
    return Note(
        note_id=note_id or uuid.uuid4(),
        operator_id=operator_id,
        at=at,
        kind=kind,
        actor=actor,
        booking_id=booking_id,
        body=_text(body or {}),
    )


def of_steps(rows: Iterable[_Step]) -> list[Note]:
    """Steps of alerts, as they go to the operator's feed: `alert.raised`, `alert.delivered`, …"""
    return [_of_step(row, _event.decode(row.body)) for row in rows]


def of_alerts(alerts: Iterable[Alert]) -> list[Note]:
    """What was decided on, whenever it changed: which input, which score, which reasons."""
    return [
        note(
            "alert.decided",
            alert.operator_id,
            alert.updated_at,
            booking_id=alert.booking_id,
            note_id=uuid.uuid5(_NAMESPACE, f"{alert.alert_id}/{alert.change}/{alert.assessment_id}"),
            body={name: getattr(alert, name) for name in _DECIDED},
        )
        for alert in alerts
    ]


def of_outcome(row: _Step, outcome: Outcome, actor: str) -> Note:
    """What somebody found out or did. Of what they wrote in their own words, only that there is something."""
    kept = ("alert_id", "reported_by", "action", "finding", "clear_reason")
    said: dict[str, Any] = {name: getattr(outcome, name) for name in kept}
    said["observations"] = outcome.observations or None
    said["police_reference"] = True if outcome.police_reference else None
    said["comment"] = True if outcome.comment else None
    return Note(
        note_id=row.event_id,
        operator_id=row.operator_id,
        at=row.at,
        kind="outcome.reported",
        actor=actor,
        booking_id=row.booking_id,
        body=_text({name: value for name, value in said.items() if value is not None}),
    )


def of_silence(alert: Alert, now: datetime) -> Note:
    """A command that the operator's system did not answer in time."""
    return note(
        "command.unanswered",
        alert.operator_id,
        now,
        booking_id=alert.booking_id,
        note_id=uuid.uuid5(_NAMESPACE, f"unanswered/{alert.command_id}"),
        body={"alert_id": alert.alert_id, "command": alert.command, "correlation_id": alert.command_id},
    )


def _of_step(row: _Step, event: AlertEvent) -> Note:
    kept = (
        "alert_id",
        "decision",
        "audience",
        "channel",
        "recipient_ref",
        "act_before",
        "detail",
        "command",
        "correlation_id",
        "confirm_by",
    )
    said = {name: getattr(event, name) for name in kept}
    return Note(
        note_id=row.event_id,
        operator_id=row.operator_id,
        at=row.at,
        kind=f"alert.{event.type}",
        actor=event.actor,
        booking_id=row.booking_id,
        body=_text({name: value for name, value in said.items() if value is not None}),
    )


def _text(body: Mapping[str, Any]) -> str:
    return msgspec.json.encode(body, order="sorted").decode()
