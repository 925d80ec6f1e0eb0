"""How far two addresses lie apart, when nobody has said."""

from __future__ import annotations

import pytest

from pickup_contracts.booking import Address
from risk_scorer.premises.address_key import distance_m
from risk_scorer.premises.areas import centre


def between(one: str, other: str) -> float | None:
    return distance_m(Address(postcode=one), Address(postcode=other))


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        ("BT74 6NQ", "BT1 5UB", 137),  # Enniskillen to Belfast
        ("IV40 8BA", "IV2 3BW", 125),  # Kyle of Lochalsh to Inverness
        ("SA61 1AA", "SA1 3QQ", 85),  # Haverfordwest to Swansea
        ("SY23 1AA", "SY1 1AA", 110),  # Aberystwyth to Shrewsbury
        ("CT2 1DX", "WC2R 2PH", 100),
        ("EX23 8LQ", "PL1 1AA", 63),  # Bude to Plymouth
    ],
)
def test_from_postcodes_alone(one: str, other: str, km: float) -> None:
    metres = between(one, other)
    assert metres is not None
    assert metres == pytest.approx(km * 1000, rel=0.25)
    assert between(other, one) == pytest.approx(metres)


@pytest.mark.parametrize(
    ("one", "other"),
    [("BT1 5UB", "BT9 6AA"), ("BT18 9AA", "BT1 5UB"), ("NG1 1AA", "NG34 7AA"), ("IV1 1AA", "IV12 4AA")],
)
def test_within_an_area_nothing_is_guessed_at(one: str, other: str) -> None:
    assert between(one, other) is None


def test_of_a_postcode_that_is_none_nothing_is_known() -> None:
    assert between("ZZ1 1AA", "BT1 5UB") is None
    assert between("", "BT1 5UB") is None
    assert centre("bt99") == centre("bt1")
