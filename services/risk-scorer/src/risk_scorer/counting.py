"""Counting what the history holds of a booking: over sightings of its entities on other bookings, known by then.

A count is made where its group was met at all. Most bookings met nobody in most groups, and of most that were met
nothing became: then everything of it is 0 without a look.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TypeAlias

from risk_scorer import shapes
from risk_scorer.history import History, Seen
from risk_scorer.lazy import lazy
from risk_scorer.links import NONE, Hashed, Links, known_by_its_jobs
from risk_scorer.moments import DAY, HOUR

_1H, _2H, _4H, _24H, _72H = HOUR, 2 * HOUR, 4 * HOUR, 24 * HOUR, 72 * HOUR
_7D, _30D = 7 * DAY, 30 * DAY
_OPEN = shapes.TO_PUBLIC | shapes.TO_STATION
_ODD = (shapes.REFUSED, shapes.WARNED, shapes.HELD, shapes.SUSPECTED, shapes.CONFIRMED)
#: By the names of `Links`; what is left out is 0.
Counts: TypeAlias = dict[str, int]


def count(history: History, me: Hashed, shape: int, operator: int) -> Links:
    """The links of one booking, whose own hashes are `me` and whose own shape is `shape`."""
    if not history:
        return NONE
    met = Meeting(history, me, shape, operator)
    counts: Counts = {"dropoff_jobs_30d": history.jobs}
    for group, read in _GROUPS:
        if group(met):
            counts |= read(met)
    return Links(**counts)


class Meeting:
    """A booking and those that share an entity with it, by the role that the entity has here. Of each other booking
    its newest sighting stands for it."""

    def __init__(self, history: History, me: Hashed, shape: int, operator: int) -> None:
        self.history = history
        self.me = me
        self.shape = shape
        self.operator = operator
        self.now = history.now
        self._entities: dict[int, list[int]] = {}
        for entity, role in me.entities:
            if history.met(entity):
                self._entities.setdefault(role, []).append(entity)
        self.booker = self.of(shapes.BOOKER)
        self.recipient = self.of(shapes.RECIPIENT, within=_7D)
        # A place that is no dwelling may be asked about all the same, as where the ride ends.
        self.home = self.of(shapes.PICKUP, seen_as=shapes.PICKUP) if me.could_be_home else []
        self.dropoff = self.of(shapes.DROPOFF, seen_as=shapes.DROPOFF)
        self.account = self.of(shapes.ACCOUNT)
        self.means = self.of(shapes.TOKEN, shapes.DEVICE)

    def entities(self, *roles: int) -> list[int]:
        """Those of its entities in these roles that others have too."""
        return [entity for role in roles for entity in self._entities.get(role, ())]

    def of(self, *roles: int, within: int = _30D, seen_as: int | None = None) -> list[Seen]:
        """Others that share an entity that it has in one of `roles`, and, where it is given, have it in `seen_as`."""
        entities = self.entities(*roles)
        return self.history.of(entities, within, role=seen_as) if entities else []

    @lazy
    def phones(self) -> list[Seen]:
        return self.of(shapes.BOOKER, shapes.RECIPIENT, shapes.PICKUP_CONTACT)

    # A place has several keys, and a sighting names it by one of them: written otherwise, it is no other place.
    @lazy
    def here(self) -> set[int]:
        """What its home is called."""
        pickup = (entity for entity, role in self.me.entities if role == shapes.PICKUP)
        return {self.me.home, *pickup, *(one.home for one in self.home)}

    @lazy
    def there(self) -> set[int]:
        """What its drop-off is called."""
        dropoff = (entity for entity, role in self.me.entities if role == shapes.DROPOFF)
        return {self.me.dropoff, *dropoff, *(one.dropoff for one in self.dropoff)} - {0}

    @lazy
    def pair(self) -> list[Seen]:
        """Others from the same place to the same door. Of a home they are among those that were met there; anywhere
        else there may be hundreds a day, and a pair is an entity of its own."""
        if self.me.pairs_at_home:
            return [one for one in self.home if one.dropoff == self.me.dropoff != 0]
        return self.of(shapes.PAIR)

    @lazy
    def from_that_door(self) -> list[Seen]:
        """What left the door to which somebody rides from a station."""
        return self.of(shapes.DROPOFF, within=_72H, seen_as=shapes.PICKUP) if self.me.arrival else []

    @lazy
    def mine(self) -> set[int]:
        """Bookings of the same booker or account."""
        booked = self.of(shapes.BOOKER, seen_as=shapes.BOOKER)
        return {one.booking for one in (*booked, *self.account)}

    @lazy
    def firm_jobs(self) -> int:
        """How many other people and homes sent parcels to this door as to a firm's, with nothing odd about them,
        whichever are fewer. None where any came as to a shop, a hotel or an open place: a name that anybody may write
        makes no firm of that, nor do several jobs of one sender."""
        if any(one.shape & _OPEN for one in self.dropoff):
            return 0
        others = [one for one in _strangers(self.dropoff, self.me) if not one.shape & shapes.TO_HOME]
        odd = self.history.came_to(others, *_ODD, within=_30D)
        sent = [one for one in others if one.booking not in odd]
        return min(len({one.home for one in sent} - {0}), len({one.booker for one in sent} - {0}))

    @lazy
    def to_known_firm(self) -> bool:
        """Whether it goes to a firm's door that the operator knows."""
        return self.me.vouched or (self.me.firm and known_by_its_jobs(self.history.jobs, self.firm_jobs))


