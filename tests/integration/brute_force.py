"""What the history says of a booking, made anew from everything that was ever recorded: slowly, and by its meaning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from risk_scorer import shapes
from risk_scorer.changes import Changes, SightedAt
from risk_scorer.entities import Sighting
from risk_scorer.history import Mark
from risk_scorer.links import Links
from risk_scorer.store import Store

_PERSON = {shapes.BOOKER, shapes.RECIPIENT, shapes.PICKUP_CONTACT, shapes.PASSENGER_ROLE}


class Recording(Store):
    """The store, and everything that was ever recorded through it."""

    def __init__(self, pool: Any) -> None:
        super().__init__(pool)
        self.recorded: list[SightedAt] = []
        self.marked: dict[int, list[Mark]] = {}

    async def sight(self, sightings: Sequence[SightedAt]) -> None:
        self.recorded += sightings
        await super().sight(sightings)

    async def mark(self, marks: Sequence[tuple[int, Mark]]) -> None:
        self.keep(marks)
        await super().mark(marks)

    async def commit(self, changes: Changes) -> None:
        self.keep(changes.marks)
        await super().commit(changes)

    def keep(self, marks: Sequence[tuple[int, Mark]]) -> None:
        for booking, mark in marks:
            kept = self.marked.setdefault(booking, [])
            if all(one.mark != mark.mark for one in kept):
                kept.append(mark)


def count(
    turn: Any, operator: int, links: Links, recording: Recording, district: Iterable[SightedAt]
) -> dict[str, int]:
    """The counts by their meaning, one by one, from everything that was recorded. `operator` is the asking one by its
    hash, `district` is what was warned about in this booking's own, and `links` what was counted, for what a look cuts
    off."""
    me, now = turn.scopes[0], turn.as_of
    mine: dict[int, set[int]] = {}
    for entity, role in me.entities:
        mine.setdefault(role, set()).add(entity)

    def others(
        role: int, as_roles: Iterable[int], within: timedelta, *, parcels: bool = False, of: set[int] | None = None
    ) -> list[Any]:
        """The newest sighting of each other booking that shares what I have in `role` (of it only `of`, when given); of
        those as a parcel from a home alone, when asked."""
        shared = mine.get(role, set()) if of is None else of
        newest: dict[int, SightedAt] = {}
        for one in recording.recorded:
            seen = one.sighting
            if seen.entity in shared and seen.role in as_roles and seen.booking != turn.booking:
                if not now - within < one.at <= now:
                    continue
                if parcels and not (seen.home and seen.shape & shapes.PARCEL):
                    continue
                if seen.booking not in newest or one.at > newest[seen.booking].at:
                    newest[seen.booking] = one
        return list(newest.values())

    def homes(seen: Iterable[SightedAt]) -> set[int]:
        found = {one.sighting.home for one in seen if one.sighting.home and one.sighting.shape & shapes.PARCEL}
        return found - here

    week, month = timedelta(days=7), timedelta(days=30)
    pickup = others(shapes.PICKUP, {shapes.PICKUP}, month) if me.could_be_home else []
    parcels = [one for one in pickup if one.sighting.shape & shapes.PARCEL]
    trips = [one for one in pickup if one.sighting.shape & shapes.PASSENGER]
    dropoff = others(shapes.DROPOFF, {shapes.DROPOFF}, month)
    # Who else sent to a door is asked where goods travel, and to the few streets around it where from a home too.
    sent = others(shapes.DROPOFF, {shapes.DROPOFF}, month, parcels=True) if me.fetched else []
    around = others(shapes.CELL, {shapes.CELL}, week, parcels=True) if me.fetched else []
    same_words = others(shapes.WORDS, {shapes.WORDS}, week, parcels=True) if me.fetched else []
    noted = others(shapes.NOTED, {shapes.BOOKER, shapes.RECIPIENT}, week, parcels=True) if me.fetched else []
    here = {me.home, *mine.get(shapes.PICKUP, ()), *(one.sighting.home for one in pickup)}
    there = {me.dropoff, *mine.get(shapes.DROPOFF, ()), *(one.sighting.dropoff for one in sent)} - {0}

    def strange_to_me(seen: list[SightedAt]) -> list[SightedAt]:
        return [one for one in seen if not (one.sighting.booker and one.sighting.booker == me.booker)]

    strangers = strange_to_me(sent)

    def since(seen: list[SightedAt], within: timedelta) -> list[SightedAt]:
        return [one for one in seen if one.at > now - within]

    def newest(seen: Iterable[SightedAt]) -> dict[int, SightedAt]:
        """Each booking as it was seen last."""
        met: dict[int, SightedAt] = {}
        for one in sorted(seen, key=lambda one: one.at):
            met[one.sighting.booking] = one
        return met

    def standing(booking: int) -> list[Mark]:
        """What became of it and holds now: the newest finding alone, and nothing from before it was cleared."""
        told = [one for one in recording.marked.get(booking, ()) if one.at <= now]
        findings = sorted((one.at, one.mark) for one in told if one.mark in shapes.FINDINGS)
        if not findings:
            return told
        at, newest = findings[-1]
        kept = [one for one in told if one.mark not in shapes.FINDINGS]
        return [*(one for one in kept if newest != shapes.CLEARED or one.at > at), Mark(newest, at)]

    def came_to(seen: Iterable[int], mark: int, within: timedelta) -> set[int]:
        return {
            booking for booking in seen for told in standing(booking) if told.mark == mark and now - within < told.at
        }

    day, by_booker = timedelta(hours=24), others(shapes.BOOKER, _PERSON, month)
    by_recipient = others(shapes.RECIPIENT, _PERSON, week)
    by_numbers = [*by_booker, *by_recipient, *others(shapes.PICKUP_CONTACT, _PERSON, week)]
    all_numbers = by_numbers
    account = others(shapes.ACCOUNT, {shapes.ACCOUNT}, month)
    tokens, devices = (others(role, {role}, month) for role in (shapes.TOKEN, shapes.DEVICE))
    means = [*tokens, *devices]
    street = others(shapes.STREET_FROM, {shapes.STREET_TO}, timedelta(hours=1)) if me.departure else []
    odd = (shapes.REFUSED, shapes.WARNED, shapes.HELD, shapes.SUSPECTED, shapes.CONFIRMED)
    to_firm = [one.sighting for one in strangers if not one.sighting.shape & shapes.TO_HOME]
    strange = {booking for mark in odd for booking in came_to({one.booking for one in to_firm}, mark, month)}
    to_firm = [one for one in to_firm if one.booking not in strange]
    firm_jobs = min(len({one.home for one in to_firm} - {0}), len({one.booker for one in to_firm} - {0}))
    if any(one.sighting.shape & (shapes.TO_PUBLIC | shapes.TO_STATION) for one in sent):
        firm_jobs = 0
    jobs = len({one.sighting.booking for one in dropoff}) if me.fetched else 0
    known_firm = me.vouched or (me.firm and jobs >= 6 and firm_jobs >= 3)
    receives_here_alone = all(one.sighting.dropoff in there for one in by_recipient)
    if known_firm and receives_here_alone:
        theirs = mine.get(shapes.RECIPIENT, set())
        by_numbers = [
            *others(shapes.BOOKER, _PERSON, month, of=mine.get(shapes.BOOKER, set()) - theirs),
            *others(shapes.PICKUP_CONTACT, _PERSON, week, of=mine.get(shapes.PICKUP_CONTACT, set()) - theirs),
        ]
    linked = newest([*pickup, *by_numbers, *account])
    anyone = newest([*pickup, *all_numbers, *account])
    from_that_door = others(shapes.DROPOFF, {shapes.PICKUP}, timedelta(hours=72)) if me.arrival else []
    telling = [booking for booking, one in linked.items() if one.sighting.shape & (shapes.PARCEL | shapes.TO_VALUABLES)]
    recent = newest(since([*pickup, *by_numbers, *account, *means], week))

    def own(seen: dict[int, SightedAt]) -> set[int]:
        return {
            booking
            for booking, one in seen.items()
            if one.sighting.shape & shapes.SELF_BOOKED
            and one.sighting.home in here - {0}
            and one.sighting.booker == me.booker != 0
        }

    went = came_to(recent, shapes.DELIVERED, timedelta(days=400))
    held = came_to(recent, shapes.HELD, week) - went
    warned = held | (came_to(recent, shapes.WARNED, week) - went - own(recent))
    numbers = [*since(by_booker, week), *by_recipient]
    elsewhere = [
        one.sighting
        for one in numbers
        if one.sighting.home and one.sighting.home not in here and one.sighting.shape & shapes.PARCEL
    ]
    with_means = [one.sighting for one in newest(means).values()]
    household = {one.booking for one in with_means if one.shape & turn.facts.shape & shapes.SELF_BOOKED}
    same_booker = {one.sighting.booking for one in [*others(shapes.BOOKER, {shapes.BOOKER}, month), *account]}

    pair = (
        [one for one in pickup if one.sighting.dropoff == me.dropoff != 0]
        if me.home and me.could_be_home
        else others(shapes.PAIR, {shapes.PAIR}, month)
    )
    by_phone = since(list(newest(all_numbers).values()), week)

    def oldest(seen: list[SightedAt]) -> int:
        return max(((now - one.at).days for one in seen), default=0)

    def of_shape(seen: list[SightedAt], bits: int) -> list[Sighting]:
        return [one.sighting for one in seen if one.sighting.shape & bits == bits]

    def other_bookers(seen: list[SightedAt]) -> int:
        found = {
            one.sighting.booker
            for one in seen
            if one.sighting.booking not in same_booker and not (one.sighting.home and one.sighting.home in here)
        }
        return len(found - {me.booker, 0})

    def warned_lately(one: SightedAt) -> bool:
        return any(came_to([one.sighting.booking], mark, 3 * day) for mark in (shapes.WARNED, shapes.HELD))

    # Of one that brings neither goods nor savings on their way, nobody asks what was warned about nearby.
    district = district if me.fetched or me.visit else ()
    # Where a booking's home is, its newest sighting says.
    near = [
        one for one in district if now - timedelta(hours=72) < one.at <= now and one.sighting.booking != turn.booking
    ]
    # A look sees sixteen, and those of its own batch besides: of so many the count alone matters to no rule.
    crowded = len(near) > 16
    near = list(newest(near).values())

    return {
        "booker_other_homes_7d": len(homes(others(shapes.BOOKER, _PERSON, week))),
        "recipient_other_homes_7d": len(homes(others(shapes.RECIPIENT, _PERSON, week))),
        "dropoff_other_homes_7d": len(homes(since(strangers, week))),
        "dropoff_other_homes_30d": len(homes(strangers)),
        "dropoff_jobs_30d": jobs,
        "dropoff_firm_jobs_30d": firm_jobs,
        "home_parcels_24h": len(since(parcels, timedelta(hours=24))),
        "home_parcels_7d": len(since(parcels, week)),
        "home_parcels_30d": len(parcels),
        "home_parcel_dropoffs_30d": len(({one.sighting.dropoff for one in parcels} - there | {me.dropoff}) - {0})
        if parcels
        else 0,
        "district_warned_homes_72h": links.district_warned_homes_72h
        if crowded
        else len({one.sighting.home for one in near if warned_lately(one)} - here),
        "home_passenger_trips_30d": len(trips),
        "home_valuables_trip_4h": len(
            [one for one in since(trips, timedelta(hours=4)) if one.sighting.shape & shapes.TO_VALUABLES]
        ),
        "home_parcel_bookers_7d": len(
            {
                one.sighting.booker
                for one in since(parcels, week)
                if one.sighting.booker and one.sighting.booking not in same_booker | household
            }
            - {me.booker}
        ),
        "refused_24h": len(
            came_to(telling, shapes.REFUSED, day)
            | (came_to(telling, shapes.HELD, day) & came_to(telling, shapes.CANCELLED, day))
            | (
                came_to(telling, shapes.HELD, timedelta(hours=2))
                - came_to(telling, shapes.DELIVERED, timedelta(days=400))
                - own(linked)
            )
        ),
        "booker_here_days": max(
            (
                (now - one.at).days
                for one in by_booker
                if one.sighting.home
                and one.sighting.home in here
                and one.sighting.booking
                not in {
                    booking
                    for mark in (*odd, shapes.CANCELLED)
                    for booking in came_to({one.sighting.booking}, mark, month)
                }
            ),
            default=0,
        ),
        "held_7d": len(held),
        "warned_7d": len(warned),
        "warned_by_number_7d": len(
            warned & {one.sighting.booking for one in [*by_booker, *by_recipient, *account, *means]}
        ),
        "numbers_dropoffs_7d": len({one.dropoff or one.booking for one in elsewhere} - there | {me.dropoff})
        if elsewhere
        else 0,
        "door_valuables_trip_72h": len(
            [
                one
                for one in from_that_door
                if one.sighting.shape & shapes.PASSENGER and one.sighting.shape & shapes.TO_VALUABLES
                if not (
                    one.sighting.shape & shapes.SELF_BOOKED and one.sighting.booker and one.sighting.booker == me.booker
                )
            ]
        ),
        "home_rides_back_72h": len(
            [
                one
                for one in others(
                    shapes.PICKUP,
                    {shapes.DROPOFF},
                    timedelta(hours=72),
                    of={me.home} - {0} - mine.get(shapes.DROPOFF, set()),
                )
                if me.fetched and one.sighting.shape & shapes.PASSENGER and one.sighting.shape & shapes.FROM_VALUABLES
            ]
        ),
        "pair_jobs_30d": len(pair),
        "booker_jobs_30d": len(others(shapes.BOOKER, _PERSON, month)),
        "token_other_bookers_30d": other_bookers(tokens),
        "device_other_bookers_30d": other_bookers(devices),
        "noted_other_homes_7d": len(homes(noted)),
        "words_other_homes_7d": len(homes(strange_to_me(same_words))),
        "cell_other_homes_7d": len(homes(strange_to_me(around))),
        "home_first_seen_days": oldest(pickup),
        "home_other_firms_72h": len({one.sighting.operator for one in since(pickup, timedelta(hours=72))} - {operator}),
        "suspected_24h": len(came_to({*anyone, *newest(from_that_door)}, shapes.SUSPECTED, day)),
        "dropoff_suspected_7d": 0
        if known_firm
        else len(
            came_to({one.sighting.booking for one in sent if one.sighting.home not in here}, shapes.SUSPECTED, week)
        ),
        "cancelled_2h": len(
            came_to(
                [booking for booking, one in anyone.items() if one.at > now - timedelta(hours=4)],
                shapes.CANCELLED,
                timedelta(hours=2),
            )
        ),
        "confirmed_30d": len(came_to(newest([*anyone.values(), *means]), shapes.CONFIRMED, month)),
        "cleared_30d": len(came_to(anyone, shapes.CLEARED, month)),
        "pair_weeks": len({(now - one.at).days // 7 for one in pair if (now - one.at).days >= 6}),
        "booker_days": oldest(by_booker),
        "account_jobs_30d": len(account),
        "account_days": oldest(account),
        "home_valuables_trip_7d": len([one for one in since(trips, week) if one.sighting.shape & shapes.TO_VALUABLES]),
        "street_arrivals_1h": len([one for one in of_shape(street, shapes.ARRIVAL) if not one.shape & shapes.BUSINESS]),
        "phone_valuables_trip_7d": len(of_shape(by_phone, shapes.PASSENGER | shapes.TO_VALUABLES)),
        "phone_parcel_job_7d": len(of_shape(by_phone, shapes.PARCEL | shapes.FROM_HOME)),
        "booker_other_valuables_homes_7d": len(
            {one.home for one in of_shape(since(by_booker, week), shapes.PASSENGER | shapes.TO_VALUABLES)} - here - {0}
        ),
        "booker_arrivals_1h": len(of_shape(since(by_booker, timedelta(hours=1)), shapes.ARRIVAL)),
        "booker_other_doors_72h": len(
            {
                one.dropoff
                for one in of_shape(since(by_booker, timedelta(hours=72)), shapes.FROM_STATION | shapes.TO_HOME)
            }
            - there
            - {0}
        ),
    }
