"""When a stop that was changed is the same door still, or the next one, and when it is another place."""

from __future__ import annotations

from typing import Any

import pytest

from pickup_contracts.booking import Address, Stop
from risk_scorer.premises.nearby import put_right, same_place


def at(
    line1: str,
    town: str | None = "Hull",
    postcode: str | None = None,
    *,
    lat: float | None = None,
    lon: float | None = None,
    line2: str | None = None,
    **more: Any,
) -> Stop:
    """A stop with this address, and its own fields as they are given."""
    return Stop(address=Address(line1=line1, line2=line2, town=town, postcode=postcode, lat=lat, lon=lon), **more)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (at("92 Cromwell Road"), at("94 Cromwell Rd")),
        (at("92 Cromwell Road", postcode="HU6 1NH"), at("94 Cromwell Road", postcode="HU6 1NH")),
        (at("92 Cromwell Road, Hull HU6 1NH", None), at("12 Larch Grove", None, "hu61nh")),
        (at("Unit 9 Priory Industrial Estate"), at("Unit 11, Priory Industrial Estate", organisation="Returns Centre")),
        (at("26 Old Mill Lodge, Market Gardens", postcode="W4 8XT"), at("28 Old Mill Lodge", postcode="W4 8XT")),
        (at("11 Elm Row", lat=53.74, lon=-0.33), at("2 Larch Grove", lat=53.7405, lon=-0.331)),
        (at("Liverpool Lime Street", "Liverpool"), at("Liverpool Lime Street", "Liverpool", "L1 1JD")),
        (at("14 Mill Lane"), at("14 Mill Lane", postcode="HU6 1NH")),
        (at("94 Westfield Lane"), at("94 Westfield Lane", line2="Goods In")),
        (
            at("Exeter General Hospital, 81 Lansdowne Road"),
            at("Exeter General Hospital, 81 Lansdowne Road", line2="Ward 4"),
        ),
        (at("5 Bank Way", postcode="HU1 2AA", premises="education"), at("7 Bank Way", "Hull", "HU1 2AB")),
    ],
)
def test_what_was_put_right_or_is_next_door(before: Stop, after: Stop) -> None:
    assert put_right(before, after)
    assert put_right(after, before)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (at("92 Cromwell Road"), at("3 Larch Grove")),
        (at("92 Station Road"), at("Car park, Station Road")),
        (at("92 Station Road"), at("Station Road")),
        (at("92 Station Road"), at("Outside 94 Station Road")),
        (at("92 Station Road"), at("Costa, 94 Station Road", organisation="Costa")),
        (at("92 Station Road"), at("94 Station Road", premises="hotel")),
        (at("14 Mill Lane"), at("outside 14 Mill Lane")),
        (at("92 Station Road"), at("92 Station Road", "London")),
        (at("92 Station Road", None), at("94 Station Road", None)),
        (at("12 London Road"), at("380 London Road")),
        (at("Costa, 12 High Street", organisation="Costa"), at("Greggs, 40 High Street", organisation="Greggs")),
        (at("92 Station Road", postcode="HU6 1NH"), at("94 Station Road", postcode="HU9 4AA")),
        (at("11 Elm Row", lat=53.74, lon=-0.33), at("13 Elm Row", lat=53.75, lon=-0.33)),
        (at("Hull Station"), at("Station car park")),
        (at("92 Cromwell Road"), Stop()),
        (Stop(), at("92 Cromwell Road")),
    ],
)
def test_another_place_is_another_place(before: Stop, after: Stop) -> None:
    assert not put_right(before, after)


def test_next_door_is_not_the_same_place() -> None:
    assert same_place(at("92 Cromwell Road"), at("92, Cromwell Rd.", postcode="HU6 1NH"))
    assert not same_place(at("92 Cromwell Road"), at("94 Cromwell Road"))
