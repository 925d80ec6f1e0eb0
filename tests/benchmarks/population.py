"""The bookings that a benchmark stores and measures: one world of homes and firms, so that what is new meets what is
stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from booking_ingest.normalise.event import normalise
from pickup_contracts.booking import BookingEvent
from pickup_contracts.codec import decode_booking, encode
from pickupctl.traffic.ordinary import ordinary
from pickupctl.traffic.scams import scam
from pickupctl.traffic.world import World
from risk_scorer.entities import Keys, Sighting, booking_hash, entities_of, operator_hash, own, place_hash
from risk_scorer.facts import Facts
from risk_scorer.known import known, stop
from risk_scorer.looks import is_kept
from risk_scorer.merge import fold

#: Where a stored or measured booking may be. A worker that takes thousands of bookings a second serves a country: in a
#: small town every home would be met every few seconds, and everything would be linked to everything.
_HOMES, _FIRMS = 100_000, 3000


class Booked(Struct, frozen=True):
    """A booking's first event: as an operator's system sends it, and as booking-ingest publishes it."""

    operator_id: str
    body: bytes
    event: BookingEvent


class Recorded(Struct, frozen=True):
    """What the scorer keeps of a booking: its sightings, and what the operator called its places (hash, kind)."""

    sightings: list[Sighting]
    places: list[tuple[int, str]]


class Population:
    """Reproducible by `seed`. Bookings are drawn in order: first what is stored, then what is measured."""

    def __init__(self, now: datetime, seed: int = 5) -> None:
        self.now = now
        self._world = World(seed, now, homes=_HOMES, firms=_FIRMS)
        self._drawn = 0

    def draw(self, bookings: int, *, scam_every: int | None = None) -> list[Booked]:
        """New bookings, made within the last half minute; one in `scam_every` is scam-shaped."""
        return list(self._draw(bookings, scam_every))

    def recorded(self, keys: Keys, at_least: int) -> list[Recorded]:
        """What the scorer would record of so many new bookings that together they have `at_least` sightings."""
        found: list[Recorded] = []
        rows = 0
        while rows < at_least:
            (booked,) = self._draw(1, None)
            found.append(_recorded(keys, booked, self.now))
            rows += len(found[-1].sightings)
        return found

    def _draw(self, bookings: int, scam_every: int | None) -> Iterator[Booked]:
        for index in range(bookings):
            self._drawn += 1
            shaped = scam_every is not None and index % scam_every == 0
            story = scam(self._world, self._drawn) if shaped else ordinary(self._world, self._drawn)
            _, first = story.events(self.now - timedelta(seconds=30 - 30 * index / bookings))[0]
            body = encode(first)
            yield Booked(story.operator_id, body, decode_booking(normalise(body).body(story.operator_id)))


def _recorded(keys: Keys, booked: Booked, now: datetime) -> Recorded:
    facts = Facts(fold(None, booked.event), now)
    scope = own(keys, booked.operator_id, facts, entities_of(facts))
    booking = booking_hash(keys, booked.operator_id, booked.event.booking_id)
    operator = operator_hash(keys, booked.operator_id)
    sightings = [
        Sighting(entity, booking, operator, role, facts.shape, scope.home, scope.dropoff, scope.booker)
        for entity, role in scope.entities
        if is_kept(role, facts.shape, scope.home)
    ]
    places = [
        (place_hash(keys, key, booked.operator_id), kind)
        for there, stop_keys in ((facts.booking.pickup, facts.pickup_keys), (facts.booking.dropoff, facts.dropoff_keys))
        if (kind := known(stop(there).premises)) is not None
        for key in stop_keys
    ]
    return Recorded(sightings, places)
