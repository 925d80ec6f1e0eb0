"""BookingEvent: what an operator's system knew about a booking at one moment.

An event is a merge patch (RFC 7396) on the booking: `UNSET` (absent on the wire) leaves what was known, `None`
clears it, an array replaces the old one. Times carry an offset; money is in pence; distances are in metres.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

Id = Annotated[str, Meta(min_length=1, max_length=128)]
OperatorId = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
Short = Annotated[str, Meta(max_length=200)]
Line = Annotated[str, Meta(max_length=500)]
Note = Annotated[str, Meta(max_length=2000)]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Pence = Annotated[int, Meta(ge=0, le=1_000_000_000_00)]
Moment = Annotated[datetime, Meta(tz=True)]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
CountryCode = Annotated[str, Meta(pattern=r"^[A-Za-z]{2}$")]

Status = Literal[
    "requested",
    "accepted",
    "driver_assigned",
    "en_route_to_pickup",
    "arrived_at_pickup",
    "collected",
    "en_route_to_dropoff",
    "delivered",
    "cancelled",
    "failed",
    "returned",
    "unknown",
]
Service = Literal["courier", "taxi", "unknown"]
Carries = Literal["parcel", "passenger", "unknown"]
Channel = Literal["phone", "web", "app", "api", "account_portal", "street", "unknown"]
PremisesKind = Literal[
    "residential",
    "sheltered_housing",
    "care_home",
    "business",
    "bank",
    "money_service",
    "jeweller",
    "retail",
    "station",
    "airport",
    "car_park",
    "public_place",
    "hotel",
    "police_station",
    "court",
    "medical",
    "education",
    "locker",
    "unknown",
]
Observation = Literal[
    "sender_confused",
    "sender_on_phone",
    "mentioned_bank_or_police",
    "felt_like_cash",
    "no_passenger_only_parcel",
    "recipient_name_mismatch",
    "recipient_masked",
    "asked_for_driver_number",
    "told_not_to_talk",
    "asked_to_relay",
    "item_changed",
    "nothing_odd",
]

#: The goods (or the passenger) have left the pickup: a warning can only be a recall.
AFTER_COLLECTION: frozenset[str] = frozenset({"collected", "en_route_to_dropoff", "delivered", "returned"})
#: Nothing more will be collected or handed over on this booking.
ENDED: frozenset[str] = frozenset({"delivered", "cancelled", "failed", "returned"})


class Patch(Struct, omit_defaults=True, forbid_unknown_fields=True):
    """A part of a merge patch: a field that was not sent is `UNSET`, one that was cleared is `None`."""


class Address(Patch):
    """One address as written. A one-line address stands whole in `line1`. `lat` and `lon` are WGS 84 degrees."""

    line1: Line | UnsetType | None = UNSET
    line2: Line | UnsetType | None = UNSET
    town: Short | UnsetType | None = UNSET
    postcode: Annotated[str, Meta(max_length=16)] | UnsetType | None = UNSET
    country: CountryCode | UnsetType | None = UNSET
    lat: Annotated[float, Meta(ge=-90, le=90)] | UnsetType | None = UNSET
    lon: Annotated[float, Meta(ge=-180, le=180)] | UnsetType | None = UNSET
    uprn: Annotated[str, Meta(max_length=12)] | UnsetType | None = UNSET


class Contact(Patch):
    """Whom the driver asks for at a stop. `phone` is E.164 where it could be read, else as written."""

    name: Short | UnsetType | None = UNSET
    phone: Short | UnsetType | None = UNSET
    email: Short | UnsetType | None = UNSET


class Window(Patch, rename={"from_": "from"}):
    """When the stop may be served."""

    from_: Moment | UnsetType | None = UNSET
    to: Moment | UnsetType | None = UNSET


class Verification(Patch):
    """What the operator will ask for at the stop before it hands over."""

    pin: bool | UnsetType | None = UNSET
    id_check: bool | UnsetType | None = UNSET
    signature: bool | UnsetType | None = UNSET


class Stop(Patch):
    """A place on the way: the pickup, the drop-off, or a via. `premises` is the operator's own word for it."""

    address: Address | UnsetType | None = UNSET
    organisation: Short | UnsetType | None = UNSET
    contact: Contact | UnsetType | None = UNSET
    premises: PremisesKind | UnsetType | None = UNSET
    notes: Note | UnsetType | None = UNSET
    window: Window | UnsetType | None = UNSET
    verification: Verification | UnsetType | None = UNSET


class Account(Patch):
    """The booker's account with the operator; `completed_bookings` is as of the event."""

    id: Id | UnsetType | None = UNSET
    type: Literal["guest", "personal", "business", "unknown"] | UnsetType | None = UNSET
    opened_at: Moment | UnsetType | None = UNSET
    completed_bookings: Count | UnsetType | None = UNSET
    verified: bool | UnsetType | None = UNSET


class Booker(Patch):
    """Who ordered. `relationship` is what they claim to be to the person at pickup (`grandson`, `carer`)."""

    name: Short | UnsetType | None = UNSET
    phone: Short | UnsetType | None = UNSET
    email: Short | UnsetType | None = UNSET
    caller_id: Literal["shown", "withheld", "unknown"] | UnsetType | None = UNSET
    account: Account | UnsetType | None = UNSET
    relationship: Short | UnsetType | None = UNSET


class Item(Patch):
    """One thing to carry, as declared. `kind` is the operator's own word."""

    description: Line | UnsetType | None = UNSET
    kind: Short | UnsetType | None = UNSET
    quantity: Count | UnsetType | None = UNSET
    weight_g: Count | UnsetType | None = UNSET
    declared_value_pence: Pence | UnsetType | None = UNSET
    currency: Currency | UnsetType | None = UNSET
    barcode: Short | UnsetType | None = UNSET


