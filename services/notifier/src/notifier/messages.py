"""What is sent of an alert: bodies for the operator's system and for people, and the feed's events.

None holds a customer's name, phone or address. What a booker may be shown stands in `public`, and is always the same.
"""

from __future__ import annotations

import html
import uuid
from datetime import datetime
from typing import Any

import msgspec

from notifier.alerts.alert import Alert, Command, Step, Telling
from notifier.alerts.holds import PUBLIC
from notifier.alerts.templates import Texts
from notifier.alerts.wording import Worded, wording
from notifier.channels.message import Message
from notifier.feed_rows import FeedRow
from notifier.rung_rows import Delivery
from notifier.watch import UNNAMED
from pickup_contracts.alert import AlertEvent
from pickup_contracts.outcome import Outcome

_NAMESPACE = uuid.UUID("8d4f9a52-2f0f-5d0c-93c3-5a1d0f7e6c21")
_TYPES: dict[Telling, str] = {
    "closed": "closed",
    "expired": "expired",
    "unconfirmed": "unconfirmed",
    "driver": "driver",
}
#: Channels that show a text as it was laid out.
_WITH_HTML = frozenset({"email"})


def delivery_id(alert: Alert, channel: str, *parts: object) -> uuid.UUID:
    """Name-based (UUIDv5): the same message of the same change always has the same id."""
    name = "/".join(map(str, (channel, alert.alert_id, alert.change, *parts)))
    return uuid.uuid5(_NAMESPACE, name)


def webhook(
    alert: Alert,
    now: datetime,
    *,
    telling: Telling | None = None,
    texts: Texts | None = None,
    phone: str | None = None,
    page: str | None = None,
) -> Delivery:
    """The operator's system told of an alert as it stands; of two messages of an alert, the one with the higher
    `change` is newer. `page` is the link of the driver who has the job now, for systems that pass it on to the driver
    themselves; `None` while nobody has the job. `pickup.alert.driver` follows when somebody does."""
    return Delivery(
        delivery_id=delivery_id(alert, "webhook"),
        alert_id=alert.alert_id,
        operator_id=alert.operator_id,
        booking_id=alert.booking_id,
        channel="webhook",
        body=msgspec.json.encode(_webhook_body(alert, now, telling, texts, phone, page)),
        deadline=alert.deadline,
        attempts=0,
        created_at=now,
    )


def _webhook_body(
    alert: Alert, now: datetime, telling: Telling | None, texts: Texts | None, phone: str | None, page: str | None
) -> dict[str, Any]:
    said = wording(alert, texts=texts, office_phone=phone)
    closed = alert.state == "closed" and telling in (None, "closed")
    kind = _TYPES.get(telling, alert.kind) if telling is not None else alert.kind
    return {
        "type": "pickup.alert.closed" if closed else f"pickup.alert.{kind}",
        "timestamp": now,
        "data": {
            "alert_id": alert.alert_id,
            "operator_id": alert.operator_id,
            "booking_id": alert.booking_id,
            "change": alert.change,
            "state": alert.state,
            "decision": alert.decision,
            "score": alert.score,
            "pattern": alert.pattern,
            "act_before": alert.act_before,
            "close_reason": alert.close_reason,
            "headline": None if closed else said.headline,
            "driver_text": None if closed else said.driver,
            "driver_id": None if closed or alert.driver == UNNAMED else alert.driver,
            "driver_link": None if closed else page,
            "office_steps": [] if closed else said.office,
            "reasons": alert.reasons,
            "public_status": PUBLIC.status,
        },
        "public": PUBLIC,
    }


def command(alert: Alert, asked: Command, now: datetime) -> Delivery:
    """A command to the operator's system. It says what to do and by when to answer, never why."""
    body = {
        "type": f"pickup.command.{asked.command}",
        "timestamp": now,
        "data": {
            "command": asked.command,
            "correlation_id": asked.correlation_id,
            "operator_id": asked.operator_id,
            "booking_id": asked.booking_id,
            "alert_id": asked.alert_id,
            "confirm_by": asked.confirm_by,
            "confirm_at": f"/v1/holds/{asked.correlation_id}",
            "public_status": PUBLIC.status,
        },
        "public": PUBLIC,
    }
    return Delivery(
        delivery_id=uuid.uuid5(_NAMESPACE, f"command/{asked.correlation_id}"),
        alert_id=alert.alert_id,
        operator_id=alert.operator_id,
        booking_id=alert.booking_id,
        channel="webhook",
        body=msgspec.json.encode(body),
        deadline=asked.confirm_by,
        attempts=0,
        created_at=now,
        change=alert.change,
        telling="command",
        due_at=now,
        give_up_at=asked.confirm_by,
        urgent=True,
    )


