"""What the history says of a booking: counts over sightings of its entities on other bookings, known by then."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from risk_scorer import shapes
from risk_scorer.history import History, Seen

_1H, _2H, _4H = timedelta(hours=1), timedelta(hours=2), timedelta(hours=4)
_24H, _72H = timedelta(hours=24), timedelta(hours=72)
_7D, _30D = timedelta(days=7), timedelta(days=30)
#: A firm's door to which so many jobs have come, and so many of them were other people's parcels from homes, is one
#: that the operator knows.
_KNOWN_BY, _OF_THEM = 6, 3
_OPEN = shapes.TO_PUBLIC | shapes.TO_STATION
_ODD = (shapes.REFUSED, shapes.WARNED, shapes.HELD, shapes.SUSPECTED, shapes.CONFIRMED)


class Hashed(Struct, frozen=True, gc=False):
    """A booking's entities in one scope (the operator's own, or shared), and what its sightings carry. `district` is
    that of its home, for the operator's own eyes; 0 where there is none. `arrival` says that somebody rides from a
    station, `fetched` that goods travel, `firm` that they go to a firm's door, `vouched` that this is not only said."""

    entities: tuple[tuple[int, int], ...]
    home: int
    dropoff: int
    booker: int
    maybe_home: bool = True
    district: int = 0
    arrival: bool = False
    fetched: bool = False
    firm: bool = False
    vouched: bool = False


class Links(Struct, frozen=True, gc=False):
    """Counts of other bookings, homes, firms and people that share an entity with this one. Windows are in the
    names; a count stops rising at the limit of its `Look`. `0` says that nothing was seen, not that nothing
    happened."""

    booker_other_homes_7d: int = 0
    recipient_other_homes_7d: int = 0
    numbers_dropoffs_7d: int = 0
    dropoff_other_homes_7d: int = 0
    dropoff_other_homes_30d: int = 0
    dropoff_jobs_30d: int = 0
    dropoff_firm_jobs_30d: int = 0
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
    warned_by_number_7d: int = 0
    held_7d: int = 0
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

    @property
    def firm_known(self) -> bool:
        """Whether a firm's door that this goes to is one that the operator knows by its jobs."""
        return self.dropoff_jobs_30d >= _KNOWN_BY and self.dropoff_firm_jobs_30d >= _OF_THEM