def _of_its_home(met: Meeting) -> Counts:
    home, now = met.home, met.now
    counts = {
        "home_first_seen_days": met.history.days_since_first(home),
        "home_other_firms_72h": len({one.operator for one in _since(home, now, _72H)} - {met.operator}),
    }
    trips = _shaped(home, shapes.PASSENGER)
    if trips:
        valuables = _shaped(trips, shapes.TO_VALUABLES)
        counts["home_passenger_trips_30d"] = len(trips)
        counts["home_valuables_trip_4h"] = len(_since(valuables, now, _4H))
        counts["home_valuables_trip_7d"] = len(_since(valuables, now, _7D))
    parcels = _shaped(home, shapes.PARCEL)
    if parcels:
        lately = _since(parcels, now, _7D)
        # Who sends from home in the home's own name, by the same card or device, is one household with two telephones.
        household = met.mine | {one.booking for one in met.means if one.shape & met.shape & shapes.SELF_BOOKED}
        bookers = {one.booker for one in lately if one.booker and one.booking not in household}
        counts["home_parcels_24h"] = len(_since(parcels, now, _24H))
        counts["home_parcels_7d"] = len(lately)
        counts["home_parcels_30d"] = len(parcels)
        counts["home_parcel_dropoffs_30d"] = len(
            ({one.dropoff for one in parcels} - met.there | {met.me.dropoff}) - {0}
        )
        counts["home_parcel_bookers_7d"] = len(bookers - {met.me.booker})
    return counts


def _of_its_booker(met: Meeting) -> Counts:
    booker, now = met.booker, met.now
    lately = _since(booker, now, _7D)
    trips = _shaped(lately, shapes.OUTING)
    doors = _shaped(_since(booker, now, _72H), shapes.FROM_STATION | shapes.TO_HOME)
    return {
        "booker_other_homes_7d": _homes(_from_elsewhere(lately, met.here)),
        "booker_here_days": met.history.days_since_first(_undisputed(met)),
        "booker_jobs_30d": len(booker),
        "booker_days": met.history.days_since_first(booker),
        "booker_other_valuables_homes_7d": len({one.home for one in trips} - met.here - {0}),
        "booker_arrivals_1h": len(_shaped(_since(booker, now, _1H), shapes.FROM_STATION | shapes.PASSENGER)),
        "booker_other_doors_72h": len({one.dropoff for one in doors} - met.there - {0}),
    }


