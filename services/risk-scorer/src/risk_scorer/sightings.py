"""Sightings as the bytes that PostgreSQL's binary COPY takes: one `struct` a row, where the driver would encode nine
values one by one (ADR 0082). The format: https://www.postgresql.org/docs/current/sql-copy.html, File Formats."""

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
    rows = [_HEAD]
    of: datetime | None = None
    at = 0
    for sighted in sightings:
        # Those of one booking have the same moment.
        if sighted.at is not of:
            of = sighted.at
            at = micros(of) - _FROM
        one = sighted.sighting
        rows.append(
            pack(
                9, 8, one.entity, 8, at, 8, one.booking, 4, one.operator, 2, one.role, 4, one.shape, 8, one.home,
                8, one.dropoff, 8, one.booker,
            )
        )  # fmt: skip
    rows.append(_END)
    return memoryview(b"".join(rows))