NONE = Links()


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
    # A place has several keys, and a sighting names it by one of them: written otherwise, it is no other place.
    here = {me.home, *at(shapes.PICKUP), *(one.home for one in home)}
    there = {me.dropoff, *at(shapes.DROPOFF), *(one.dropoff for one in dropoff)} - {0}
    cell = history.of(at(shapes.CELL), _7D, role=shapes.CELL)
    account = history.of(at(shapes.ACCOUNT))
    pair = history.of(at(shapes.PAIR))
    phones = history.of(at(shapes.BOOKER, shapes.RECIPIENT, shapes.PICKUP_CONTACT))
    street = history.of(at(shapes.STREET_FROM), _1H)
    means = history.of(at(shapes.TOKEN, shapes.DEVICE))
    anyone = _newest(*home, *phones, *account)
    anyone_or_means = _newest(*anyone, *means)
    # A known firm's switchboard takes calls for everybody: what became of others' parcels says nothing of this one.
    firm_jobs = _as_to_a_firm(dropoff, me, history)
    known_firm = me.vouched or (me.firm and history.jobs >= _KNOWN_BY and firm_jobs >= _OF_THEM)
    # Only a number that receives at this door alone is the firm's.
    theirs = set(at(shapes.RECIPIENT)) if known_firm and all(one.dropoff in there for one in recipient) else set()
    others, linked = anyone, anyone_or_means
    if theirs:
        numbers = history.of(set(at(shapes.BOOKER, shapes.PICKUP_CONTACT)) - theirs)
        others = _newest(*home, *numbers, *account)
        linked = _newest(*others, *means)
    linked = _since(linked, now, _7D)
    # An ordinary ride that was given up says nothing of the next one.
    telling = [one for one in others if one.shape & (shapes.PARCEL | shapes.TO_VALUABLES)]
    parcels = _shaped(home, shapes.PARCEL)
    parcels_7d = _since(parcels, now, _7D)
    trips = _shaped(home, shapes.PASSENGER)
    valuables = _shaped(trips, shapes.TO_VALUABLES)
    sent = _from_elsewhere((*_since(booker, now, _7D), *recipient), here)
    mine = {one.booking for one in (*history.of(at(shapes.BOOKER), role=shapes.BOOKER), *account)}
    # Who sends from home in the home's own name, by the same card or device, is one household with two telephones.
    household = mine | {one.booking for one in means if one.shape & shape & shapes.SELF_BOOKED}
    not_own = [one for one in linked if not _own_trade(one, me, here)]
    held = history.came_to(linked, shapes.HELD, within=_7D, unless=shapes.DELIVERED)
    warned = held | history.came_to(not_own, shapes.WARNED, within=_7D, unless=shapes.DELIVERED)
    by_number = {one.booking for one in (*booker, *recipient, *account, *means)}
    return Links(
        booker_other_homes_7d=_homes(_from_elsewhere(_since(booker, now, _7D), here)),
        recipient_other_homes_7d=_homes(_from_elsewhere(recipient, here)),
        # Two that are not known may be two.
        numbers_dropoffs_7d=len({one.dropoff or one.booking for one in sent} - there | {me.dropoff}) if sent else 0,
        dropoff_other_homes_7d=_homes(_strangers(_from_elsewhere(_since(dropoff, now, _7D), here), me)),
        dropoff_other_homes_30d=_homes(_strangers(_from_elsewhere(dropoff, here), me)),
        dropoff_jobs_30d=history.jobs,
        dropoff_firm_jobs_30d=firm_jobs,
        cell_other_homes_7d=_homes(_strangers(_from_elsewhere(cell, here), me)),
        home_parcels_24h=len(_since(parcels, now, _24H)),
        home_parcels_7d=len(parcels_7d),
        home_parcels_30d=len(parcels),
        home_parcel_dropoffs_30d=len(({one.dropoff for one in parcels} - there | {me.dropoff}) - {0}) if parcels else 0,
        home_parcel_bookers_7d=len(
            {one.booker for one in parcels_7d if one.booker and one.booking not in household} - {me.booker}
        ),
        home_passenger_trips_30d=len(trips),
        home_valuables_trip_4h=len(_since(valuables, now, _4H)),
        home_valuables_trip_7d=len(_since(valuables, now, _7D)),
        home_first_seen_days=history.days_since_first(home),
        home_other_firms_72h=len({one.operator for one in _since(home, now, _72H)} - {operator}),
        # What was held is refused when it came to nothing; for two hours also while nobody knows what comes of it.
        refused_24h=len(
            history.came_to(telling, shapes.REFUSED, within=_24H)
            | (
                history.came_to(telling, shapes.HELD, within=_24H)
                & history.came_to(telling, shapes.CANCELLED, within=_24H)
            )
            | history.came_to(
                [one for one in telling if not _own_trade(one, me, here)],
                shapes.HELD,
                within=_2H,
                unless=shapes.DELIVERED,
            )
        ),
        suspected_24h=history.marked(anyone, shapes.SUSPECTED, within=_24H),
        warned_7d=len(warned),
        warned_by_number_7d=len(warned & by_number),
        held_7d=len(held),
        cancelled_2h=history.marked(_since(anyone, now, _4H), shapes.CANCELLED, within=_2H),
        pair_jobs_30d=len(pair),
        pair_weeks=len({(now - one.at).days // 7 for one in pair if (now - one.at).days >= 6}),
        booker_here_days=history.days_since_first(_undisputed(booker, here, history)),
        booker_jobs_30d=len(booker),
        booker_days=history.days_since_first(booker),
        account_jobs_30d=len(account),
        account_days=history.days_since_first(account),
        token_other_bookers_30d=_bookers(history.of(at(shapes.TOKEN)), me, mine, here),
        device_other_bookers_30d=_bookers(history.of(at(shapes.DEVICE)), me, mine, here),
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
            {one.home for one in _shaped(_since(booker, now, _7D), shapes.PASSENGER | shapes.TO_VALUABLES)} - here - {0}
        ),
        booker_arrivals_1h=len(_shaped(_since(booker, now, _1H), shapes.FROM_STATION | shapes.PASSENGER)),
        booker_other_doors_72h=len(
            {one.dropoff for one in _shaped(_since(booker, now, _72H), shapes.FROM_STATION | shapes.TO_HOME)}
            - there
            - {0}
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
            - here
        ),
        confirmed_30d=history.marked(anyone_or_means, shapes.CONFIRMED, within=_30D),
        cleared_30d=history.marked(anyone, shapes.CLEARED, within=_30D),
    )


def _newest(*seen: Seen) -> list[Seen]:
    """Each booking once, as it was seen last."""
    met: dict[int, Seen] = {}
    for one in seen:
        if one.booking not in met or one.at > met[one.booking].at:
            met[one.booking] = one
    return list(met.values())


def _shaped(seen: Iterable[Seen], bits: int) -> list[Seen]:
    """Those whose booking has every one of these `shapes`."""
    return [one for one in seen if one.shape & bits == bits]


def _since(seen: list[Seen], now: datetime, within: timedelta) -> list[Seen]:
    if not seen:
        return seen
    since = now - within
    return [one for one in seen if one.at > since]


def _from_elsewhere(seen: Iterable[Seen], here: Collection[int]) -> list[Seen]:
    """Parcels from homes that are not `here`."""
    return [one for one in seen if one.home and one.home not in here and one.shape & shapes.PARCEL]


def _strangers(seen: Iterable[Seen], me: Hashed) -> list[Seen]:
    """Those on other people's bookings."""
    return [one for one in seen if not (one.booker and one.booker == me.booker)]


def _homes(seen: Iterable[Seen]) -> int:
    return len({one.home for one in seen})


def _as_to_a_firm(dropoff: Sequence[Seen], me: Hashed, history: History) -> int:
    """How many other people and homes sent parcels to this door as to a firm's, with nothing odd about them, whichever
    are fewer. None where any came as to a shop, a hotel or an open place: a name that anybody may write makes no firm
    of that, nor do several jobs of one sender."""
    if any(one.shape & _OPEN for one in dropoff):
        return 0
    others = [one for one in _strangers(dropoff, me) if not one.shape & shapes.TO_HOME]
    odd = history.came_to(others, *_ODD, within=_30D)
    sent = [one for one in others if one.booking not in odd]
    return min(len({one.home for one in sent} - {0}), len({one.booker for one in sent} - {0}))


def _undisputed(booker: Sequence[Seen], here: Collection[int], history: History) -> list[Seen]:
    """The booker's jobs from this home that nothing was odd about and that were not called off: a scam that was tried
    here once makes nobody known."""
    mine = [one for one in booker if one.home and one.home in here]
    odd = history.came_to(mine, *_ODD, shapes.CANCELLED, within=_30D)
    return [one for one in mine if one.booking not in odd]


def _own_trade(one: Seen, me: Hashed, here: Collection[int]) -> bool:
    """Whether the same number booked it from the same home and in that home's own name."""
    return bool(one.shape & shapes.SELF_BOOKED and one.home and one.home in here and one.booker == me.booker != 0)


def _bookers(seen: Iterable[Seen], me: Hashed, mine: Collection[int], here: Collection[int]) -> int:
    """Other people who book from elsewhere: one household, and one person with and without a number, is one."""
    others = {one.booker for one in seen if one.booking not in mine and not (one.home and one.home in here)}
    return len(others - {0, me.booker})


#: Counts that lower: they are read from the operator's own history alone.
_TRUSTING = frozenset(
    {"home_first_seen_days", "pair_jobs_30d", "pair_weeks", "booker_here_days", "booker_days", "account_days"}
    | {
        "booker_jobs_30d",
        "account_jobs_30d",
        "dropoff_jobs_30d",
        "dropoff_firm_jobs_30d",
        "home_passenger_trips_30d",
        "cleared_30d",
    }
)
_RAISING = tuple(name for name in Links.__struct_fields__ if name not in _TRUSTING)


def widen(own: Links, shared: Links) -> Links:
    """An operator's own links with what firms that share know besides; only what raises is taken from others."""
    more = {name: max(getattr(own, name), getattr(shared, name)) for name in _RAISING}
    return msgspec.structs.replace(own, **more)
