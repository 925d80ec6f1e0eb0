"""What the notifier keeps of a booking while it lives: who drives, where to, how far it has got. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import UNSET, Struct, UnsetType

from notifier.alerts.alert import Progress
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


_SILENT_FOR = timedelta(hours=48)
#: Stands for a driver of whom the operator tells no id.
UNNAMED = "unnamed"
#: As many events of a booking are kept to be put in order; few have more. Of those before them only what they made is.
KEPT = 64

#: Where an event stands in the operator's order: its revision and its time; 0 for the revision while not every event
#: of the booking has one, for then time alone orders.
Place = tuple[int, datetime]


class Folded(Struct, frozen=True):
    """What a booking's first events made, and where the newest of them stands."""

    booking: BookingEvent
    newest: Place


class Watched(Struct, frozen=True):
    """A booking as merged from its events, without what no alert shows. `newest` is where its newest event stands.
    `events` are those that it was made of, as they came, on top of `base`: `None` when they are all. A booking that
    was kept before events were has none."""

    booking: BookingEvent
    newest: Place
    events: tuple[BookingEvent, ...] = ()
    base: Folded | None = None

    @property
    def ended(self) -> bool:
        return self.booking.status in ENDED

    def over(self, now: datetime) -> bool:
        """Whether it has ended, or nothing was heard of it for as long after its time as it is kept after its end: some
        operators never tell."""
        times = (possible(self.newest[1]), self.act_before)
        last = max((at for at in times if at is not None), default=now)
        return self.ended or last + _SILENT_FOR < now

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
    """The booking after one more event, whenever it comes: a late one is put in its place and the booking is made
    anew, as the scorer does it. One that came before changes nothing. Of an event that is older than `KEPT` others
    only what nobody has said since counts."""
    trimmed = msgspec.structs.replace(event, **dict.fromkeys(_DROPPED, UNSET))
    if known is None:
        return _made(None, (trimmed,))
    if any(one.event_id == trimmed.event_id for one in known.events):
        return known
    base = known.base if known.events else Folded(known.booking, known.newest)
    events = (*known.events, trimmed)
    numbered = known.newest[0] > 0
    place = _at(trimmed, numbered)
    if (place[0] > 0) is numbered and place >= known.newest and len(events) <= KEPT:
        return Watched(apply(known.booking, trimmed), place, events, base)
    if len(events) > KEPT:
        numbered = _numbered(base, events)
        oldest = min(events, key=lambda one: _at(one, numbered))
        base = _folded(base, [oldest], numbered)
        events = tuple(one for one in events if one is not oldest)
    return _made(base, events)


def _made(base: Folded | None, events: tuple[BookingEvent, ...]) -> Watched:
    whole = _folded(base, events, _numbered(base, events))
    return Watched(whole.booking, whole.newest, events, base)


def _folded(base: Folded | None, events: Sequence[BookingEvent], numbered: bool) -> Folded:
    """Events onto what those before them made; under it what is older still."""
    late: list[BookingEvent] = []
    later: list[BookingEvent] = []
    stands = _reached(base.newest, numbered) if base is not None else None
    for one in sorted(events, key=lambda event: _at(event, numbered)):
        (late if stands is not None and _at(one, numbered) < stands else later).append(one)
    booking: BookingEvent | None = None
    for one in (*late, *([base.booking] if base is not None else []), *later):
        booking = begin(one) if booking is None else apply(booking, one)
    newest = _at(later[-1], numbered) if later else stands
    assert booking is not None
    assert newest is not None
    return Folded(booking, newest)


def _numbered(base: Folded | None, events: Sequence[BookingEvent]) -> bool:
    """Whether revisions order them: while each has one."""
    return all(isinstance(one.revision, int) for one in events) and (base is None or base.newest[0] > 0)


def _at(event: BookingEvent, numbered: bool) -> Place:
    return _reached((event.revision if isinstance(event.revision, int) else 0, event.occurred_at), numbered)


def _reached(place: Place, numbered: bool) -> Place:
    return place if numbered else (0, place[1])


def progress_of(watched: Watched | None) -> Progress:
    """How far the booking has got; nothing is known of one that is not followed."""
    if watched is None:
        return Progress()
    status = watched.booking.status
    return Progress(
        status=status if isinstance(status, str) else "unknown",
        ended=watched.ended,
        collected=watched.collected,
        act_before=watched.act_before,
        driver=watched.driver,
        unassigned=watched.unassigned,
    )


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
