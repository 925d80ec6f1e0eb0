"""`POST /v1/outcomes`: the operator's system tells what was found, or what became of a booking.

The body is an Outcome (docs/schemas/outcome.json). `operator_id` is the key's: another is refused (403). `reported_by`
is `operator_system` when nobody is named; a role above the key's own is refused (403). The same outcome again is one.
What nobody says stays unknown; a body that says nothing at all is refused, for no answer is not an answer.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import MediaType, Request, Response, post
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET, Meta, Struct, UnsetType

from notifier.accounts.principal import Principal
from notifier.actions import Actions, Done, Finding, Role, alert_id_of
from notifier.alerts.look_alikes import WORDS
from notifier.alerts.reports import OFFICE
from notifier.console.auth import Doorkeeper
from notifier.console.forms import plain
from pickup_contracts.booking import Id, Moment, Observation, OperatorId
from pickup_contracts.card_numbers import holds_card_number
from pickup_contracts.codec import decode_with, encode
from pickup_contracts.errors import CardNumberFound, MalformedEvent
from pickup_contracts.moments import can_be, is_ahead
from pickup_contracts.outcome import Outcome
from pickup_runtime.clock import Clock


class Report(Struct, kw_only=True, forbid_unknown_fields=True):
    """An outcome as it is sent."""

    booking_id: Id
    at: Moment
    operator_id: OperatorId | UnsetType = UNSET
    reported_by: Role = "operator_system"
    alert_id: UUID | None = None
    action: Done | None = None
    finding: Finding | UnsetType = UNSET
    clear_reason: Annotated[str, Meta(max_length=32)] | None = None
    observations: Annotated[list[Observation], Meta(max_length=20)] = []
    police_reference: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    comment: Annotated[str, Meta(min_length=1, max_length=500)] | None = None


_report = msgspec.json.Decoder(Report, strict=True)


def outcomes_route(doorkeeper: Doorkeeper, actions: Actions, clock: Clock) -> HTTPRouteHandler:
    """The route, for the console's application. Answers 202 with the outcome's id, or that it is known already."""

    @post("/v1/outcomes", status_code=202, exclude_from_csrf=True)
    async def take(request: Request[Any, Any, Any]) -> Response[bytes]:
        key = await doorkeeper.require_key(request, "report")
        try:
            report = decode_with(_report, await request.body())
        except MalformedEvent as fault:
            return _problem(fault.field, fault.reason, 422)
        if (refused := _misdated(report.at, clock.now()) or _refused(report, key)) is not None:
            return refused
        outcome = _outcome(report, key)
        if report.alert_id not in (None, alert_id_of(outcome)):
            raise NotFoundException
        name = hashlib.sha256(encode(outcome)).hexdigest()
        taken = await actions.report(outcome, key.holder, name)
        return _json({"booking_id": outcome.booking_id, "status": "accepted" if taken else "known"}, 202)

    return take


def _misdated(at: datetime, now: datetime) -> Response[bytes] | None:
    """A time that can't be, or one so far ahead that nothing which is found later could be newer."""
    if not can_be(at):
        return _problem("at", "is not a time that can be", 422)
    return _problem("at", "lies more than a day ahead", 422) if is_ahead(at, now) else None


def _refused(report: Report, key: Principal) -> Response[bytes] | None:
    if report.operator_id is not UNSET and report.operator_id != key.operator_id:
        return _problem("operator_id", "is not the key's", 403)
    if report.reported_by == "duty_manager" and key.role not in ("duty_manager", "admin"):
        return _problem("reported_by", "is above the key's role", 403)
    if plain(report.booking_id) != report.booking_id:
        return _problem("booking_id", "holds characters that no id has", 422)
    if report.clear_reason is not None and report.clear_reason not in WORDS:
        return _problem("clear_reason", "is not a code of a look-alike family", 422)
    if report.finding == "cleared" and report.reported_by in OFFICE and report.clear_reason is None:
        return _problem("clear_reason", "is required with cleared", 422)
    if report.clear_reason is not None and report.finding != "cleared":
        return _problem("clear_reason", "goes with cleared only", 422)
    for name in ("comment", "police_reference"):
        if holds_card_number(getattr(report, name) or ""):
            fault = CardNumberFound(name)
            return _problem(fault.field, fault.reason, 422)
    said = (report.action, report.observations, report.police_reference, report.comment)
    if report.finding is UNSET and not any(said):
        return _problem("finding", "is required where nothing else is said", 422)
    return None


def _outcome(report: Report, key: Principal) -> Outcome:
    reference, comment = (plain(text) if text else None for text in (report.police_reference, report.comment))
    return Outcome(
        operator_id=key.operator_id,
        booking_id=report.booking_id,
        at=report.at,
        reported_by=report.reported_by,
        alert_id=report.alert_id,
        action=report.action,
        finding=report.finding if report.finding is not UNSET else "unknown",
        clear_reason=report.clear_reason,
        observations=list(dict.fromkeys(report.observations)),
        police_reference=reference or None,
        comment=comment or None,
    )


def _problem(field: str | None, reason: str, status: int) -> Response[bytes]:
    return _json({"error": f"{field}: {reason}" if field else reason}, status)


def _json(document: dict[str, Any], status: int) -> Response[bytes]:
    return Response(msgspec.json.encode(document), media_type=MediaType.JSON, status_code=status)