def _of_its_numbers(met: Meeting) -> Counts:
    sent = _from_elsewhere((*_since(met.booker, met.now, _7D), *met.recipient), met.here)
    lately = _since(met.phones, met.now, _7D)
    return {
        "recipient_other_homes_7d": _homes(_from_elsewhere(met.recipient, met.here)),
        # Two that are not known may be two.
        "numbers_dropoffs_7d": len({one.dropoff or one.booking for one in sent} - met.there | {met.me.dropoff})
        if sent
        else 0,
        "phone_valuables_trip_7d": len(_shaped(lately, shapes.TO_VALUABLES | shapes.PASSENGER)),
        "phone_parcel_job_7d": len(_shaped(lately, shapes.PARCEL | shapes.FROM_HOME)),
    }


def _of_its_dropoff(met: Meeting) -> Counts:
    sent = _strangers(_from_elsewhere(met.dropoff, met.here), met.me)
    return {
        "dropoff_other_homes_7d": _homes(_since(sent, met.now, _7D)),
        "dropoff_other_homes_30d": _homes(sent),
        "dropoff_firm_jobs_30d": met.firm_jobs,
    }


def _of_its_area(met: Meeting) -> Counts:
    cell = met.of(shapes.CELL, within=_7D, seen_as=shapes.CELL)
    street = met.of(shapes.STREET_FROM, within=_1H)
    arrivals = [
        one
        for one in _shaped(street, shapes.PASSENGER | shapes.FROM_STATION)
        if one.role == shapes.STREET_TO and not one.shape & shapes.BUSINESS
    ]
    return {
        "cell_other_homes_7d": _homes(_strangers(_from_elsewhere(cell, met.here), met.me)),
        "street_arrivals_1h": len(arrivals),
    }