def to_person(worded: Worded, to: str, channel: str, link: str | None) -> bytes:
    """The body of a message to a person, as channels take it."""
    layout = _html(worded.text, link) if channel in _WITH_HTML else None
    return msgspec.json.encode(Message(to, worded.text, worded.subject, layout, link, worded.language, worded.hint))


def _html(text: str, link: str | None) -> str:
    """Paragraphs and lists of a plain text. Everything in it is escaped: nothing of it is trusted as markup."""
    parts = []
    for block in text.split("\n\n"):
        lines = block.split("\n")
        items = [line.removeprefix("- ") for line in lines if line.startswith("- ")]
        above = [line for line in lines if not line.startswith("- ")]
        if above:
            parts.append(f"<p>{html.escape(' '.join(above))}</p>")
        if items:
            parts.append("<ol>" + "".join(f"<li>{html.escape(item)}</li>" for item in items) + "</ol>")
    if link:
        parts.append(f'<p><a href="{html.escape(link)}">Open the alert</a></p>')
    return "".join(parts)


def feed(alert: Alert, steps: tuple[Step, ...], now: datetime) -> list[FeedRow]:
    """Steps as events of the operator's feed; the same step of the same change always has the same id."""
    return [
        FeedRow(_step_id(alert, index, step, now), alert.operator_id, alert.booking_id, now, _encoded(alert, step, now))
        for index, step in enumerate(steps)
    ]


def _step_id(alert: Alert, index: int, step: Step, now: datetime) -> uuid.UUID:
    if step.correlation_id is not None:
        return uuid.uuid5(_NAMESPACE, f"command/{step.correlation_id}/{step.type}")
    # What people do and undo comes more than once in one change.
    often = step.type in ("acknowledged", "reopened", "reported")
    when = f"{now.isoformat()}/{step.audience}/{step.detail}" if often else ""
    return uuid.uuid5(_NAMESPACE, f"feed/{alert.alert_id}/{alert.change}/{index}/{step.type}{when}")


def _encoded(alert: Alert, step: Step, now: datetime) -> bytes:
    event = AlertEvent(
        alert_id=alert.alert_id,
        operator_id=alert.operator_id,
        booking_id=alert.booking_id,
        type=step.type,
        at=now,
        decision=alert.decision,
        audience=step.audience,
        act_before=alert.act_before,
        actor=step.actor,
        detail=step.detail,
        command=step.command,
        correlation_id=step.correlation_id,
        confirm_by=step.confirm_by,
        public_status=PUBLIC.status if step.command is not None else None,
    )
    return msgspec.json.encode(event)


def attempt_row(delivery: Delivery, step: Step, alert: Alert | None, now: datetime) -> FeedRow:
    """What became of one attempt, or of a message that a provider had accepted. `alert` is the one that it tells of,
    `None` where there is none: no last safe moment is known then."""
    event = AlertEvent(
        alert_id=delivery.alert_id,
        operator_id=delivery.operator_id,
        booking_id=delivery.booking_id,
        type=step.type,
        at=now,
        audience=delivery.audience,
        channel=delivery.channel,
        recipient_ref=delivery.recipient,
        act_before=alert.act_before if alert is not None else None,
        detail=step.detail,
    )
    name = f"attempt/{delivery.delivery_id}/{delivery.attempts}/{step.type}"
    return FeedRow(
        uuid.uuid5(_NAMESPACE, name), delivery.operator_id, delivery.booking_id, now, msgspec.json.encode(event)
    )


def outcome_row(outcome: Outcome, name: str) -> FeedRow:
    """An outcome on its way to its topic; `name` tells it from others of the same alert."""
    identity = uuid.uuid5(_NAMESPACE, f"outcome/{outcome.operator_id}/{outcome.booking_id}/{name}")
    return FeedRow(identity, outcome.operator_id, outcome.booking_id, outcome.at, msgspec.json.encode(outcome))
