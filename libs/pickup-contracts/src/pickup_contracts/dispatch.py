"""How a note is written into an operator's own dispatch system, so that drivers and dispatchers see it there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

#: Words in the name of a field that a booker, passenger or recipient may get to see.
_SEEN_BY_BOOKERS = re.compile(
    r"customer|client|passenger|booker|recipient|receiver|sender|consignee|public|tracking|portal|share|confirmation",
    re.IGNORECASE,
)


class DispatchNote(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A request to the operator's dispatch system. `url` and the strings in `body` may hold `{booking_id}` and
    `{idempotency_key}`, `body` also `{text}`. `visible_to` is the firm's own word for who can read the note. `secret`
    names what the notifier sends in `secret_header`, whole, as in `Bearer …`."""

    url: Annotated[str, Meta(pattern=r"^https?://[^\s]+$", max_length=2000)]
    body: dict[str, Any]
    visible_to: Literal["driver", "office"]
    method: Literal["POST", "PUT", "PATCH"] = "POST"
    secret_header: Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,62}$")] | None = None
    secret: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")] = "dispatch"


def dispatch_faults(note: DispatchNote) -> Iterator[tuple[str, str]]:
    """What can't work or may not be: the field, and why. A note that a booker can read would warn the wrong person."""
    names, strings = list(_names(note.body)), list(_strings(note.body))
    if any(_SEEN_BY_BOOKERS.search(name) for name in names):
        yield "body", "has a field whose name says that bookers or recipients can see it"
    if "{" in note.url.split("/")[2]:
        yield "url", "has a placeholder in its host"
    if _SEEN_BY_BOOKERS.search(note.url):
        yield "url", "leads to a place whose name says that bookers or recipients can see it"
    if not any("{text}" in one for one in strings):
        yield "body", "has no {text}"
    if not any("{booking_id}" in one for one in (note.url, *strings)):
        yield "url", "has no {booking_id}, and neither has the body"


def _names(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield str(name)
            yield from _names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
