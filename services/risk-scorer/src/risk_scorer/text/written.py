"""Every free text of a booking, with the field that it stands in."""

from __future__ import annotations

from collections.abc import Iterator

from pickup_contracts.booking import Stop
from risk_scorer.known import contact, items, known, stop, vias
from risk_scorer.merge import BookingState
from risk_scorer.parties.emails import email_name
from risk_scorer.text.findings import FieldText

#: A reason for a change or an end that was given with the goods on board.
ON_BOARD = "change_reason_on_board"
#: More words than these are no name: somebody wrote a note where a name belongs.
_NAME_WORDS = 4


def written(state: BookingState) -> Iterator[FieldText]:
    """The texts of a merged booking; reasons for its changes too, with the goods on board apart."""
    booking = state.booking
    notes = known(booking.notes)
    if notes is not None:
        yield from _field("notes.driver", notes.driver)
        yield from _field("notes.office", notes.office)
    for index, item in enumerate(items(booking)):
        yield from _field(f"items[{index}].description", item.description)
        yield from _field(f"items[{index}].kind", item.kind)
    for name, where in (("pickup", booking.pickup), ("dropoff", booking.dropoff)):
        yield from _stop(name, stop(where))
    # Who receives is an instruction when it is a fraud team; where it leaves from says nothing of the kind, nor where
    # somebody rides: a police station takes visitors.
    if booking.carries != "passenger":
        yield from _field("dropoff.organisation", stop(booking.dropoff).organisation)
    for index, via in enumerate(vias(booking)):
        yield from _stop(f"via[{index}]", via)
    booker = known(booking.booker)
    if booker is not None:
        yield from _field("booker.relationship", booker.relationship)
        yield from _name("booker", booker.name)
        yield from _field("booker.email", email_name(known(booker.email)))
    yield from _name("dropoff.contact", contact(booking.dropoff).name)
    yield from _note_as_name("pickup.contact", contact(booking.pickup).name)
    passenger = known(booking.passenger)
    if passenger is not None:
        yield from _note_as_name("passenger", passenger.name)
    yield from _field("reference", booking.reference)
    reasons = state.lifecycle.change_reasons
    before = len(reasons) - state.lifecycle.reasons_on_board
    for index, reason in enumerate(reasons):
        yield FieldText("change_reason" if index < before else ON_BOARD, reason)


def _stop(name: str, where: Stop) -> Iterator[FieldText]:
    yield from _field(f"{name}.notes", where.notes)
    there = known(where.address)
    if there is not None:
        yield from _field(f"{name}.address.line1", there.line1)
        yield from _field(f"{name}.address.line2", there.line2)


def _name(who: str, name: object) -> Iterator[FieldText]:
    yield from _field(f"{who}.name", name)
    yield from _note_as_name(who, name)


def _note_as_name(who: str, name: object) -> Iterator[FieldText]:
    if isinstance(name, str) and len(name.split()) > _NAME_WORDS:
        yield from _field(who, name)


def _field(name: str, value: object) -> Iterator[FieldText]:
    if isinstance(value, str) and value:
        yield FieldText(name, value)