def _of_its_pair(met: Meeting) -> Counts:
    ages = [(met.now - one.at) // DAY for one in met.pair]
    return {"pair_jobs_30d": len(ages), "pair_weeks": len({age // 7 for age in ages if age >= 6})}


def _of_its_account(met: Meeting) -> Counts:
    return {"account_jobs_30d": len(met.account), "account_days": met.history.days_since_first(met.account)}


def _of_its_means(met: Meeting) -> Counts:
    return {
        "token_other_bookers_30d": _bookers(met.of(shapes.TOKEN), met),
        "device_other_bookers_30d": _bookers(met.of(shapes.DEVICE), met),
    }


def _of_its_words(met: Meeting) -> Counts:
    same = met.of(shapes.WORDS, within=_7D, seen_as=shapes.WORDS)
    return {"words_other_homes_7d": _homes(_strangers(_from_elsewhere(same, met.here), met.me))}


def _of_rides_to_that_door(met: Meeting) -> Counts:
    trips = _shaped(met.from_that_door, shapes.OUTING)
    # Who went to the bank for themselves comes home.
    others = [one for one in trips if not (one.shape & shapes.SELF_BOOKED and one.booker == met.me.booker != 0)]
    return {"door_valuables_trip_72h": len(others)}


def _of_rides_back(met: Meeting) -> Counts:
    back = met.history.of([met.me.home], _72H, role=shapes.DROPOFF)
    return {"home_rides_back_72h": len(_shaped(back, shapes.RIDE_BACK))}


def _of_its_district(met: Meeting) -> Counts:
    history = met.history
    near = [one for one in history.of([met.me.district], _72H) if one.home] if met.me.district else []
    warned = history.came_to(near, shapes.WARNED, shapes.HELD, within=_72H)
    return {"district_warned_homes_72h": len({one.home for one in near if one.booking in warned} - met.here)}


def _of_what_became(met: Meeting) -> Counts:
    history, now = met.history, met.now
    anyone = _newest(*met.home, *met.phones, *met.account)
    anyone_or_means = _newest(*anyone, *met.means)
    others, linked = anyone, anyone_or_means
    # A known firm's switchboard takes calls for everybody: what became of others' parcels says nothing of this one. But
    # only a number that receives at this door alone is the firm's.
    if met.recipient and met.to_known_firm and all(one.dropoff in met.there for one in met.recipient):
        numbers = set(met.entities(shapes.BOOKER, shapes.PICKUP_CONTACT)) - set(met.entities(shapes.RECIPIENT))
        others = _newest(*met.home, *history.of(numbers), *met.account)
        linked = _newest(*others, *met.means)
    # An ordinary ride that was given up says nothing of the next one.
    telling = [one for one in others if one.shape & (shapes.PARCEL | shapes.TO_VALUABLES)]
    # What was held is refused when it came to nothing; for two hours also while nobody knows what comes of it.
    refused = history.came_to(telling, shapes.REFUSED, within=_24H)
    refused |= history.came_to(telling, shapes.HELD, within=_24H) & history.came_to(
        telling, shapes.CANCELLED, within=_24H
    )
    refused |= history.came_to(_not_own_trade(telling, met), shapes.HELD, within=_2H, unless=shapes.DELIVERED)
    linked = _since(linked, now, _7D)
    held = history.came_to(linked, shapes.HELD, within=_7D, unless=shapes.DELIVERED)
    warned = held | history.came_to(_not_own_trade(linked, met), shapes.WARNED, within=_7D, unless=shapes.DELIVERED)
    by_number = {one.booking for one in (*met.booker, *met.recipient, *met.account, *met.means)}
    return {
        "refused_24h": len(refused),
        "suspected_24h": history.marked(_newest(*anyone, *met.from_that_door), shapes.SUSPECTED, within=_24H),
        "dropoff_suspected_7d": _suspected_there(met),
        "warned_7d": len(warned),
        "warned_by_number_7d": len(warned & by_number),
        "held_7d": len(held),
        "cancelled_2h": history.marked(_since(anyone, now, _4H), shapes.CANCELLED, within=_2H),
        "confirmed_30d": history.marked(anyone_or_means, shapes.CONFIRMED, within=_30D),
        "cleared_30d": history.marked(anyone, shapes.CLEARED, within=_30D),
    }


def _suspected_there(met: Meeting) -> int:
    """Parcels from other homes to the same drop-off of which driver or office suspected something."""
    sent = _from_elsewhere(met.dropoff, met.here)
    return met.history.marked(sent, shapes.SUSPECTED, within=_7D) if sent and not met.to_known_firm else 0


#: Whether a group was met, and what is counted of it then.
_GROUPS: tuple[tuple[Callable[[Meeting], object], Callable[[Meeting], Counts]], ...] = (
    (lambda met: met.home, _of_its_home),
    (lambda met: met.booker, _of_its_booker),
    (lambda met: met.booker or met.recipient or met.phones, _of_its_numbers),
    (lambda met: met.dropoff, _of_its_dropoff),
    (lambda met: met.entities(shapes.CELL, shapes.STREET_FROM), _of_its_area),
    (lambda met: met.pair, _of_its_pair),
    (lambda met: met.account, _of_its_account),
    (lambda met: met.means, _of_its_means),
    (lambda met: met.entities(shapes.WORDS), _of_its_words),
    (lambda met: met.me.arrival and met.entities(shapes.DROPOFF), _of_rides_to_that_door),
    (lambda met: met.me.fetched and met.me.home and met.me.home not in met.entities(shapes.DROPOFF), _of_rides_back),
    (lambda met: (met.me.fetched or met.me.visit) and met.history.told, _of_its_district),
    (lambda met: met.history.told, _of_what_became),
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


def _since(seen: list[Seen], now: int, within: int) -> list[Seen]:
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


def _undisputed(met: Meeting) -> list[Seen]:
    """The booker's jobs from this home that nothing was odd about and that were not called off: a scam that was tried
    here once makes nobody known."""
    mine = [one for one in met.booker if one.home and one.home in met.here]
    odd = met.history.came_to(mine, *_ODD, shapes.CANCELLED, within=_30D)
    return [one for one in mine if one.booking not in odd]


def _not_own_trade(seen: Iterable[Seen], met: Meeting) -> list[Seen]:
    """Those that the same number did not book from the same home and in that home's own name."""
    here, booker = met.here, met.me.booker
    return [
        one
        for one in seen
        if not (one.shape & shapes.SELF_BOOKED and one.home and one.home in here and one.booker == booker != 0)
    ]


def _bookers(seen: Iterable[Seen], met: Meeting) -> int:
    """Other people who book from elsewhere: one household, and one person with and without a number, is one."""
    here, mine = met.here, met.mine
    others = {one.booker for one in seen if one.booking not in mine and not (one.home and one.home in here)}
    return len(others - {0, met.me.booker})
