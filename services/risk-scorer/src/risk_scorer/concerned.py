"""Whom the news of a booking concerns: the bookings that would count it against themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from risk_scorer import news, shapes
from risk_scorer.changes import OPEN_FOR
from risk_scorer.history import Met
from risk_scorer.links import Hashed
from risk_scorer.moments import micros

#: Of the bookings that one booking met, so many of the newest are judged again at most.
_MOST_LINKED = 32
#: What more open bookings than this have in common is a hub's. One more there is no news to them: no rule asks for so
#: many, and each was told of those before.
_HUB = 12


def concerned(
    shape: int, scopes: Sequence[Hashed], met: Iterable[Met], as_of: datetime
) -> tuple[dict[int, int], tuple[int, ...]]:
    """Whom it tells something that a booking of this shape is there, by kinds of `news`, and whom beside them what
    becomes of it: of those it met, the ones that could be part of a scam as it could be itself. An ordinary ride is
    told nothing, and tells nothing, but that somebody comes home from a bank."""
    from_home = any(scope.home for scope in scopes)
    is_part = could_be_part(shape, from_home)
    if not (is_part or news.is_ride_back(shape)):
        return {}, ()
    home_parcel = from_home and bool(shape & shapes.PARCEL)
    roles = [mine for scope in scopes for mine in scope.entities]
    since = micros(as_of - OPEN_FOR)
    newest: dict[int, int] = {}
    by_entity: dict[int, dict[int, int]] = {}
    for one in met:
        for entity, seen in one.seen:
            if seen.at <= since or not could_be_part(seen.shape, seen.home != 0):
                continue
            newest[seen.booking] = max(seen.at, newest.get(seen.booking, seen.at))
            for mine, role in roles:
                if mine == entity and (kind := news.kind_of(role, seen.role, home_parcel, shape, seen.shape)):
                    those = by_entity.setdefault(entity, {})
                    those[seen.booking] = those.get(seen.booking, 0) | kind
    told: dict[int, int] = {}
    for those in by_entity.values():
        if len(those) <= _HUB:
            for booking, kind in those.items():
                told[booking] = told.get(booking, 0) | kind
    linked = {booking: told[booking] for booking in _first(told, newest)}
    if not is_part:
        return {booking: news.HOME for booking, kinds in linked.items() if kinds & news.HOME}, ()
    return linked, tuple(booking for booking in _first(newest, newest) if booking not in linked)


def _first(bookings: Iterable[int], at: dict[int, int]) -> list[int]:
    return sorted(bookings, key=lambda booking: at[booking], reverse=True)[:_MOST_LINKED]


def could_be_part(shape: int, from_home: bool) -> bool:
    """Whether what is known of others could make a booking of this shape part of a scam: every rule on links asks for
    one of these."""
    if shape & (shapes.TO_VALUABLES | shapes.FROM_STATION | shapes.TO_STATION):
        return True
    return bool(shape & shapes.PARCEL) and (from_home or not shape & shapes.BUSINESS)
