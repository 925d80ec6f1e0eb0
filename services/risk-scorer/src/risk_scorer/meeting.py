"""A booking and those that share an entity with it, and choosing among these: by place, people, shape and age."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from risk_scorer import shapes
from risk_scorer.history import History, Seen
from risk_scorer.lazy import lazy
from risk_scorer.links import Hashed, known_by_its_jobs
from risk_scorer.moments import DAY, HOUR

_72H, _7D, _30D = 72 * HOUR, 7 * DAY, 30 * DAY
_OPEN = shapes.TO_PUBLIC | shapes.TO_STATION
_ODD = (shapes.REFUSED, shapes.WARNED, shapes.HELD, shapes.SUSPECTED, shapes.CONFIRMED)


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
        others = [one for one in strangers(self.dropoff, self.me) if not one.shape & shapes.TO_HOME]
        odd = self.history.came_to(others, *_ODD, within=_30D)
        sent = [one for one in others if one.booking not in odd]
        return min(len({one.home for one in sent} - {0}), len({one.booker for one in sent} - {0}))

    @lazy
    def to_known_firm(self) -> bool:
        """Whether it goes to a firm's door that the operator knows."""
        return self.me.vouched or (self.me.firm and known_by_its_jobs(self.history.jobs, self.firm_jobs))


def newest(*seen: Seen) -> list[Seen]:
    """Each booking once, as it was seen last."""
    met: dict[int, Seen] = {}
    for one in seen:
        if one.booking not in met or one.at > met[one.booking].at:
            met[one.booking] = one
    return list(met.values())


def shaped(seen: Iterable[Seen], bits: int) -> list[Seen]:
    """Those whose booking has every one of these `shapes`."""
    return [one for one in seen if one.shape & bits == bits]


def since(seen: list[Seen], now: int, within: int) -> list[Seen]:
    if not seen:
        return seen
    begins = now - within
    return [one for one in seen if one.at > begins]


def from_elsewhere(seen: Iterable[Seen], here: Collection[int]) -> list[Seen]:
    """Parcels from homes that are not `here`."""
    return [one for one in seen if one.home and one.home not in here and one.shape & shapes.PARCEL]


def strangers(seen: Iterable[Seen], me: Hashed) -> list[Seen]:
    """Those on other people's bookings."""
    return [one for one in seen if not (one.booker and one.booker == me.booker)]


def undisputed(met: Meeting) -> list[Seen]:
    """The booker's jobs from this home that nothing was odd about and that were not called off: a scam that was tried
    here once makes nobody known."""
    mine = [one for one in met.booker if one.home and one.home in met.here]
    odd = met.history.came_to(mine, *_ODD, shapes.CANCELLED, within=_30D)
    return [one for one in mine if one.booking not in odd]


def not_own_trade(seen: Iterable[Seen], met: Meeting) -> list[Seen]:
    """Those that the same number did not book from the same home and in that home's own name."""
    here, booker = met.here, met.me.booker
    return [
        one
        for one in seen
        if not (one.shape & shapes.SELF_BOOKED and one.home and one.home in here and one.booker == booker != 0)
    ]
