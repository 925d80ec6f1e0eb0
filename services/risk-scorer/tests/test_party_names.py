"""Names of people compared, as they are really written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk_scorer.parties.names import name_match, same_surname, surname
from risk_scorer.parties.vocabulary import names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SMITH, John A", "Mr J. Smith"),
        ("Smith, Sam", "S Smith"),
        ("J Smith", "John Smith"),
        ("John Andrew Smith", "John Smith"),
        ("Mrs Foxton", "Foxton"),
        ("Mrs Foxton", "Jane Foxton"),
        ("Dr. Jane Foxton OBE", "jane foxton"),
        ("Jane", "Jane Foxton"),
        ("Bob Jones", "Robert Jones"),
        ("Peggy Foxton", "Margaret Foxton"),
        ("Chris Foxton", "Christine Foxton"),
        ("Chris Foxton", "Christopher Foxton"),
        ("Pat O'Brien", "Patrick OBrien"),
        ("Pat O'Brien", "Patricia O’Brien"),
        ("Jane Smith-Jones", "Mrs Smith Jones"),
        ("Jane Smith-Jones", "Jane Jones"),
        ("Anne-Marie Foxton", "Annemarie Foxton"),
        ("José García", "Jose Garcia"),
        ("Łukasz Wójcik", "Lukasz Wojcik"),
        ("Søren Ørsted", "Soren Orsted"),
        ("Müller", "Herr Müller"),
        ("Katherine Foxton", "Kathrine Foxton"),
        ("Elisabeth Harrington", "Elizabeth Harington"),
        ("Christopher Featherstonehaugh", "Christopher Fetherstonhaugh"),
        ("Mr & Mrs Foxton", "Mrs Foxton"),
        ("John and Mary Foxton", "Mary Foxton"),
        ("FOXTON JANE", "Jane Foxton"),
        ("jane foxton (daughter)", "Jane Foxton"),
        ("Nan Foxton", "Mrs Foxton"),
        ("van der Berg, Anna", "Anna van der Berg"),
        ("Анна Иванова", "анна иванова"),
        ("王小明", "王小明"),
    ],
)
def test_one_person(one: str, other: str) -> None:
    assert name_match(one, other) == "same"
    assert name_match(other, one) == "same"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jane Foxton", "Ian Foxton"),
        ("John A Smith", "John B Smith"),
        ("Maria Lopez", "Mario Lopez"),
        ("Daniel Foxton", "Danielle Foxton"),
        ("Julie Foxton", "Julian Foxton"),
        ("Robert Jones", "William Jones"),
        ("Mr Smith", "Mr Jones"),
        ("Li Wei", "Li Na"),
        ("Анна Иванова", "Ольга Иванова"),
        ("Muhammad Khan", "Imran Khan"),
    ],
)
def test_different_people(one: str, other: str) -> None:
    assert name_match(one, other) == "different"
    assert name_match(other, one) == "different"


@pytest.mark.parametrize(
    "nobody",
    [
        "",
        "Customer",
        "TBC",
        "t.b.c.",
        "Reception",
        "the occupier",
        "N/A",
        "Mr",
        "-",
        "Mum",
        "My nan",
        "UNKNOWN",
        "???",
        "J",
        "J S",
    ],
)
def test_what_names_nobody_is_unknown_beside_anybody(nobody: str) -> None:
    for other in ("Jane Foxton", "Customer", nobody):
        assert name_match(nobody, other) == "unknown"
        assert name_match(other, nobody) == "unknown"


def test_an_initial_proves_nothing_by_itself() -> None:
    assert name_match("J S", "John Smith") == "unknown"
    assert name_match("J", "John Smith") == "unknown"
    assert name_match("J Smith", "Jones") == "unknown"


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_two_names_compare_the_same_way_round_and_back(one: str, other: str) -> None:
    assert name_match(one, other) == name_match(other, one)
    assert name_match(one, one) in ("same", "unknown")


_people = st.lists(st.sampled_from([*sorted(names().given)[:150], "foxton", "smith", "jones"]), min_size=1, max_size=3)


@given(_people, _people, st.sampled_from(["Mr ", "MRS. ", "Dr ", ""]), st.sampled_from([" OBE", "", " Esq"]))
def test_titles_case_and_degrees_change_nothing(one: list[str], other: list[str], title: str, suffix: str) -> None:
    plain = name_match(" ".join(one), " ".join(other))
    assert name_match(f"{title}{' '.join(one).upper()}{suffix}", " ".join(other).title()) == plain


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("SMITH, John A", "smith"),
        ("Mr J. Smith", "smith"),
        ("Mrs Foxton", "foxton"),
        ("Foxton", None),
        ("Jane Foxton OBE", "foxton"),
        ("John Smith, Esq", "smith"),
        ("TBC", None),
        ("J Smith", "smith"),
    ],
)
def test_surnames(name: str, last: str | None) -> None:
    assert surname(name) == last


def test_a_double_barrelled_name_shares_each_half() -> None:
    assert same_surname("Jane Smith-Jones", "Ian Jones")
    assert same_surname("Jane Smith-Jones", "Ian Smith")
    assert not same_surname("Jane Smith-Jones", "Ian Foxton")
    assert not same_surname("Jane", "Jane")
    assert not same_surname("Customer", "Customer")
    assert not same_surname("Anne-Marie Foxton", "Marie Jones")
