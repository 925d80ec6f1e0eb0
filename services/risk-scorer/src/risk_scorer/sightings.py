"""Sightings as rows of their table: as the bytes of PostgreSQL's binary COPY, one `struct` a row where the driver would
encode nine values one by one (ADR 0082), and as values where some may be there already. The format of the bytes:
https://www.postgresql.org/docs/current/sql-copy.html, File Formats."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from struct import Struct

from risk_scorer.changes import SightedAt
from risk_scorer.moments import micros

COLUMNS = ("entity", "at", "booking", "operator", "role", "shape", "home", "dropoff", "booker")
_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
#: How many values there are, then each with its length before it, in the order of `COLUMNS`.
_ROW = Struct("!h iq iq iq ii ih ii iq iq iq")
#: PostgreSQL counts from 2000.
_FROM = micros(datetime(2000, 1, 1, tzinfo=UTC))


def packed(sightings: Iterable[SightedAt]) -> memoryview:
    """The rows of `COLUMNS`. A view, since the driver takes bytes themselves for the name of a file."""
    pack = _ROW.pack
    parts = [_HEAD]
    of: datetime | None = None
    at = 0
    for sighted in sightings:
        # Those of one booking have the same moment.
        if sighted.at is not of:
            of = sighted.at
            at = micros(of) - _FROM
        one = sighted.sighting
        parts.append(
            pack(
                9, 8, one.entity, 8, at, 8, one.booking, 4, one.operator, 2, one.role, 4, one.shape, 8, one.home,
                8, one.dropoff, 8, one.booker,
            )
        )  # fmt: skip
    parts.append(_END)
    return memoryview(b"".join(parts))


def distinct(sightings: Iterable[SightedAt]) -> list[tuple[object, ...]]:
    """Their rows, each once; of what the table holds once, the last."""
    return list({_once(sighted): _row(sighted) for sighted in sightings}.values())


def _once(sighted: SightedAt) -> tuple[int, datetime, int, int]:
    """What the table holds once."""
    return sighted.sighting.entity, sighted.at, sighted.sighting.booking, sighted.sighting.role


def _row(sighted: SightedAt) -> tuple[object, ...]:
    one = sighted.sighting
    return (
        one.entity, sighted.at, one.booking, one.operator, one.role, one.shape, one.home, one.dropoff, one.booker,
    )  # fmt: skip
