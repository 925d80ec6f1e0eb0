"""A note in the operator's own dispatch system, where drivers and dispatchers look anyway.

Which system that is, an adapter knows. The one here speaks to any that takes JSON by HTTP, as the operator's profile
says; a system with a protocol of its own gets an adapter of its own.
"""

from __future__ import annotations

import re
from typing import Any, Protocol
from urllib.parse import quote

import msgspec

from notifier.channels import message
from notifier.channels.channel import Attempt
from notifier.channels.outgoing import Outgoing, attempt_of
from notifier.channels.plain import plain
from notifier.channels.unexpected import ended_by
from notifier.channels.webhook import SecretOf
from notifier.errors import ForbiddenAddress
from notifier.rung_rows import Delivery
from pickup_contracts.dispatch import DispatchNote, dispatch_faults
from pickup_contracts.operator import OperatorProfile
from pickup_runtime.clock import Clock
from pickup_runtime.operators import OperatorDirectory

#: As much as anybody reads of a note, and as most systems take.
_TEXT_AT_MOST = 2_000
#: The note is not wanted, whoever asks again: no such booking, gone, too large, not understood.
_FINAL = frozenset({400, 404, 410, 413, 422})


class DispatchAdapter(Protocol):
    """One kind of dispatch system."""

    async def write_note(self, operator: OperatorProfile, booking_id: str, text: str, idempotency_key: str) -> Attempt:
        """Write a note that only drivers and the office can read. The same key writes no second one, where the system
        knows such keys. Never raises."""

    async def close(self) -> None: ...


class DispatchNoteChannel:
    """Notes for all operators, through one adapter."""

    name = "dispatch_note"

    def __init__(self, operators: OperatorDirectory, adapter: DispatchAdapter) -> None:
        self._operators = operators
        self._adapter = adapter

    async def attempt(self, delivery: Delivery) -> Attempt:
        """Write the delivery's text as a note on its booking, with its link when there is one."""
        profile = self._operators.get(delivery.operator_id)
        told = message.read(delivery.body)
        if profile is None or told is None or not told.to:
            return Attempt("refused", "to: no booking in a dispatch system")
        text = plain(told.text)[:_TEXT_AT_MOST]
        if told.link and told.link not in text:
            text = f"{text}\n{told.link}"
        return await self._adapter.write_note(profile, told.to, text, str(delivery.delivery_id))

    async def close(self) -> None:
        await self._adapter.close()


class HttpDispatch:
    """Any dispatch system with a JSON interface. The profile's template is filled string by string, so that a text
    can't become anything but a text; addresses go through the same guard as webhooks."""

    def __init__(
        self, secret_of: SecretOf, clock: Clock, *, timeout_s: float = 8.0, allow_private: bool = False
    ) -> None:
        self._secret_of = secret_of
        self._http = Outgoing(clock, timeout_s=timeout_s, allow_private=allow_private)

    async def write_note(self, operator: OperatorProfile, booking_id: str, text: str, idempotency_key: str) -> Attempt:
        """Send the request that the profile describes, with `Idempotency-Key`."""
        note = operator.dispatch_note
        if note is None:
            return Attempt("refused", "the operator's profile has no dispatch_note")
        for field, reason in dispatch_faults(note):
            return Attempt("refused", f"dispatch_note.{field}: {reason}")
        try:
            return await self._send(operator.operator_id, note, booking_id, text, idempotency_key)
        except Exception as error:
            return ended_by(DispatchNoteChannel.name, error)

    async def close(self) -> None:
        await self._http.close()

    async def _send(self, operator_id: str, note: DispatchNote, booking_id: str, text: str, key: str) -> Attempt:
        headers = {"content-type": "application/json", "accept": "application/json", "idempotency-key": key}
        if note.secret_header is not None:
            headers[note.secret_header.lower()] = await self._secret_of(operator_id, note.secret)
        values = {"{booking_id}": booking_id, "{text}": text, "{idempotency_key}": key}
        answer = await self._http.send(
            note.method,
            _url(note.url, booking_id, key),
            content=msgspec.json.encode(filled(note.body, values)),
            headers=headers,
        )
        return attempt_of(answer, gone=_FINAL)


def filled(template: Any, values: dict[str, str]) -> Any:
    """A template with its placeholders replaced, once: what a value holds is not looked at again."""
    if isinstance(template, str):
        return _fill(template, values)
    if isinstance(template, dict):
        return {name: filled(inner, values) for name, inner in template.items()}
    if isinstance(template, list):
        return [filled(inner, values) for inner in template]
    return template


def _fill(template: str, values: dict[str, str]) -> str:
    return re.sub("|".join(map(re.escape, values)), lambda found: values[found.group()], template)


def _url(template: str, booking_id: str, key: str) -> str:
    if booking_id in (".", ".."):
        # Quoted or not, it would climb out of the path that the profile names.
        raise ForbiddenAddress("the booking's id can't stand in an address")
    return _fill(template, {"{booking_id}": quote(booking_id, safe=""), "{idempotency_key}": quote(key, safe="")})
