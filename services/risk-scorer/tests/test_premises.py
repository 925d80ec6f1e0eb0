"""What kind of place a stop is: the operator's word, else what the address says, else nobody knows."""

from __future__ import annotations

import pytest

from pickup_contracts.booking import Address, Stop
from risk_scorer.premises.address_key import address_keys
from risk_scorer.premises.judge import judge


def at(line1: str) -> Address:
    return Address(line1=line1, town="Royston", postcode="SG8 5AA", country="GB")


@pytest.mark.parametrize(
    ("line1", "residential"),
    [
        ("14 Meadow Close", "yes"),
        ("Flat 2, 14 Mill Rd", "yes"),
        ("Rose Cottage, Church Lane", "yes"),
        ("Car park, Station Approach", "no"),
        ("Barclays, High Street", "no"),
        ("Royston Railway Station", "no"),
        ("Unit 4, Trade Park", "no"),
    ],
)
def test_from_the_address(line1: str, residential: str) -> None:
    assert judge(Stop(address=at(line1))).residential == residential


def test_the_operators_word_comes_first() -> None:
    judged = judge(Stop(address=at("14 Meadow Close"), premises="business"))
    assert (judged.kind, judged.residential, judged.source) == ("business", "no", "operator")


def test_nothing_is_known_of_nothing() -> None:
    judged = judge(Stop())
    assert (judged.kind, judged.residential, judged.confidence) == ("unknown", "unknown", 0.0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (at("14 Meadow Close"), at("14, MEADOW CL.")),
        (at("Flat 2, 14 Mill Rd"), at("2/14 Mill Road")),
        (at("14 Meadow Close"), Address(line1="14 Meadow Close, Royston", postcode="SG85AA")),
    ],
)
def test_spelling_does_not_part_an_address(one: Address, other: Address) -> None:
    assert set(address_keys(one)) & set(address_keys(other))


def test_neighbours_are_not_the_same() -> None:
    assert not set(address_keys(at("14 Meadow Close"))) & set(address_keys(at("16 Meadow Close")))
    assert not set(address_keys(at("Flat 2, 14 Mill Rd"))) & set(address_keys(at("Flat 3, 14 Mill Rd")))
