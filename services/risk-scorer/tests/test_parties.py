"""Who is who: people compared by name, number and e-mail address, as they are really written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pickup_contracts.codec import decode_booking
from risk_scorer.parties.claims import Claim, claim_in_text, claim_of
from risk_scorer.parties.compare import Parties, compare
from risk_scorer.parties.emails import email_key, same_email
from risk_scorer.parties.names import name_match, parts, same_surname, surname
from risk_scorer.parties.phones import phone_key, same_phone
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


@pytest.mark.parametrize(
    "written",
    [
        "07700 900101",
        "+44 7700 900101",
        "+44 (0)7700 900101",
        "0044 7700 900101",
        "447700900101",
        "(07700) 900-101",
        "07700.900.101",
        "tel:+447700900101",
        "07700 900101 ext 2",
        "07700 900101 (daughter)",
        "mob: 07700 900101",
        "07700 900101 / 020 7946 0123",
        "07700 900101 or 020 7946 0123",
        "O77OO 9OO1O1",
    ],
)
def test_one_line_however_it_is_written(written: str) -> None:
    assert phone_key(written) == "+447700900101"


@pytest.mark.parametrize("nothing", ["", "withheld", "Private", "anonymous", "TBC", "0", "00000000000", "123", "n/a"])
def test_no_number_is_unknown_beside_any(nothing: str) -> None:
    assert phone_key(nothing) is None
    assert same_phone(nothing, "07700 900101") is None
    assert same_phone(nothing, nothing) is None


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_none(text: str) -> None:
    key = phone_key(text)
    assert key is None or phone_key(key) == key


def test_one_mailbox() -> None:
    assert email_key(" Jo.Example+taxi@Example.com ") == "jo.example@example.com"
    assert same_email("jo.example@gmail.com", "JoExample+x@googlemail.com") is True
    assert same_email("jo.example@example.com", "joexample@example.com") is False
    assert email_key("mailto:jo@example.com") == "jo@example.com"
    assert email_key("+tag@example.com") == "+tag@example.com"


@pytest.mark.parametrize(
    "nothing", ["", "none", "no@no.com", "none@none.com", "a@b", "@", "withheld", "no-email@x.com"]
)
def test_no_mailbox_is_unknown_beside_any(nothing: str) -> None:
    assert email_key(nothing) is None
    assert same_email(nothing, "jo@example.com") is None
    assert same_email(nothing, nothing) is None


@given(st.text(max_size=30) | st.emails())
def test_any_text_is_a_mailbox_or_none(text: str) -> None:
    key = email_key(text)
    assert key is None or email_key(key.upper()) == key


@pytest.mark.parametrize(
    ("relationship", "claim"),
    [
        ("grandson", Claim(family=True)),
        ("Her NEPHEW", Claim(family=True)),
        ("son-in-law", Claim(family=True)),
        ("daughter in law", Claim(family=True)),
        ("Carer", Claim(carer=True)),
        ("support worker", Claim(carer=True)),
        ("power of attorney", Claim(carer=True)),
        ("next-door neighbour", Claim(close=True)),
        ("family friend", Claim(family=True, close=True)),
        ("booking on behalf of mum", Claim(family=True, on_behalf=True)),
        ("no relation", Claim()),
        ("not related", Claim()),
        ("customer", Claim()),
        ("self", Claim()),
        ("", Claim()),
        ("mason", Claim()),
        ("sonographer", Claim()),
    ],
)
def test_what_is_claimed(relationship: str, claim: Claim) -> None:
    assert claim_of(relationship) == claim


@pytest.mark.parametrize(
    ("note", "claim"),
    [
        ("This is her grandson, she has an envelope for me", Claim(family=True)),
        ("Booked by his nephew", Claim(family=True)),
        ("booked by the customer's carer", Claim(carer=True)),
        ("Booking made on behalf of Mrs Foxton", Claim(on_behalf=True)),
        ("paid by a friend", Claim(close=True)),
        ("Her nephew will be at the door", Claim()),
        ("Take the parcel to my nan", Claim()),
        ("Ring her son if late", Claim()),
        ("This is not a relative", Claim()),
        ("this is son goku street", Claim(family=True)),
        ("", Claim()),
    ],
)
def test_what_a_note_claims(note: str, claim: Claim) -> None:
    assert claim_in_text(note) == claim


def parties(**fields: Any) -> Parties:
    event = {"event_id": "e", "booking_id": "b", "occurred_at": "2026-11-20T11:00:00Z", **fields}
    return compare(decode_booking(json.dumps(event).encode()))


def stop(**contact: str) -> dict[str, Any]:
    return {"address": {"line1": "14 Meadow Close"}, "contact": contact}


def test_unknown_compared_with_anything_is_unknown() -> None:
    nothing = parties()
    assert (nothing.booker_is_pickup_contact, nothing.booker_is_recipient) == ("unknown", "unknown")
    assert not nothing.three_parties
    for nobody in (
        {},
        {"name": "Customer"},
        {"phone": "withheld"},
        {"name": "TBC", "phone": "0", "email": "none@none.com"},
    ):
        for somebody in (
            {},
            {"name": "Jane Foxton"},
            {"phone": "07700 900101"},
            {"name": "J Foxton", "email": "j@example.com"},
        ):
            read = parties(booker=somebody, pickup=stop(**nobody), dropoff=stop(**nobody))
            assert (read.booker_is_pickup_contact, read.booker_is_recipient) == ("unknown", "unknown")
            assert not read.three_parties
            assert not read.same_surname_pickup_dropoff


def test_names_go_before_numbers() -> None:
    # A grandson may book on his grandmother's line: the number is the same, the people are not.
    read = parties(
        booker={"name": "Ian Foxton", "phone": "01763 900123"}, pickup=stop(name="Jane Foxton", phone="01763 900123")
    )
    assert read.booker_is_pickup_contact == "no"
    assert read.pickup_phone_is_booker_phone


def test_a_bare_name_on_another_number_leaves_it_open() -> None:
    booker = {"name": "Mrs Foxton", "phone": "07700 900101"}
    assert (
        parties(booker=booker, pickup=stop(name="Jane Foxton", phone="01763 900123")).booker_is_pickup_contact
        == "unknown"
    )
    assert parties(booker=booker, pickup=stop(name="Jane Foxton")).booker_is_pickup_contact == "yes"
    assert (
        parties(booker=booker, pickup=stop(name="Jane Foxton", phone="+447700900101")).booker_is_pickup_contact == "yes"
    )


def test_a_placeholder_leaves_it_to_the_number() -> None:
    read = parties(
        booker={"name": "Jane Foxton", "phone": "07700 900101"}, pickup=stop(name="Customer", phone="0044 7700 900101")
    )
    assert read.booker_is_pickup_contact == "yes"
    read = parties(
        booker={"name": "Jane Foxton", "phone": "07700 900101"}, pickup=stop(name="Customer", phone="07700 900102")
    )
    assert read.booker_is_pickup_contact == "no"


def test_by_mailbox() -> None:
    booker = {"email": "Jane+taxi@example.com"}
    assert parties(booker=booker, dropoff=stop(email="jane@EXAMPLE.com")).booker_is_recipient == "yes"
    assert parties(booker=booker, dropoff=stop(email="ian@example.com")).booker_is_recipient == "no"


def test_three_parties() -> None:
    booker = {"name": "Ian Foxton", "phone": "07700 900101"}
    assert parties(booker=booker, pickup=stop(name="Jane Foxton"), dropoff=stop(name="A Stranger")).three_parties
    assert not parties(booker=booker, pickup=stop(name="Jane Foxton"), dropoff=stop(name="I Foxton")).three_parties


def test_claims_come_from_the_field_and_from_notes() -> None:
    read = parties(booker={"name": "Ian", "relationship": "carer"}, notes={"driver": "Booked on behalf of Mrs Foxton"})
    assert (read.claims_family, read.claims_carer, read.claims_on_behalf, read.claims_in_text) == (
        True,
        True,
        True,
        True,
    )
    assert not parties(notes={"driver": "ring her son"}).claims_in_text


def test_a_placeholder_is_no_first_name() -> None:
    assert parties(booker={"name": "Jane"}).first_name_only_booker
    assert not parties(booker={"name": "Customer"}).first_name_only_booker
    assert not parties(booker={"name": "Mrs Foxton"}).first_name_only_booker
    assert parts("Customer") == ()
