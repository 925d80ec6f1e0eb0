"""The dispatcher's page has words for every field that the scorer's evidence names."""

from __future__ import annotations

import json
import re

from notifier.console.seen_in import FIELDS, in_words
from pickup_contracts.codec import decode_booking
from risk_scorer.merge import BookingState
from risk_scorer.policy import lists
from risk_scorer.signals.catalogue import SIGNALS
from risk_scorer.text.written import ON_BOARD, written

_STOP = {
    "address": {"line1": "x", "line2": "y"},
    "organisation": "z",
    "notes": "n",
    "contact": {"name": "a note that is a name"},
}
_WORDY = {
    "event_id": "e",
    "booking_id": "b",
    "occurred_at": "2026-11-20T11:00:00Z",
    "carries": "parcel",
    "notes": {"driver": "x", "office": "y"},
    "items": [{"description": "x", "kind": "y"}] * 2,
    "pickup": _STOP,
    "dropoff": _STOP,
    "via": [_STOP, _STOP],
    "booker": {"name": "a note that stands for a name", "relationship": "y"},
    "passenger": {"name": "a note that stands for a name"},
    "reference": "x",
}
#: What a signal's source says beside fields: `signal.Signal.source`.
_NO_FIELDS = {"free text", "history", "course of the booking", ""}


def named() -> set[str]:
    """Every field that evidence may name, as it is named."""
    state = BookingState(decode_booking(json.dumps(_WORDY).encode()))
    found = {text.field for text in written(state)} | {"change_reason", ON_BOARD} | set(lists._FIELDS.values())
    for signal in SIGNALS.values():
        if signal.source not in _NO_FIELDS:
            parts = set(signal.source.split(", ")) - _NO_FIELDS
            found |= {part for part in parts if re.fullmatch(r"[a-z_]+(\[\])?(\.\S+)?", part)}
    return found


def test_every_field_that_evidence_names_has_words() -> None:
    fields = named()
    assert {"via[1].address.line2", "booker.account.opened_at", "payment.token", "items[].barcode"} <= fields
    for field in sorted(fields):
        assert re.sub(r"\[\d*\]", "", field) in FIELDS, f"say what {field} is in notifier/console/seen_in.py"


def test_no_words_look_like_a_field() -> None:
    for said in FIELDS.values():
        assert not re.search(r"[_.\[\]]", said)
        assert in_words([said]) == said or said in FIELDS
