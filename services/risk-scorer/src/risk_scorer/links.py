"""What the history says of a booking: counts over sightings of its entities on other bookings, known by then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from risk_scorer import shapes

_1H, _2H, _4H = timedelta(hours=1), timedelta(hours=2), timedelta(hours=4)
_24H, _72H = timedelta(hours=24), timedelta(hours=72)
_7D, _30D = timedelta(days=7), timedelta(days=30)
_PEOPLE = (shapes.BOOKER, shapes.RECIPIENT)


class Hashed(Struct, frozen=True, gc=False):
    """A booking's entities in one scope (the operator's own, or shared), and what its sightings carry. `district` is
    that of its home, for the operator's own eyes; 0 where there is none. `arrival` says that somebody rides from a
    station, `fetched` that goods travel."""

    entities: tuple[tuple[int, int], ...]
    home: int
    dropoff: int
    booker: int
    maybe_home: bool = True
    district: int = 0
    arrival: bool = False
    fetched: bool = False


class Seen(Struct, frozen=True, gc=False):
    """One earlier sighting of an entity that the asking booking has too."""

    at: datetime
    booking: int
    operator: int
    role: int
    shape: int
    home: int
    dropoff: int
    booker: int


class Mark(Struct, frozen=True, gc=False):
    """What became of a booking, and when."""

    mark: int
    at: datetime


class Links(Struct, frozen=True, gc=False):
    """Counts of other bookings, homes, firms and people that share an entity with this one. Windows are in the
    names; a count stops rising at the limit of its `Look`. `0` says that nothing was seen, not that nothing
    happened."""

    booker_other_homes_7d: int = 0
    recipient_other_homes_7d: int = 0
    dropoff_other_homes_7d: int = 0
    dropoff_other_homes_30d: int = 0
    dropoff_jobs_30d: int = 0
    cell_other_homes_7d: int = 0
    home_parcels_24h: int = 0
    home_parcels_7d: int = 0
    home_parcels_30d: int = 0
    home_parcel_dropoffs_30d: int = 0
    home_parcel_bookers_7d: int = 0
    home_passenger_trips_30d: int = 0
    home_valuables_trip_4h: int = 0
    home_valuables_trip_7d: int = 0
    home_first_seen_days: int = 0
    home_other_firms_72h: int = 0
    refused_24h: int = 0
    suspected_24h: int = 0
    warned_7d: int = 0
    cancelled_2h: int = 0
    pair_jobs_30d: int = 0
    pair_weeks: int = 0
    booker_here_days: int = 0
    booker_jobs_30d: int = 0
    booker_days: int = 0
    account_jobs_30d: int = 0
    account_days: int = 0
    token_other_bookers_30d: int = 0
    device_other_bookers_30d: int = 0
    street_arrivals_1h: int = 0
    phone_valuables_trip_7d: int = 0
    phone_parcel_job_7d: int = 0
    booker_other_valuables_homes_7d: int = 0
    booker_other_doors_72h: int = 0
    booker_arrivals_1h: int = 0
    door_valuables_trip_72h: int = 0
    home_rides_back_72h: int = 0
    district_warned_homes_72h: int = 0
    confirmed_30d: int = 0
    cleared_30d: int = 0


NONE = Links()


class Met(Struct, frozen=True, gc=False):
    """What the entities of one booking met: sightings with the entity, and how many jobs came to its drop-off."""

    seen: list[tuple[int, Seen]]
    jobs: int = 0


class History:
    """The sightings that a booking's entities met, ready to be counted as of one moment."""

    def __init__(self, met: Met, marks: Mapping[int, list[Mark]], as_of: datetime) -> None:
        self._by_entity: dict[int, dict[tuple[int, int], Seen]] = {}
        self.jobs = met.jobs
        for entity, seen in met.seen:
            if seen.at <= as_of:
                rows = self._by_entity.setdefault(entity, {})
                # Newest first: of a booking that was amended, the newest sighting says what it was.
                rows.setdefault((seen.booking, seen.role), seen)
        self._marks = marks
        self.as_of = as_of

    def __bool__(self) -> bool:
        return bool(self._by_entity) or self.jobs > 0

    def of(self, entities: Iterable[int], within: timedelta = _30D, *, role: int | None = None) -> list[Seen]:
        """Other bookings that share any of `entities` (in `role`, when one is given), once each, within a window up to
        now."""
        known = [rows for entity in entities if (rows := self._by_entity.get(entity))]
        if not known:
            return []
        since = self.as_of - within
        met: dict[int, Seen] = {}
        for rows in known:
            for (booking, seen_as), seen in rows.items():
                if seen.at <= since or (role is not None and seen_as != role):
                    continue
                # A place has several keys, and a booking that was amended may since be seen under one of them only.
                if booking not in met or seen.at > met[booking].at:
                    met[booking] = seen
        return list(met.values())

    def marked(self, seen: Iterable[Seen], *marks: int, within: timedelta) -> int:
        """How many of those bookings came to one of `marks` within a window up to now. What an office found stands
        until it finds otherwise, and its clearing undoes what came before it."""
        told = [self._marks[one.booking] for one in seen if one.booking in self._marks]
        if not told:
            return 0
        since = self.as_of - within
        return sum(
            any(mark.mark in marks and since < mark.at for mark in _standing(those, self.as_of)) for those in told
        )

    def days_since_first(self, seen: Iterable[Seen]) -> int:
        """Whole days since the oldest of those sightings; 0 when there is none."""
        oldest = min((one.at for one in seen), default=self.as_of)
        return (self.as_of - oldest).days


