"""Who and what was on a booking, as keyed hashes: the only form in which they outlive it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache

import msgspec
from msgspec import Struct

from risk_scorer import shapes
from risk_scorer.facts import Facts
from risk_scorer.known import address, contact, known, vias
from risk_scorer.links import Hashed
from risk_scorer.parties.emails import email_key
from risk_scorer.parties.phones import phone_key
from risk_scorer.premises.address_key import address_keys, cell, outward, street_key

#: Bytes that SHA-256 takes at a time.
_BLOCK = 64
#: Kinds that are the same thing at another firm; accounts and devices are not.
SHARED_KINDS = frozenset({"phone", "email", "address", "street"})


class Entity(Struct, frozen=True, gc=False):
    """One thing seen on a booking, in one role. `value` is plain and must not leave the process."""

    kind: str
    value: str
    role: int


class Keys(Struct, frozen=True):
    """The secrets that make hashes: `entity` for one deployment, `shared` for links between firms."""

    entity: bytes
    shared: bytes


class Sighting(Struct, frozen=True, gc=False):
    """An entity seen on a booking: hashes and a shape, nothing that names anybody. `home`, `dropoff` and `booker`
    are 0 where not known (or, for `home`, where the pickup is not a dwelling)."""

    entity: int
    booking: int
    operator: int
    role: int
    shape: int
    home: int
    dropoff: int
    booker: int


#: A batch asks for the same bookings several times, and nobody ever again: they would only push others out of `_hash`.
@lru_cache(maxsize=4096)
def booking_hash(keys: Keys, operator_id: str, booking_id: str) -> int:
    return _digest(keys.entity, f"booking\0{operator_id}\0{booking_id}")


def operator_hash(keys: Keys, operator_id: str) -> int:
    """31 bits: enough to tell firms apart, and not their names."""
    return _hash(keys.entity, f"operator\0{operator_id}") & 0x7FFFFFFF


def entity_hash(keys: Keys, kind: str, value: str, operator_id: str | None) -> int:
    """The hash of one entity, as it stands in `own` for an operator, in `shared` without one."""
    scope = f"{operator_id}\0" if operator_id is not None else ""
    return _hash(keys.entity if operator_id is not None else keys.shared, f"{kind}\0{scope}{value}")


def place_hash(keys: Keys, key: str, operator_id: str | None = None) -> int:
    """One of an address's keys: as the operator's own sightings have it, or, without an operator, for facts of the
    place that anybody could look up."""
    if operator_id is None:
        return _hash(keys.entity, f"place\0{key}")
    return _hash(keys.entity, f"address\0{operator_id}\0{key}")


def own(keys: Keys, operator_id: str, facts: Facts, entities: tuple[Entity, ...]) -> Hashed:
    """Hashes that mean something within one operator only."""
    hashed = _hashed(keys.entity, f"{operator_id}\0", facts, entities)
    district = outward(address(facts.booking.pickup)) if hashed.home else None
    if district is None:
        return hashed
    return msgspec.structs.replace(hashed, district=entity_hash(keys, "district", district, operator_id))


def shared(keys: Keys, facts: Facts, entities: tuple[Entity, ...]) -> Hashed:
    """Hashes that meet those of other operators which have opted in too."""
    return _hashed(keys.shared, "", facts, tuple(e for e in entities if e.kind in SHARED_KINDS))


def entities_of(facts: Facts) -> tuple[Entity, ...]:
    """Every entity of a booking, each role once."""
    return tuple(dict.fromkeys(_entities(facts)))


def _entities(facts: Facts) -> Iterator[Entity]:
    booking = facts.booking
    booker = known(booking.booker)
    passenger = known(booking.passenger)
    people = (
        (shapes.BOOKER, known(booker.phone) if booker else None, known(booker.email) if booker else None),
        (shapes.PICKUP_CONTACT, known(contact(booking.pickup).phone), known(contact(booking.pickup).email)),
        (shapes.RECIPIENT, known(contact(booking.dropoff).phone), known(contact(booking.dropoff).email)),
        (shapes.PASSENGER_ROLE, known(passenger.phone) if passenger else None, None),
    )
    own: set[str] = set()
    for role, phone, email in people:
        mailbox = email_key(email) if email else None
        if mailbox:
            yield Entity("email", mailbox, role)
        number = phone_key(phone) if phone else None
        if number:
            own.add(number)
            yield Entity("phone", number, role)
    for number in facts.noted_numbers:
        if number not in own:
            yield Entity("phone", number, shapes.NOTED)
    yield from _things(facts)
    yield from _places(facts)


def _things(facts: Facts) -> Iterator[Entity]:
    booking = facts.booking
    held = known(facts.account.id)
    if held:
        yield Entity("account", held, shapes.ACCOUNT)
    device = known(booking.device)
    device_id = known(device.id) if device else None
    if device_id:
        yield Entity("device", device_id, shapes.DEVICE)
    payment = known(booking.payment)
    token = known(payment.token) if payment else None
    if token:
        yield Entity("token", token, shapes.TOKEN)


def _places(facts: Facts) -> Iterator[Entity]:
    booking = facts.booking
    pickup, dropoff = facts.pickup_keys, facts.dropoff_keys
    for key in pickup:
        yield Entity("address", key, shapes.PICKUP)
    for key in dropoff:
        yield Entity("address", key, shapes.DROPOFF)
    for via in vias(booking):
        for key in address_keys(address(via)):
            yield Entity("address", key, shapes.VIA)
    if pickup and dropoff and not facts.pairs_at_home:
        yield Entity("pair", f"{pickup[-1]}>{dropoff[-1]}", shapes.PAIR)
    for role, where in ((shapes.STREET_FROM, booking.pickup), (shapes.STREET_TO, booking.dropoff)):
        street = street_key(address(where))
        if street:
            yield Entity("street", street, role)
    if facts.note_words is not None:
        yield Entity("words", facts.note_words, shapes.WORDS)
    area = cell(address(booking.dropoff))
    if area:
        yield Entity("cell", area, shapes.CELL)


def _hashed(key: bytes, scope: str, facts: Facts, entities: tuple[Entity, ...]) -> Hashed:
    hashes = tuple((_hash(key, f"{entity.kind}\0{scope}{entity.value}"), entity.role) for entity in entities)
    # Of an address's keys the last is the one that needs no postcode: it names a home however it was written.
    last = {role: hashed for hashed, role in hashes}
    booker = last.get(shapes.BOOKER) or last.get(shapes.ACCOUNT) or 0
    home = last.get(shapes.PICKUP, 0) if facts.from_home else 0
    shape = facts.shape
    dropoff = last.get(shapes.DROPOFF, 0)
    return Hashed(
        hashes,
        home,
        dropoff,
        booker,
        could_be_home=facts.could_be_home,
        arrival=shape & shapes.ARRIVAL == shapes.ARRIVAL,
        departure=shape & shapes.DEPARTURE == shapes.DEPARTURE,
        visit=bool(shape & shapes.TO_VALUABLES),
        back=shape & shapes.RIDE_BACK == shapes.RIDE_BACK,
        fetched=facts.carries_parcel,
        firm=facts.to_a_firm,
        vouched=facts.firm_vouched_for,
    )


@lru_cache(maxsize=131_072)
def _hash(key: bytes, text: str) -> int:
    return _digest(key, text)


def _digest(key: bytes, text: str) -> int:
    """64 bits of an HMAC-SHA256, signed as PostgreSQL's bigint. Among 10 million entities two collide by chance
    about once in 400,000 deployments."""
    inner, outer = _begun(key)
    within = inner.copy()
    within.update(text.encode())
    around = outer.copy()
    around.update(within.digest())
    return int.from_bytes(around.digest()[:8], "big", signed=True)


@lru_cache(maxsize=8)
def _begun(key: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    """Both hashes of an HMAC (RFC 2104), with the key read. A booking has a dozen entities of a few bytes each:
    OpenSSL's own HMAC, which begins anew each time, takes twice as long."""
    block = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
    return hashlib.sha256(bytes(byte ^ 0x36 for byte in block)), hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
