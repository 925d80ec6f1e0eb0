"""What an address says of the place, as people and dispatch systems write it: homes stay homes, the rest is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pickup_contracts.booking import Address, Stop
from risk_scorer.premises.judge import judge
from risk_scorer.premises.places import places

_ADDRESSES = Path(__file__).parent / "addresses"
_HOMES = ("residential", "sheltered_housing", "care_home")


def lines(name: str) -> list[list[str]]:
    text = (_ADDRESSES / name).read_text().splitlines()
    return [line.split("|") for line in text if line and not line.startswith("#")]


def at(line1: str, line2: str = "", town: str = "", **fields: str) -> Stop:
    return Stop(address=Address(line1=line1 or None, line2=line2 or None, town=town or None), **fields)  # type: ignore[arg-type]


HOMES = lines("homes.txt")
PLACES = lines("places.txt")


def test_there_are_enough_of_both() -> None:
    assert len(HOMES) >= 120
    assert len(PLACES) >= 130


@pytest.mark.parametrize("address", HOMES, ids=" / ".join)
def test_a_home_is_a_home_or_unknown(address: list[str]) -> None:
    judged = judge(at(*address))
    assert judged.kind in (*_HOMES, "unknown")
    assert judged.residential != "no"


def test_few_homes_stay_unknown() -> None:
    unknown = [address for address in HOMES if judge(at(*address)).residential != "yes"]
    assert len(unknown) <= 8


@pytest.mark.parametrize("address", PLACES, ids=" / ".join)
def test_a_place_is_told(address: list[str]) -> None:
    kind, *written = address
    judged = judge(at(*written))
    assert judged.kind == kind
    assert judged.residential == ("yes" if kind in _HOMES else "no")
    assert judged.source == "text"


@pytest.mark.parametrize(
    "line1",
    ["o/s HSBC", "Outside Santander", "opp Halifax, Bancroft", "in front of Barclays", "nr TSB", "meet at HSBC"],
)
def test_outside_a_bank_is_outside_and_a_bank(line1: str) -> None:
    judged = judge(at(line1, "High St", "Hitchin"))
    assert (judged.kind, judged.outside) == ("bank", True)


@pytest.mark.parametrize(
    "line1", ["Corner of Mill Road & East Road", "cnr Mill Rd/East Rd", "Jct of Mill Rd & East Rd"]
)
def test_a_corner(line1: str) -> None:
    judged = judge(at(line1, "", "Cambridge"))
    assert (judged.kind, judged.street_corner) == ("public_place", True)


def test_a_house_at_a_corner_is_a_house_and_a_flat_above_shops_no_shop() -> None:
    named = judge(at("Corner House", "2 Eastgate Avenue", "Louth"))
    assert (named.residential, named.street_corner) == ("yes", False)
    assert judge(at("Corner of House Lane", "", "Louth")).street_corner
    flat = judge(at("Flat 4, 212 Boundary Parade", "", "Southsea"))
    assert (flat.residential, flat.shopfront) == ("yes", False)
    assert judge(at("212 Boundary Parade", "", "Southsea")).shopfront


def test_a_court_of_law_says_whose() -> None:
    assert judge(at("12 Elm Court", "", "Rugby")).residential == "yes"
    assert judge(at("Flat 4, Elm Court", "", "Rugby")).residential == "yes"
    assert judge(at("Rugby Magistrates Court")).kind == "court"
    assert judge(at("Cambridge County Court")).kind == "court"


@pytest.mark.parametrize("name", ["Lodge", "Court", "House", "Hall", "Grange", "Manor", "Towers", "Mansions"])
def test_a_flat_in_a_block_is_a_home_whatever_the_block_is_called(name: str) -> None:
    for block in ("Willow", "Station", "Crown", "Bank", "College", "Barclay", "Halifax", "Market"):
        assert judge(at(f"Flat 3, {block} {name}", "London Road", "Bexhill")).residential == "yes", block


def _says_what_it_is(brand: tuple[str, ...]) -> bool:
    """ "Boots Pharmacy" is a pharmacy also behind a house number; "Boots" is not."""
    phrases = (brand[i:j] for i in range(len(brand)) for j in range(i + 1, len(brand) + 1))
    return any(phrase in places().words for phrase in phrases)


def test_a_listed_brand_is_a_place_where_it_stands_alone_and_a_home_where_it_names_one() -> None:
    vocabulary = places()
    read = [brand for brand in vocabulary.ordinary if brand in vocabulary.brands]
    assert len(read) > 1000
    for brand in read:
        name = " ".join(brand)
        assert judge(at(name, "High Street", "Ely")).residential == "no", name
        if _says_what_it_is(brand):
            continue
        for home in (f"12 {name} road", f"{name} road", f"flat 2, {name} court", f"{name} cottage", f"{name} farm"):
            assert judge(at(home, "", "Ely")).residential != "no", home
        assert judge(at(f"14 mill lane, {name}", "", "Ely")).residential == "yes", name


@pytest.mark.parametrize("address", [*HOMES, *(address[1:] for address in PLACES)], ids=" / ".join)
def test_case_spacing_and_full_stops_change_nothing(address: list[str]) -> None:
    judged = judge(at(*address))
    shouted = [part.upper() for part in address]
    spaced = [f"  {part.replace(' ', '   ')} " for part in address]
    stopped = [f"{part}." if part else "" for part in address]
    doubled = [part.replace(",", " ,,") for part in address]
    curly = [part.replace("'", "’") for part in address]
    for written in (shouted, spaced, stopped, doubled, curly):
        assert judge(at(*written)) == judged, written


@given(
    st.lists(st.text(max_size=60), min_size=3, max_size=3),
    st.text(max_size=40),
    st.text(max_size=60),
)
def test_any_text_is_judged(parts: list[str], organisation: str, notes: str) -> None:
    judged = judge(at(*parts, organisation=organisation, notes=notes))
    assert 0.0 <= judged.confidence <= 1.0
    assert judged.residential in ("yes", "no", "unknown")
    assert judged.residential == "unknown" or judged.kind != "unknown"


_words = st.sampled_from(
    [
        *(
            "14",
            "flat",
            "2",
            "mill",
            "road",
            "bank",
            "barclays",
            "outside",
            "corner of",
            "the",
            "station",
            "house",
            ",",
        ),
        *("court", "/", "o/s", "car park", "c/o", "lay-by", "opp", "1F2", "Halifax", "market", "&", "-", "(rear)", "é"),
    ]
)


@given(st.lists(_words, max_size=9))
def test_any_order_of_the_words_is_judged_and_its_case_does_not_matter(words: list[str]) -> None:
    text = " ".join(words)
    assert judge(at(text)) == judge(at(text.upper())) == judge(at(f" {text.lower()}  "))
