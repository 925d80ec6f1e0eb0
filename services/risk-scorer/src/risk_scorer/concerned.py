"""Whom the news of a booking concerns: the bookings that would count it against themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from risk_scorer import shapes
from risk_scorer.changes import OPEN_FOR
from risk_scorer.history import Met, Seen
from risk_scorer.links import Hashed
from risk_scorer.looks import is_news

#: Of the bookings that one booking met, so many of the newest are judged again at most.
_MOST_LINKED = 32
#: What more open bookings than this have in common is a hub's. One more there is no news to them: no rule asks for so
#: many, and each was told of those before.
_HUB = 12


def concerned(
    shape: int, scopes: Sequence[Hashed], met: Iterable[Met], as_of: datetime
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Whom it tells something that a booking of this shape is there, and whom beside them what becomes of it: of those
    it met, the ones that could be part of a scam as it could be itself. An ordinary ride is told nothing, and tells
    nothing."""
    from_home = any(scope.home for scope in scopes)
    if not _could_be_part(shape, from_home):
        return (), ()
    home_parcel = from_home and bool(shape & shapes.PARCEL)
    roles = [mine for scope in scopes for mine in scope.entities]
    since = as_of - OPEN_FOR
    everybody: dict[int, datetime] = {}
    by_entity: dict[int, dict[int, datetime]] = {}
    for one in met:
        for entity, seen in one.seen:
            if seen.at <= since or not _could_be_part(seen.shape, seen.home != 0):
                continue
            _keep(everybody, seen)
            if any(mine == entity and is_news(role, seen.role, home_parcel) for mine, role in roles):
                _keep(by_entity.setdefault(entity, {}), seen)
    told: dict[int, datetime] = {}
    for those in by_entity.values():
        if len(those) <= _HUB:
            told |= those
    linked = _newest(told)
    return linked, tuple(booking for booking in _newest(everybody) if booking not in linked)


def _keep(newest: dict[int, datetime], seen: Seen) -> None:
    newest[seen.booking] = max(seen.at, newest.get(seen.booking, seen.at))


def _newest(at: dict[int, datetime]) -> tuple[int, ...]:
    return tuple(sorted(at, key=lambda booking: at[booking], reverse=True)[:_MOST_LINKED])


def _could_be_part(shape: int, from_home: bool) -> bool:
    """Whether what is known of others could make a booking of this shape part of a scam: every rule on links asks for
    one of these."""
    if shape & (shapes.TO_VALUABLES | shapes.FROM_STATION | shapes.TO_STATION):
        return True
    return bool(shape & shapes.PARCEL) and (from_home or not shape & shapes.BUSINESS)
