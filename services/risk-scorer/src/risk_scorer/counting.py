"""Counting what the history holds of a booking: over sightings of its entities on other bookings, known by then.

A count is made where its group was met at all. Most bookings met nobody in most groups, and of most that were met
nothing became: then everything of it is 0 without a look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from risk_scorer import shapes
from risk_scorer.history import History, Seen
from risk_scorer.links import NONE, Hashed, Links
from risk_scorer.meeting import Meeting, from_elsewhere, newest, not_own_trade, shaped, since, strangers, undisputed
from risk_scorer.moments import DAY, HOUR

_1H, _2H, _4H, _24H, _72H = HOUR, 2 * HOUR, 4 * HOUR, 24 * HOUR, 72 * HOUR
_7D, _30D = 7 * DAY, 30 * DAY
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


def _of_its_home(met: Meeting) -> Counts:
    home, now = met.home, met.now
    counts = {
        "home_first_seen_days": met.history.days_since_first(home),
        "home_other_firms_72h": len({one.operator for one in since(home, now, _72H)} - {met.operator}),
    }
    trips = shaped(home, shapes.PASSENGER)
    if trips:
        valuables = shaped(trips, shapes.TO_VALUABLES)
        counts["home_passenger_trips_30d"] = len(trips)
        counts["home_valuables_trip_4h"] = len(since(valuables, now, _4H))
        counts["home_valuables_trip_7d"] = len(since(valuables, now, _7D))
    parcels = shaped(home, shapes.PARCEL)
    if parcels:
        lately = since(parcels, now, _7D)
        # Who sends from home in the home's own name, by the same card or device, is one household with two telephones.
        household = met.mine | {one.booking for one in met.means if one.shape & met.shape & shapes.SELF_BOOKED}
        bookers = {one.booker for one in lately if one.booker and one.booking not in household}
        counts["home_parcels_24h"] = len(since(parcels, now, _24H))
        counts["home_parcels_7d"] = len(lately)
        counts["home_parcels_30d"] = len(parcels)
        counts["home_parcel_dropoffs_30d"] = len(
            ({one.dropoff for one in parcels} - met.there | {met.me.dropoff}) - {0}
        )
        counts["home_parcel_bookers_7d"] = len(bookers - {met.me.booker})
    return counts


def _of_its_booker(met: Meeting) -> Counts:
    booker, now = met.booker, met.now
    lately = since(booker, now, _7D)
    trips = shaped(lately, shapes.OUTING)
    doors = shaped(since(booker, now, _72H), shapes.FROM_STATION | shapes.TO_HOME)
    return {
        "booker_other_homes_7d": _homes(from_elsewhere(lately, met.here)),
        "booker_here_days": met.history.days_since_first(undisputed(met)),
        "booker_jobs_30d": len(booker),
        "booker_days": met.history.days_since_first(booker),
        "booker_other_valuables_homes_7d": len({one.home for one in trips} - met.here - {0}),
        "booker_arrivals_1h": len(shaped(since(booker, now, _1H), shapes.FROM_STATION | shapes.PASSENGER)),
        "booker_other_doors_72h": len({one.dropoff for one in doors} - met.there - {0}),
    }


def _of_its_numbers(met: Meeting) -> Counts:
    sent = from_elsewhere((*since(met.booker, met.now, _7D), *met.recipient), met.here)
    lately = since(met.phones, met.now, _7D)
    return {
        "recipient_other_homes_7d": _homes(from_elsewhere(met.recipient, met.here)),
        # Two that are not known may be two.
        "numbers_dropoffs_7d": len({one.dropoff or one.booking for one in sent} - met.there | {met.me.dropoff})
        if sent
        else 0,
        "phone_valuables_trip_7d": len(shaped(lately, shapes.TO_VALUABLES | shapes.PASSENGER)),
        "phone_parcel_job_7d": len(shaped(lately, shapes.PARCEL | shapes.FROM_HOME)),
    }


def _of_its_dropoff(met: Meeting) -> Counts:
    sent = strangers(from_elsewhere(met.dropoff, met.here), met.me)
    return {
        "dropoff_other_homes_7d": _homes(since(sent, met.now, _7D)),
        "dropoff_other_homes_30d": _homes(sent),
        "dropoff_firm_jobs_30d": met.firm_jobs,
    }


def _of_its_area(met: Meeting) -> Counts:
    cell = met.of(shapes.CELL, within=_7D, seen_as=shapes.CELL)
    street = met.of(shapes.STREET_FROM, within=_1H)
    arrivals = [
        one
        for one in shaped(street, shapes.PASSENGER | shapes.FROM_STATION)
        if one.role == shapes.STREET_TO and not one.shape & shapes.BUSINESS
    ]
    return {
        "cell_other_homes_7d": _homes(strangers(from_elsewhere(cell, met.here), met.me)),
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


def _of_numbers_in_its_notes(met: Meeting) -> Counts:
    return {"noted_other_homes_7d": _homes(from_elsewhere(met.of(shapes.NOTED, within=_7D), met.here))}


def _of_its_words(met: Meeting) -> Counts:
    same = met.of(shapes.WORDS, within=_7D, seen_as=shapes.WORDS)
    return {"words_other_homes_7d": _homes(strangers(from_elsewhere(same, met.here), met.me))}


def _of_rides_to_that_door(met: Meeting) -> Counts:
    trips = shaped(met.from_that_door, shapes.OUTING)
    # Who went to the bank for themselves comes home.
    others = [one for one in trips if not (one.shape & shapes.SELF_BOOKED and one.booker == met.me.booker != 0)]
    return {"door_valuables_trip_72h": len(others)}


def _of_rides_back(met: Meeting) -> Counts:
    back = met.history.of([met.me.home], _72H, role=shapes.DROPOFF)
    return {"home_rides_back_72h": len(shaped(back, shapes.RIDE_BACK))}


def _of_its_district(met: Meeting) -> Counts:
    history = met.history
    near = [one for one in history.of([met.me.district], _72H) if one.home] if met.me.district else []
    warned = history.came_to(near, shapes.WARNED, shapes.HELD, within=_72H)
    return {"district_warned_homes_72h": len({one.home for one in near if one.booking in warned} - met.here)}


def _of_what_became(met: Meeting) -> Counts:
    history, now = met.history, met.now
    anyone = newest(*met.home, *met.phones, *met.account)
    anyone_or_means = newest(*anyone, *met.means)
    others, linked = anyone, anyone_or_means
    # A known firm's switchboard takes calls for everybody: what became of others' parcels says nothing of this one. But
    # only a number that receives at this door alone is the firm's.
    if met.recipient and met.to_known_firm and all(one.dropoff in met.there for one in met.recipient):
        numbers = set(met.entities(shapes.BOOKER, shapes.PICKUP_CONTACT)) - set(met.entities(shapes.RECIPIENT))
        others = newest(*met.home, *history.of(numbers), *met.account)
        linked = newest(*others, *met.means)
    # An ordinary ride that was given up says nothing of the next one.
    telling = [one for one in others if one.shape & (shapes.PARCEL | shapes.TO_VALUABLES)]
    # What was held is refused when it came to nothing; for two hours also while nobody knows what comes of it.
    refused = history.came_to(telling, shapes.REFUSED, within=_24H)
    refused |= history.came_to(telling, shapes.HELD, within=_24H) & history.came_to(
        telling, shapes.CANCELLED, within=_24H
    )
    refused |= history.came_to(not_own_trade(telling, met), shapes.HELD, within=_2H, unless=shapes.DELIVERED)
    linked = since(linked, now, _7D)
    held = history.came_to(linked, shapes.HELD, within=_7D, unless=shapes.DELIVERED)
    warned = held | history.came_to(not_own_trade(linked, met), shapes.WARNED, within=_7D, unless=shapes.DELIVERED)
    by_number = {one.booking for one in (*met.booker, *met.recipient, *met.account, *met.means)}
    return {
        "refused_24h": len(refused),
        "suspected_24h": history.marked(newest(*anyone, *met.from_that_door), shapes.SUSPECTED, within=_24H),
        "dropoff_suspected_7d": _suspected_there(met),
        "warned_7d": len(warned),
        "warned_by_number_7d": len(warned & by_number),
        "held_7d": len(held),
        "cancelled_2h": history.marked(since(anyone, now, _4H), shapes.CANCELLED, within=_2H),
        "confirmed_30d": history.marked(anyone_or_means, shapes.CONFIRMED, within=_30D),
        "cleared_30d": history.marked(anyone, shapes.CLEARED, within=_30D),
    }


def _suspected_there(met: Meeting) -> int:
    """Parcels from other homes to the same drop-off of which driver or office suspected something."""
    sent = from_elsewhere(met.dropoff, met.here)
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
    (lambda met: met.entities(shapes.NOTED), _of_numbers_in_its_notes),
    (lambda met: met.entities(shapes.WORDS), _of_its_words),
    (lambda met: met.me.arrival and met.entities(shapes.DROPOFF), _of_rides_to_that_door),
    (lambda met: met.me.fetched and met.me.home and met.me.home not in met.entities(shapes.DROPOFF), _of_rides_back),
    (lambda met: (met.me.fetched or met.me.visit) and met.history.told, _of_its_district),
    (lambda met: met.history.told, _of_what_became),
)


def _homes(seen: Iterable[Seen]) -> int:
    return len({one.home for one in seen})


def _bookers(seen: Iterable[Seen], met: Meeting) -> int:
    """Other people who book from elsewhere: one household, and one person with and without a number, is one."""
    here, mine = met.here, met.mine
    others = {one.booker for one in seen if one.booking not in mine and not (one.home and one.home in here)}
    return len(others - {0, met.me.booker})
