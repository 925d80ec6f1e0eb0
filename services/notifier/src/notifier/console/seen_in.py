"""Where a reason was seen, in words: an assessment's evidence names a booking's fields as the contract does. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

_PATH = re.compile(r"[a-z_]+(\[\d*\])?(\.[a-z0-9_]+(\[\d*\])?)*")
_INDEX = re.compile(r"\[\d*\]")
_STOPS = {"pickup": "pickup", "dropoff": "drop-off", "via": "stop on the way"}
_OF_A_STOP = {
    "": "the {}",
    ".address": "address of the {}",
    ".address.line1": "address of the {}",
    ".address.line2": "address of the {}",
    ".notes": "note on the {}",
    ".organisation": "firm at the {}",
    ".premises": "kind of place of the {}",
    ".contact": "person at the {}",
    ".contact.name": "name of the person at the {}",
    ".contact.phone": "phone of the person at the {}",
    ".verification": "what is checked at the {}",
}
FIELDS: dict[str, str] = {
    **{stop + tail: words.format(name) for stop, name in _STOPS.items() for tail, words in _OF_A_STOP.items()},
    "via": "the stops on the way",
    "booker": "the booker",
    "booker.name": "the booker's name",
    "booker.phone": "the booker's phone",
    "booker.caller_id": "whether the booker's number was shown",
    "booker.relationship": "who the booker claims to be",
    "booker.account": "the booker's account",
    "booker.account.opened_at": "the age of the booker's account",
    "booker.account.completed_bookings": "the jobs of the booker's account",
    "booker.account.type": "the kind of the booker's account",
    "booker.account.verified": "whether the booker's account is verified",
    "passenger": "the passenger",
    "items": "the goods",
    "items.description": "what the goods are said to be",
    "items.kind": "the kind of goods",
    "items.barcode": "the barcode of the goods",
    "notes": "the notes",
    "notes.driver": "note for the driver",
    "notes.office": "note for the office",
    "reference": "the reference",
    "change_reason": "why it was changed",
    "change_reason_on_board": "why it was changed with the goods on board",
    "payment": "the payment",
    "payment.method": "how it is paid",
    "payment.payer": "who pays",
    "payment.token": "the card",
    "payment.card_country": "the card's country",
    "payment.failed_attempts": "payments that failed",
    "fare.amount_pence": "the fare",
    "distance_m": "the distance",
    "device": "the booker's device",
    "device.country": "the country of the booker's device",
    "pickup_at": "the time of pickup",
    "requested_at": "when it was booked",
    "service": "the kind of service",
    "carries": "whether a parcel or a passenger travels",
    "status": "how far it has got",
    "wait_and_return": "waiting and returning",
    "wait_s": "how long to wait",
    "enquiries.eta_calls": "calls for the driver's whereabouts",
    "enquiries.asked_for_driver_details": "asked who the driver is",
    "handover.recipient_name": "the name given at the drop-off",
    "handover.unattended": "left unattended",
    "observations": "what the driver saw",
    "outcome": "what was found",
}


def in_words(evidence: Iterable[str]) -> str:
    """Evidence as a dispatcher reads it, each thing once; words and counts stay as they are."""
    said: dict[str, None] = {}
    for one in evidence:
        parts = one.split(", ")
        # A sentence with a comma in it is no list of fields.
        fields = all(_PATH.fullmatch(part) for part in parts)
        said.update(dict.fromkeys([_field(part) for part in parts] if fields else [one]))
    return "; ".join(said)


def _field(path: str) -> str:
    bare = _INDEX.sub("", path)
    # A field of a newer scorer: its name without the signs of its spelling.
    return FIELDS.get(bare, bare.replace(".", " ").replace("_", " "))
