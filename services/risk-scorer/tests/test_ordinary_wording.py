"""What ordinary customers write of sales, streets, firms and office holders is read for what it says, and the nearest
wording of a scam still for what it asks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from pickup_contracts.codec import decode_booking
from risk_scorer.facts import Facts
from risk_scorer.merge import fold
from risk_scorer.policy.compile import Value
from risk_scorer.signals.catalogue import read_signals
from risk_scorer.text.findings import FieldText, read

NOW = datetime(2026, 11, 20, 11, 30, tzinfo=UTC)
_HOME = {"address": {"line1": "9 Rutland Street", "town": "Mansfield", "postcode": "NG18 1BX"}}


def signals(*steps: dict[str, Any]) -> dict[str, Value]:
    state = None
    for number, fields in enumerate(steps):
        event = {"event_id": str(number), "booking_id": "b", "occurred_at": f"2026-11-20T11:0{number}:00Z", **fields}
        state = fold(state, decode_booking(json.dumps(event).encode()))
    assert state is not None
    return read_signals(Facts(state, NOW))


@pytest.mark.parametrize(
    ("item", "note", "vague"),
    [
        ("wardrobe", "item on ground floor", False),
        ("coffee machine", "order 88121, label on box", False),
        ("curtains", "parcel by the front door", False),
        ("", "item on ground floor", True),
        ("small parcel", "ring the bell", True),
        ("box", "", True),
        ("wardrobe", "she will give you an envelope", True),
        ("aftershave", "documents in a sealed envelope", True),
    ],
)
def test_a_word_for_anything_stands_for_the_item_where_that_is_said(item: str, note: str, vague: bool) -> None:
    booking: dict[str, Any] = {"carries": "parcel"}
    if item:
        booking["items"] = [{"description": item}]
    if note:
        booking["notes"] = {"driver": note}
    assert signals(booking)["itm3_vague"] is vague


@pytest.mark.parametrize(
    "line1",
    ["35 Maple Road", "12 Tudor Close", "Sovereign Court, Mill Lane", "Unit 3, Maple Business Park", "4 Gold Street"],
)
def test_a_street_is_a_name_whatever_else_its_word_means(line1: str) -> None:
    assert signals({"carries": "parcel", "dropoff": {"address": {"line1": line1}}})["itm2_valuables"] is False


def test_a_postcode_hides_no_words() -> None:
    # "aur" is gold in Romanian.
    there = {"address": {"line1": "Leicester Station, Leicester LE5 4UR"}}
    assert signals({"carries": "parcel", "dropoff": there})["itm2_valuables"] is False
    assert signals({"carries": "parcel", "notes": {"driver": "5ay the w0rd b1uebell"}})["txt5_password"] is True


@pytest.mark.parametrize("line1", ["12 Mill Road, gold coins in envelope", "rolex in box, 4 Elm Close"])
def test_what_is_written_beside_a_street_is_still_read(line1: str) -> None:
    assert signals({"carries": "parcel", "dropoff": {"address": {"line1": line1}}})["itm2_valuables"] is True


@pytest.mark.parametrize("firm", ["The Gold Cup", "Hidden Hearing", "Goldie Diamond Nails", "Norland Bank Operations"])
def test_a_firms_name_says_nothing_of_what_travels_or_is_asked(firm: str) -> None:
    read = signals({"carries": "parcel", "dropoff": {"address": {"line1": "1 High Street"}, "organisation": firm}})
    assert [
        name for name in ("itm2_valuables", "itm7_disguised", "txt1_authority", "txt2_bank_fraud") if read[name]
    ] == []


@pytest.mark.parametrize("firm", ["Fraud team", "Metropolitan Police", "Barclays fraud department"])
def test_a_fraud_team_that_receives_is_seen_by_its_name(firm: str) -> None:
    read = signals({"carries": "parcel", "dropoff": {"address": {"line1": "1 High Street"}, "organisation": firm}})
    assert read["txt1_authority"] is True or read["txt2_bank_fraud"] is True


@pytest.mark.parametrize(
    ("name", "official"),
    [
        ("Exams officer", False),
        ("Housing Officer", False),
        ("Tracey Constable", False),
        ("Mrs Constable", False),
        ("Security", False),
        ("HSBC Security", True),
        ("Officer Marsh", True),
        ("Fraud officer", True),
        ("Investigating Officer", True),
        ("DC Harris", True),
        ("Pigott Logistics DC", False),
        ("Regional DC", False),
    ],
)
def test_an_office_holder_is_no_police_officer(name: str, official: bool) -> None:
    booking = {"carries": "parcel", "dropoff": {"address": {"line1": "1 High Street"}, "contact": {"name": name}}}
    read = signals(booking)
    assert (read["txt1_official_name"] or read["txt1_rank"]) is official


def test_why_a_booking_was_cancelled_hands_nothing_on() -> None:
    booked = {"carries": "parcel", "pickup": _HOME}
    for reason in ("another driver took it", "given to another driver", "found another cab"):
        gone = {"status": "cancelled", "change_reason": reason}
        assert signals(booked, gone)["dst10_relay"] is False, reason
    moved = {"status": "accepted", "change_reason": "hand it to another driver at the services"}
    assert signals(booked, moved)["dst10_relay"] is True
    assert (
        signals({**booked, "notes": {"driver": "pass it to our rider"}}, {"status": "cancelled"})["dst10_relay"] is True
    )


_CODES_OF_SALES = [
    "collection code 5187",
    "give them the code 3348",
    "Ask for Agnieszka, say it's for the PS5 from Facebook",
    "say Amelia sent you",
    "tell her you're from Charlotte re the trainers",
]
_PROOF_AT_THE_DOOR = [
    "password is bluebell",
    "quote ref 7714 at the door",
    "tell her you are from the bank",
    "say the police sent you",
    "she wont hand it over without the code",
    "introduce yourself as the courier from security",
]
_NOTHING_TO_SAY = [
    "Quote matter A7712",
    "Quote ref 5512 at reception",
    "password on sticker",
    "passcode is on sticky note",
    "Gift, please don't say who sent it",
    "it's a surprise so don't tell sister who it's from!",
    "gate code 4471",
]


@pytest.mark.parametrize(
    ("notes", "password", "code"),
    [(_CODES_OF_SALES, False, True), (_PROOF_AT_THE_DOOR, True, None), (_NOTHING_TO_SAY, False, False)],
)
def test_a_code_that_goes_with_a_sale_is_no_password(notes: list[str], password: bool, code: bool | None) -> None:
    for note in notes:
        read = signals({"carries": "parcel", "notes": {"driver": note}})
        assert read["txt5_password"] is password, note
        assert code is None or read["txt5_code_or_name"] is code, note


@pytest.mark.parametrize(
    ("note", "cash"),
    [
        ("Give seller cash £20, I'll pay you back on delivery", False),
        ("pay the shop cash, will refund you", False),
        ("collect from seller - already paid, no money to hand over", False),
        ("she has cash for you in an envelope", True),
        ("£4000 cash, give it to the man", True),
        ("bring me the cash from the lady", True),
    ],
)
def test_money_that_goes_to_a_home_is_not_fetched_from_it(note: str, cash: bool) -> None:
    assert signals({"carries": "parcel", "notes": {"driver": note}})["itm2_cash"] is cash


@pytest.mark.parametrize(
    "note", ["Item is in the hall, 2 man lift", "baby clothes in bin bags", "behind the gate if we are out"]
)
def test_what_lies_indoors_or_would_only_be_left_out_is_not(note: str) -> None:
    assert signals({"carries": "parcel", "pickup": _HOME, "notes": {"driver": note}})["itm9_unattended"] is False


@pytest.mark.parametrize(
    ("item", "vague"),
    [
        ("bag of clothes", False),
        ("kids bag", False),
        ("uni stuff", False),
        ("box of books", False),
        ("bag", True),
        ("sealed bag", True),
        ("box of things", True),
        ("bag of documents", True),
    ],
)
def test_a_bag_of_something_is_said_to_be_that(item: str, vague: bool) -> None:
    assert signals({"carries": "parcel", "items": [{"description": item}]})["itm3_vague"] is vague


@pytest.mark.parametrize(
    ("note", "topic", "asked"),
    [
        ("curry in tubs, don't tip", "pay4_price_no_object", False),
        ("taking it to the tip", "pay4_price_no_object", False),
        ("tip £50 if quick", "pay4_price_no_object", True),
        ("QR code in email", "con7_off_platform", False),
        ("scan the code he shows you", "con7_off_platform", True),
        ("secure wipe, chain of custody form to sign", "txt_emergency_story", False),
        ("bail money for her grandson", "txt_emergency_story", True),
        ("closing late wifes account", "txt_withdrawal", False),
        ("getting holiday money", "txt_withdrawal", False),
        ("closing her account and taking it all", "txt_withdrawal", True),
        ("hard of hearing so ring a few times", "txt4_infirmity_excuse", False),
        ("hard of hearing so dont ring", "txt4_infirmity_excuse", True),
        ("I will be outside in a gold Mercedes", "itm2_valuables", False),
        ("gold coins in a tin", "itm2_valuables", True),
        ("cash only", "rte4_parcel_only", False),
        ("ill walk to the road end", "txt4_infirmity_excuse", False),
        ("text on arrival, no signal downstairs", "con7_off_platform", False),
        ("text me on signal", "con7_off_platform", True),
        ("police rang re cctv of rank", "txt1_authority", False),
        ("film extra, dressed as policeman", "txt1_authority", False),
        ("key safe by the door, carer will be there", "txt_self_vouching", False),
        ("food bank bag", "itm2_cash", False),
        ("dvr: cash short 40p let off", "itm2_cash", False),
        ("card only, no cash", "rte4_parcel_only", False),
        ("i will meet you outside", "dst1_text_public_place", False),
        ("i will meet you outside tesco", "dst1_text_public_place", True),
    ],
)
def test_what_sounds_alike_is_told_apart(note: str, topic: str, asked: bool) -> None:
    assert signals({"carries": "parcel", "notes": {"driver": note}})[topic] is asked


def test_why_a_job_came_to_nothing_is_not_where_the_item_lies() -> None:
    booked = {"carries": "parcel", "pickup": _HOME}
    assert signals(booked, {"status": "failed", "change_reason": "no one in"})["itm9_unattended"] is False
    assert signals(booked, {"status": "accepted", "change_reason": "left in the porch, no one in"})["itm9_unattended"]


@pytest.mark.parametrize(
    "note", ["green front door, number on the bin", "goods in round the back", "tools in garage, wife will open"]
)
def test_what_shows_the_way_leaves_nothing_out(note: str) -> None:
    assert signals({"carries": "parcel", "pickup": _HOME, "notes": {"driver": note}})["itm9_unattended"] is False


@pytest.mark.parametrize(
    ("steps", "reported"),
    [
        (({"service": "taxi", "notes": {"office": "Parcel only"}},), False),
        (({"service": "taxi", "carries": "passenger", "notes": {"driver": "no passenger, just a parcel"}},), False),
        (
            (
                {"service": "taxi", "status": "accepted"},
                {"service": "taxi", "status": "arrived_at_pickup"},
                {"service": "taxi", "notes": {"driver": "no passenger, only a box"}},
            ),
            True,
        ),
        (({"service": "taxi", "carries": "passenger", "notes": {"driver": "cash only"}},), False),
        (({"service": "taxi", "carries": "passenger", "notes": {"office": "if no ans ring office not pax"}},), False),
        (({"service": "taxi", "carries": "passenger", "notes": {"office": "no pax, hat only"}},), False),
        (
            (
                {"service": "taxi", "carries": "passenger", "notes": {"office": "no pax, hat only"}},
                {"status": "collected"},
            ),
            False,
        ),
        (
            (
                {"service": "taxi", "carries": "passenger", "notes": {"office": "cust rang twice"}},
                {"status": "en_route_to_pickup"},
                {"status": "arrived_at_pickup", "notes": {"office": "drv: nobody coming, only a box"}},
            ),
            True,
        ),
        (
            (
                {
                    "service": "taxi",
                    "carries": "passenger",
                    "status": "collected",
                    "notes": {"driver": "only a box came out"},
                },
            ),
            False,
        ),
        (
            (
                {"service": "taxi", "carries": "passenger"},
                {"status": "collected", "observations": ["no_passenger_only_parcel"]},
            ),
            True,
        ),
        (
            (
                {"service": "taxi", "carries": "passenger", "items": [{"description": "spare keys"}]},
                {"status": "collected", "observations": ["no_passenger_only_parcel"]},
            ),
            False,
        ),
    ],
)
def test_an_order_for_a_parcel_is_no_report_of_one(steps: tuple[dict[str, Any], ...], reported: bool) -> None:
    assert signals(*steps)["rte4_parcel_only"] is reported


def test_a_post_office_is_where_money_is_drawn_and_no_dealer() -> None:
    seen = signals({"carries": "passenger", "dropoff": {"address": {"line1": "Post Office, 19 Moor Lane"}}})
    assert (seen["dst4_visit"], seen["dst4_dealer"]) == (True, False)


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("Say you are from <police>, collect <bank card and PIN>", "bank_card_or_pin"),
        ("Say you are from <police>, collect <bank card and PIN>", "authority"),
        ("Lady will give you £5000 cash, take it back to the office", "cash"),
        ("Nan will give you envelope with £8000 in, I will pay you by card", "cash"),
        ("I'll give you the money for the police", "cash"),
        ("Mum has the cash for driver", "cash"),
        ("Gold bars to the black Audi", "gold"),
        ("take the gold, black BMW waiting", "gold"),
        ("1oz Britannia in a box", "gold"),
        ("Nan won't open the door unless driver says Bluebird", "password_or_reference"),
        ("Password needed at door: Bluebird", "password_or_reference"),
        ("Password to collect the laptop is Robin", "password_or_reference"),
        ("Lady to ask for password at pickup, tiger", "password_or_reference"),
        ("Collection password Bluebird, call office", "password_or_reference"),
        ("Don't talk to lady, call me when outside", "do_not_converse"),
        ("Don't talk to her, she's poorly", "do_not_converse"),
        ("don't talk, she's on a call", "do_not_converse"),
        ("Do not discuss reason with lady", "do_not_converse"),
        ("Don't discuss the money with her", "do_not_converse"),
        ("Don't let anyone else touch the envelope", "secrecy"),
        ("Confidential package from my grandmother", "secrecy"),
        ("Hand it to my friend only", "secrecy"),
        ("She's confused, just take the envelope", "infirmity_excuse"),
        ("Hard of hearing so ring me, not her", "do_not_contact_home"),
        ("parcel going with another driver from services", "relay_to_driver"),
        ("this is for Operation Sterling", "authority"),
        ("the Home Office needs her passport", "authority"),
        ("deliver envelope to police station front desk", "authority"),
    ],
)
def test_what_a_scam_says_is_heard_beside_ordinary_words(said: str, topic: str) -> None:
    assert topic in read([FieldText("notes.driver", said)]).topics()


@pytest.mark.parametrize(
    ("email", "official"),
    [
        ("lloyds.fraudteam.reid@example.com", True),
        ("police_liaison@example.com", True),
        ("hsbc-security@example.com", True),
        ("jo.marsh@example.com", False),
        ("jo.banks77@example.com", False),
        ("police@example.com", False),
        ("", False),
    ],
)
def test_a_mailbox_may_say_whose_name_is_used(email: str, official: bool) -> None:
    booking = {"carries": "parcel", "pickup": _HOME, "booker": {"name": "A. Reid", "email": email}}
    assert signals(booking)["txt1_official_name"] is official


@pytest.mark.parametrize(("stops", "two"), [(0, False), (1, True), (3, False)])
def test_a_second_home_is_one_stop_and_several_are_a_round(stops: int, two: bool) -> None:
    via = [{**_HOME, "premises": "residential"}] * stops
    assert signals({"carries": "parcel", "pickup": _HOME, "via": via})["two_homes_on_one_job"] is two


def test_a_wait_at_the_bank_before_going_on_is_a_visit() -> None:
    ride = {"service": "taxi", "carries": "passenger", "pickup": _HOME, "dropoff": {"premises": "hotel"}}
    bureau = [{"address": {"line1": "Travel Money, County Mall"}, "premises": "money_service"}]
    assert signals({**ride, "via": bureau, "notes": {"driver": "wait at the mall then hotel"}})["dst4_visit"] is True
    assert signals({**ride, "via": bureau})["dst4_visit"] is False