def count(history: History, me: Hashed, shape: int, operator: int) -> Links:
    """The links of one booking, whose own hashes are `me` and whose own shape is `shape`."""
    if not history:
        return NONE
    roles: dict[int, list[int]] = {}
    for entity, role in me.entities:
        roles.setdefault(role, []).append(entity)

    def at(*wanted: int) -> list[int]:
        return [entity for role in wanted for entity in roles.get(role, ())]

    now = history.as_of
    booker, recipient = history.of(at(shapes.BOOKER)), history.of(at(shapes.RECIPIENT), _7D)
    home = history.of(at(shapes.PICKUP), role=shapes.PICKUP)
    dropoff = history.of(at(shapes.DROPOFF), role=shapes.DROPOFF)
    cell = history.of(at(shapes.CELL), _7D, role=shapes.CELL)
    account = history.of(at(shapes.ACCOUNT))
    pair = history.of(at(shapes.PAIR))
    phones = history.of(at(shapes.BOOKER, shapes.RECIPIENT, shapes.PICKUP_CONTACT))
    street = history.of(at(shapes.STREET_FROM), _1H)
    anyone = list({one.booking: one for one in (*booker, *recipient, *home, *phones, *account)}.values())
    means = history.of(at(shapes.TOKEN, shapes.DEVICE))
    anyone_or_means = {one.booking: one for one in (*anyone, *means)}.values()
    # An ordinary ride that was given up says nothing of the next one.
    telling = [one for one in anyone if one.shape & (shapes.PARCEL | shapes.TO_VALUABLES)]
    parcels = _shaped(home, shapes.PARCEL)
    parcels_7d = _since(parcels, now, _7D)
    trips = _shaped(home, shapes.PASSENGER)
    valuables = _shaped(trips, shapes.TO_VALUABLES)
    return Links(
        booker_other_homes_7d=_homes(_since(booker, now, _7D), me),
        recipient_other_homes_7d=_homes(recipient, me),
        dropoff_other_homes_7d=_strangers(_since(dropoff, now, _7D), me),
        dropoff_other_homes_30d=_strangers(dropoff, me),
        dropoff_jobs_30d=history.jobs,
        cell_other_homes_7d=_strangers(cell, me),
        home_parcels_24h=len(_since(parcels, now, _24H)),
        home_parcels_7d=len(parcels_7d),
        home_parcels_30d=len(parcels),
        home_parcel_dropoffs_30d=len({one.dropoff for one in parcels if one.dropoff} | {me.dropoff} - {0}),
        home_parcel_bookers_7d=len({one.booker for one in parcels_7d if one.booker} - {me.booker}),
        home_passenger_trips_30d=len(trips),
        home_valuables_trip_4h=len(_since(valuables, now, _4H)),
        home_valuables_trip_7d=len(_since(valuables, now, _7D)),
        home_first_seen_days=history.days_since_first(home),
        home_other_firms_72h=len({one.operator for one in _since(home, now, _72H)} - {operator}),
        refused_24h=history.marked(telling, shapes.REFUSED, shapes.HELD, within=_24H),
        suspected_24h=history.marked(anyone, shapes.SUSPECTED, within=_24H),
        warned_7d=history.marked(anyone, shapes.WARNED, shapes.HELD, within=_7D),
        cancelled_2h=history.marked(_since(anyone, now, _4H), shapes.CANCELLED, within=_2H),
        pair_jobs_30d=len(pair),
        pair_weeks=len({(now - one.at).days // 7 for one in pair if (now - one.at).days >= 6}),
        booker_here_days=history.days_since_first(one for one in booker if me.home and one.home == me.home),
        booker_jobs_30d=len(booker),
        booker_days=history.days_since_first(booker),
        account_jobs_30d=len(account),
        account_days=history.days_since_first(account),
        token_other_bookers_30d=_bookers(history.of(at(shapes.TOKEN)), me),
        device_other_bookers_30d=_bookers(history.of(at(shapes.DEVICE)), me),
        street_arrivals_1h=len(
            [
                one
                for one in _shaped(street, shapes.PASSENGER | shapes.FROM_STATION)
                if one.role == shapes.STREET_TO and not one.shape & shapes.BUSINESS
            ]
        ),
        phone_valuables_trip_7d=len(_shaped(_since(phones, now, _7D), shapes.TO_VALUABLES | shapes.PASSENGER)),
        phone_parcel_job_7d=len(_shaped(_since(phones, now, _7D), shapes.PARCEL | shapes.FROM_HOME)),
        booker_other_valuables_homes_7d=len(
            {one.home for one in _shaped(_since(booker, now, _7D), shapes.PASSENGER | shapes.TO_VALUABLES) if one.home}
            - {me.home}
        ),
        booker_arrivals_1h=len(_shaped(_since(booker, now, _1H), shapes.FROM_STATION | shapes.PASSENGER)),
        booker_other_doors_72h=len(
            {one.dropoff for one in _shaped(_since(booker, now, _72H), shapes.FROM_STATION | shapes.TO_HOME)}
            - {0, me.dropoff}
        ),
        door_valuables_trip_72h=len(
            [
                one
                for one in _shaped(
                    history.of(at(shapes.DROPOFF), _72H, role=shapes.PICKUP) if me.arrival else (),
                    shapes.PASSENGER | shapes.TO_VALUABLES,
                )
                # Who went to the bank for themselves comes home.
                if not (one.shape & shapes.SELF_BOOKED and one.booker and one.booker == me.booker)
            ]
        ),
        home_rides_back_72h=len(
            _shaped(
                history.of([me.home], _72H, role=shapes.DROPOFF) if me.home and me.fetched else (),
                shapes.PASSENGER | shapes.FROM_VALUABLES,
            )
        ),
        district_warned_homes_72h=len(
            {
                one.home
                for one in history.of([me.district], _72H)
                if one.home and history.marked([one], shapes.WARNED, shapes.HELD, within=_72H)
            }
            - {me.home}
        ),
        confirmed_30d=history.marked(anyone_or_means, shapes.CONFIRMED, within=_30D),
        cleared_30d=history.marked(anyone, shapes.CLEARED, within=_30D),
    )


def _standing(marks: Iterable[Mark], now: datetime) -> list[Mark]:
    """The marks of one booking that hold at `now`."""
    known = [mark for mark in marks if mark.at <= now]
    findings = [mark for mark in known if mark.mark in shapes.FINDINGS]
    if not findings:
        return known
    newest = max(findings, key=lambda mark: (mark.at, mark.mark))
    others = [mark for mark in known if mark.mark not in shapes.FINDINGS]
    if newest.mark == shapes.CLEARED:
        others = [mark for mark in others if mark.at > newest.at]
    return [*others, newest]


def _shaped(seen: Iterable[Seen], bits: int) -> list[Seen]:
    """Those whose booking has every one of these `shapes`."""
    return [one for one in seen if one.shape & bits == bits]


def _since(seen: list[Seen], now: datetime, within: timedelta) -> list[Seen]:
    if not seen:
        return seen
    since = now - within
    return [one for one in seen if one.at > since]


def _homes(seen: Iterable[Seen], me: Hashed) -> int:
    """Other homes that parcels were fetched from for someone who books or receives here too."""
    return len({one.home for one in seen if one.home and one.shape & shapes.PARCEL} - {me.home})


def _strangers(seen: Iterable[Seen], me: Hashed) -> int:
    """Other homes whose parcels came here on other people's bookings."""
    return len(
        {
            one.home
            for one in seen
            if one.home and one.shape & shapes.PARCEL and not (one.booker and one.booker == me.booker)
        }
        - {me.home}
    )


def _bookers(seen: Iterable[Seen], me: Hashed) -> int:
    return len({one.booker for one in seen if one.booker} - {me.booker})


#: Counts that lower: they are read from the operator's own history alone.
_TRUSTING = frozenset(
    {"home_first_seen_days", "pair_jobs_30d", "pair_weeks", "booker_here_days", "booker_days", "account_days"}
    | {"booker_jobs_30d", "account_jobs_30d", "dropoff_jobs_30d", "home_passenger_trips_30d", "cleared_30d"}
)
_RAISING = tuple(name for name in Links.__struct_fields__ if name not in _TRUSTING)


def widen(own: Links, shared: Links) -> Links:
    """An operator's own links with what firms that share know besides; only what raises is taken from others."""
    more = {name: max(getattr(own, name), getattr(shared, name)) for name in _RAISING}
    return msgspec.structs.replace(own, **more)
