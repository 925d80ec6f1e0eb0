"""What the notifier keeps of a booking while it lives: who drives, where to, how far it has got. Pure."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import UNSET, Struct, UnsetType

from pickup_contracts.booking import AFTER_COLLECTION, ENDED, Address, BookingEvent, Contact, Driver, Item, Stop
from pickup_contracts.merge import apply, begin
from pickup_contracts.moments import possible

#: Fields that no alert shows: never kept here.
_DROPPED = (
    "notes",
    "payment",
    "device",
    "fare",
    "distance_m",
    "enquiries",
    "handover",
    "observations",
    "related",
    "reference",
    "source_status",
    "source",
    "via",
    "booker",
    "change_reason",
)


#: Stands for a driver of whom the operator tells no id.
UNNAMED = "unnamed"


class Watched(Struct, frozen=True):
    """A booking as merged from its events, without what no alert shows. `newest` orders its events."""

    booking: BookingEvent
    newest: tuple[int, datetime]

    @property
    def ended(self) -> bool:
        return self.booking.status in ENDED

    @property
    def collected(self) -> bool:
        return self.booking.status in AFTER_COLLECTION

    @property
    def act_before(self) -> datetime | None:
        """The earlier of the driver's expected arrival and the agreed pickup; `None` when neither is known."""
        moments = (possible(self.booking.driver_eta), possible(self.booking.pickup_at))
        return min((at for at in moments if at is not None), default=None)

    @property
    def driver(self) -> str | None:
        """Who has the job: the operator's id of the driver, `UNNAMED` for one without; `None` when nobody has it."""
        driver = self.booking.driver
        if not isinstance(driver, Driver):
            return None
        known = any(isinstance(one, str) and one for one in (driver.id, driver.name, driver.phone, driver.vehicle))
        return driver.id if isinstance(driver.id, str) and driver.id else UNNAMED if known else None

    @property
    def unassigned(self) -> bool:
        """Whether the operator has said that nobody has the job (`null`), which is more than not saying who does."""
        driver = self.booking.driver
        return driver is None or (isinstance(driver, Driver) and driver.id is None and self.driver is None)


def watch(known: Watched | None, event: BookingEvent) -> Watched:
    """The booking after one more event. A late one adds what nobody said since, and overwrites nothing."""
    trimmed = begin(msgspec.structs.replace(event, **dict.fromkeys(_DROPPED, UNSET)))
    place = (event.revision if isinstance(event.revision, int) else 0, event.occurred_at)
    if known is None:
        return Watched(trimmed, place)
    if place >= known.newest or (place[0] == 0 and place[1] >= known.newest[1]):
        return Watched(apply(known.booking, trimmed), max(place, known.newest))
    merged = apply(trimmed, known.booking)
    return Watched(msgspec.structs.replace(merged, occurred_at=known.booking.occurred_at), known.newest)


class Card(Struct, frozen=True):
    """What a dispatcher sees of a booking. Empty text where nothing is known."""

    pickup: str = ""
    pickup_contact: str = ""
    dropoff: str = ""
    recipient: str = ""
    items: str = ""
    service: str = ""
    status: str = ""
    driver: str = ""
    driver_phone: str = ""


def card(watched: Watched | None) -> Card:
    """The booking in the words of the operator's own system."""
    if watched is None:
        return Card()
    booking = watched.booking
    driver = booking.driver if isinstance(booking.driver, Struct) else None
    goods = booking.items if isinstance(booking.items, list) else []
    return Card(
        pickup=_place(booking.pickup),
        pickup_contact=_who(booking.pickup),
        dropoff=_place(booking.dropoff),
        recipient=_who(booking.dropoff),
        items=", ".join(filter(None, (_text(item.description) for item in goods if isinstance(item, Item)))),
        service=" · ".join(filter(None, (_text(booking.service), _text(booking.carries)))),
        status=_text(booking.status).replace("_", " "),
        driver=" · ".join(filter(None, (_text(driver.name), _text(driver.id), _text(driver.vehicle))))
        if driver
        else "",
        driver_phone=_text(driver.phone) if driver else "",
    )


def _place(stop: Stop | UnsetType | None) -> str:
    if not isinstance(stop, Stop):
        return ""
    address = stop.address if isinstance(stop.address, Address) else Address()
    parts = (stop.organisation, address.line1, address.line2, address.town, address.postcode)
    return ", ".join(filter(None, map(_text, parts)))


def _who(stop: Stop | UnsetType | None) -> str:
    if not isinstance(stop, Stop) or not isinstance(stop.contact, Contact):
        return ""
    return " · ".join(filter(None, (_text(stop.contact.name), _text(stop.contact.phone))))


def _text(value: str | UnsetType | None) -> str:
    return value if isinstance(value, str) else ""
