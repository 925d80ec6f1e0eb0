"""What a booking's history is boiled down to, and whose it is: entities as hashes, and counts."""

from __future__ import annotations

import msgspec
from msgspec import Struct

#: A firm's door to which so many jobs have come, and so many of them were other people's parcels from homes, is one
#: that the operator knows.
_KNOWN_BY, _OF_THEM = 6, 3


class Hashed(Struct, frozen=True, gc=False):
    """A booking's entities in one scope (the operator's own, or shared), and what its sightings carry. `district` is
    that of its home, for the operator's own eyes; 0 where there is none. `arrival` says that somebody rides from a
    station, `departure` that somebody rides to one, `visit` that somebody rides to a bank or dealer, `back` that
    somebody rides from one, `fetched` that goods travel, `firm` that they go to a firm's door, `vouched` that this is
    not only said."""

    entities: tuple[tuple[int, int], ...]
    home: int
    dropoff: int
    booker: int
    could_be_home: bool = True
    district: int = 0
    arrival: bool = False
    departure: bool = False
    visit: bool = False
    back: bool = False
    fetched: bool = False
    firm: bool = False
    vouched: bool = False

    @property
    def pairs_at_home(self) -> bool:
        """`Facts.pairs_at_home`, of a home that has an address."""
        return self.could_be_home and self.home != 0


class Links(Struct, frozen=True, gc=False):
    """Counts of other bookings, homes, firms and people that share an entity with this one. Windows are in the
    names; a count stops rising at the limit of its `Look`. `0` says that nothing was seen, not that nothing
    happened."""

    booker_other_homes_7d: int = 0
    recipient_other_homes_7d: int = 0
    noted_other_homes_7d: int = 0
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
    words_other_homes_7d: int = 0
    street_arrivals_1h: int = 0
    phone_valuables_trip_7d: int = 0
    phone_parcel_job_7d: int = 0
    booker_other_valuables_homes_7d: int = 0
    booker_other_doors_72h: int = 0
    booker_arrivals_1h: int = 0
    door_valuables_trip_72h: int = 0
    home_rides_back_72h: int = 0
    district_warned_homes_72h: int = 0
    dropoff_suspected_7d: int = 0
    confirmed_30d: int = 0
    cleared_30d: int = 0

    @property
    def firm_known(self) -> bool:
        """Whether a firm's door that this goes to is one that the operator knows by its jobs."""
        return known_by_its_jobs(self.dropoff_jobs_30d, self.dropoff_firm_jobs_30d)


NONE = Links()


def known_by_its_jobs(jobs: int, firm_jobs: int) -> bool:
    """Whether a firm's door is one that the operator knows: by how many jobs came to it, and how many of those were
    other people's parcels as to a firm."""
    return jobs >= _KNOWN_BY and firm_jobs >= _OF_THEM


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
#: The others: what rises raises suspicion.
RAISING = tuple(name for name in Links.__struct_fields__ if name not in _TRUSTING)


def widen(own: Links, shared: Links) -> Links:
    """An operator's own links with what firms that share know besides; only what raises is taken from others."""
    more = {name: max(getattr(own, name), getattr(shared, name)) for name in RAISING}
    return msgspec.structs.replace(own, **more)