class Payment(Patch):
    """How it is paid. `token` is the processor's fingerprint of a card, never the card's number."""

    method: (
        Literal["cash", "card", "payment_link", "account", "invoice", "prepaid", "other", "unknown"] | UnsetType | None
    ) = UNSET
    payer: Literal["booker", "sender", "recipient", "third_party", "unknown"] | UnsetType | None = UNSET
    token: Short | UnsetType | None = UNSET
    card_country: CountryCode | UnsetType | None = UNSET
    failed_attempts: Count | UnsetType | None = UNSET


class Notes(Patch):
    """Free text: what the driver sees, and what only the office sees."""

    driver: Note | UnsetType | None = UNSET
    office: Note | UnsetType | None = UNSET


class Driver(Patch):
    """The assigned driver. `vehicle` is colour, make and model, then `, ` and the plate."""

    id: Id | UnsetType | None = UNSET
    name: Short | UnsetType | None = UNSET
    phone: Short | UnsetType | None = UNSET
    vehicle: Short | UnsetType | None = UNSET


class Device(Patch):
    """The booker's device, where the operator has it."""

    id: Id | UnsetType | None = UNSET
    ip: Annotated[str, Meta(max_length=45)] | UnsetType | None = UNSET
    country: CountryCode | UnsetType | None = UNSET


class Fare(Patch):
    """What the journey costs, in minor units; GBP when no currency is given."""

    amount_pence: Pence | UnsetType | None = UNSET
    currency: Currency | UnsetType | None = UNSET


class Passenger(Patch):
    """The lead passenger, where that is not the pickup contact."""

    name: Short | UnsetType | None = UNSET
    phone: Short | UnsetType | None = UNSET


class Enquiries(Patch):
    """How often someone rang for the driver's whereabouts, and whether they asked who the driver is."""

    eta_calls: Count | UnsetType | None = UNSET
    asked_for_driver_details: bool | UnsetType | None = UNSET


class Handover(Patch):
    """The name given at the drop-off; whether the item was left unattended for collection."""

    recipient_name: Short | UnsetType | None = UNSET
    unattended: bool | UnsetType | None = UNSET


class Related(Patch):
    """Another booking of the same operator that this one goes with."""

    booking_id: Id | UnsetType = UNSET
    relation: Literal["return", "second_leg", "rebooked", "replaces", "other"] | UnsetType | None = UNSET


Stops = Annotated[list[Stop], Meta(max_length=50)]
Items = Annotated[list[Item], Meta(max_length=200)]
Observations = Annotated[list[Observation], Meta(max_length=50)]
RelatedBookings = Annotated[list[Related], Meta(max_length=50)]


class BookingEvent(Patch, kw_only=True):
    """What the operator's system knew at `occurred_at`.

    `event_id` is unique per operator. `operator_id` comes from the caller's credential: it may be absent at the
    edge and is always set on the topic. `revision` counts the operator's own versions of the booking; without it
    `occurred_at` orders. Unknown is absent or `None`, never `0`, `""` or `False`.
    """

    event_id: Id
    booking_id: Id
    occurred_at: Moment
    operator_id: OperatorId | UnsetType = UNSET
    revision: Annotated[int, Meta(ge=1, le=2**53)] | UnsetType | None = UNSET
    status: Status | UnsetType = UNSET
    service: Service | UnsetType = UNSET
    carries: Carries | UnsetType = UNSET
    channel: Channel | UnsetType = UNSET
    requested_at: Moment | UnsetType | None = UNSET
    pickup_at: Moment | UnsetType | None = UNSET
    driver_eta: Moment | UnsetType | None = UNSET
    pickup: Stop | UnsetType | None = UNSET
    dropoff: Stop | UnsetType | None = UNSET
    via: Stops | UnsetType | None = UNSET
    wait_and_return: bool | UnsetType | None = UNSET
    wait_s: Count | UnsetType | None = UNSET
    passengers: Count | UnsetType | None = UNSET
    passenger: Passenger | UnsetType | None = UNSET
    booker: Booker | UnsetType | None = UNSET
    items: Items | UnsetType | None = UNSET
    payment: Payment | UnsetType | None = UNSET
    notes: Notes | UnsetType | None = UNSET
    driver: Driver | UnsetType | None = UNSET
    device: Device | UnsetType | None = UNSET
    fare: Fare | UnsetType | None = UNSET
    distance_m: Annotated[int, Meta(ge=0, le=50000000)] | UnsetType | None = UNSET
    changed_by: (
        Literal["booker", "passenger", "sender", "recipient", "driver", "operator", "unknown"] | UnsetType | None
    ) = UNSET
    change_reason: Line | UnsetType | None = UNSET
    enquiries: Enquiries | UnsetType | None = UNSET
    handover: Handover | UnsetType | None = UNSET
    observations: Observations | UnsetType | None = UNSET
    related: RelatedBookings | UnsetType | None = UNSET
    reference: Short | UnsetType | None = UNSET
    source_status: Short | UnsetType | None = UNSET
    source: Annotated[str, Meta(max_length=64)] | UnsetType = UNSET


def booking_key(operator_id: str, booking_id: str) -> bytes:
    """The topic key of a booking: `<operator_id>/<booking_id>`; the first slash parts the two."""
    return f"{operator_id}/{booking_id}".encode()


def json_schema() -> dict[str, object]:
    """The JSON Schema (2020-12) of a BookingEvent, with its parts under `$defs`."""
    return msgspec.json.schema(BookingEvent)
