"""The same words are a finding where staff write them and family life where a customer does; and what a note says of a
place, a stop or a hand-over is read for what it says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from pickup_contracts.codec import decode_booking
from risk_scorer import shapes
from risk_scorer.facts import Facts
from risk_scorer.merge import fold
from risk_scorer.policy.compile import Value
from risk_scorer.signals.catalogue import read_signals

NOW = datetime(2026, 11, 20, 11, 30, tzinfo=UTC)


def facts(*steps: dict[str, Any]) -> Facts:
    state = None
    for number, fields in enumerate(steps):
        event = {"event_id": str(number), "booking_id": "b", "occurred_at": f"2026-11-20T11:0{number}:00Z", **fields}
        state = fold(state, decode_booking(json.dumps(event).encode()))
    assert state is not None
    return Facts(state, NOW)


def signals(*steps: dict[str, Any]) -> dict[str, Value]:
    return read_signals(facts(*steps))


#: What customers write of themselves, their families and their things.
OF_THEMSELVES = [
    "ex wife, just take the bag, shes not happy with me",
    "she wasnt happy with the colour so its going back",
    "hes not sure about the size, returning it",
    "my mum is worried about the parcel getting wet",
    "something up with the screen so its going for repair",
    "she is picking something up for the family",
    "she feels a bit off today, go slow please",
    "sounds odd but the house is behind the church",
    "the driver was not happy about the stairs last time",
    "she refused to take her medicine yesterday",
    "they dont like the look of the new sofa",
    "dad isnt comfortable with steps",
    "cat is very odd with strangers",
    "suspect the shop sent the wrong part",
    "she was scammed last year so she may be nervous",
    "he is wary of scammers, please be patient",
    "had a scam call yesterday so she may be nervous",
    "two man, inventory attached",
]
#: What only a driver or an office would write, wherever they do.
UNMISTAKABLE = [
    "think this is a scam, told her not to hand it over",
    "sounds like a con to me",
    "driver not happy about this one",
    "caller sounded dodgy",
    "suspicious booking, ring office",
    "this one doesnt feel right",
    "looks like courier fraud",
    "poss scam, check with duty manager",
    "driver declined, thinks shes being scammed",
    "controller has concerns about this job",
    "rang police about this job",
    "alarm bells with this caller",
]


@pytest.mark.parametrize("said", OF_THEMSELVES)
def test_what_customers_write_of_themselves_is_no_finding(said: str) -> None:
    for booking in ({"notes": {"driver": said}}, {"items": [{"description": said}]}, {"reference": said[:40]}):
        assert signals(booking)["staff_suspects"] is False, booking


@pytest.mark.parametrize("said", UNMISTAKABLE)
def test_what_only_staff_write_is_a_finding_in_any_note(said: str) -> None:
    assert signals({"notes": {"driver": said}})["staff_suspects"] is True
    assert signals({"notes": {"office": said}})["staff_suspects"] is True


@pytest.mark.parametrize("said", ["shes not happy with this", "didnt like the look of it", "worried about this lady"])
def test_what_might_be_either_is_a_finding_where_staff_write(said: str) -> None:
    taken = {"status": "requested", "notes": {"driver": "ring on arrival"}}
    there = {"status": "arrived_at_pickup"}
    assert signals({"notes": {"office": said}})["staff_suspects"] is True
    assert signals(taken, there, {"status": "arrived_at_pickup", "notes": {"driver": said}})["staff_suspects"] is True
    assert signals({"notes": {"driver": said}})["staff_suspects"] is False


@pytest.mark.parametrize("reference", ["CONS 4471", "CON-2281", "SUS 12", "SCAM-CHECK 4", "FRAUD-PREV-77", "RIP 3"])
def test_a_reference_is_nobodys_finding(reference: str) -> None:
    there = {"status": "arrived_at_pickup", "notes": {"driver": "at the door"}}
    for steps in ([{"reference": reference}], [{"reference": reference}, {"status": "en_route_to_pickup"}, there]):
        read = signals(*steps)
        assert read["staff_suspects"] is False
        assert read["pre5_sender_surprised"] is False
    assert signals({"items": [{"description": reference}]})["staff_suspects"] is False


def _stories(here: str, there: str, firm: str = "") -> Value:
    return signals(
        {
            "carries": "parcel",
            "items": [{"description": here}],
            "dropoff": {
                "address": {"line1": "14 King Street", "town": "Hereford"},
                **({"organisation": firm} if firm else {}),
                **({"notes": there} if there else {}),
            },
        }
    )["txt11_two_stories"]


@pytest.mark.parametrize(
    ("here", "there", "firm"),
    [
        ("will + mothers rings for probate", "", "Wye Valley Solicitors"),
        ("mums wedding ring", "signature from the solicitor please", ""),
        ("mums wedding ring", "hand to the accountant", "Pryce Accountants"),
        ("gold chain for repair", "ask for accounts dept", ""),
        ("grandads watch", "give it to the solicitor, nobody else", ""),
        ("jewellery for valuation", "solicitor will sign for it", ""),
        ("cash takings", "accounts office closes at 4", ""),
        ("gold sovereigns", "contracts manager on the first floor", ""),
        ("float, £200 cash", "via solicitors entrance", ""),
        ("necklace", "", "Harcourt Tax & Accounts"),
    ],
)
def test_whom_it_is_given_to_is_no_second_story(here: str, there: str, firm: str) -> None:
    assert _stories(here, there, firm) is False


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("solicitors papers", "count the cash when it comes"),
        ("birthday present", "its her bank card, cut it up"),
        ("gift for my niece", "the gold coins are in the bottom"),
        ("contract for the solicitor", "cash inside, £8,000"),
        ("prescription", "her rolex is wrapped in it"),
        ("cash from nan", "say its the contract"),
        ("bundle of cash", "birthday present, dont open"),
        ("her rings", "its only probate documents"),
        ("school books", "£50s between the pages, count them"),
        ("house keys", "necklace and bracelets in the bag"),
    ],
)
def test_two_stories_are_still_seen(here: str, there: str) -> None:
    assert _stories(here, there) is True


_HOME = {"address": {"line1": "9 Rutland Street", "town": "Mansfield", "postcode": "NG18 1BX"}}
_THERE = {**_HOME, "contact": {"name": "Craig's missus", "phone": "07700 900 083"}}
_BOOKER = {"name": "Craig Tomlin", "phone": "07700 900 084"}


def _unattended(note: str, *, item: str = "", pickup: dict[str, Any] = _THERE) -> Value:
    return signals(
        {
            "carries": "parcel",
            "pickup": pickup,
            "booker": _BOOKER,
            **({"notes": {"driver": note}} if note else {}),
            **({"items": [{"description": item}]} if item else {}),
        }
    )["itm9_unattended"]


@pytest.mark.parametrize(
    "note",
    [
        "drill bit case left on the side",
        "left it on the kitchen table",
        "laptop is on the desk in the study",
        "bag left in the hallway",
        "box left on the sideboard",
        "its in the porch, wife will hand it to you",
        "parcel in the porch, mum is in all day",
        "left by the front door, my flatmate will give it to you",
        "box is in the shed, ring and he will fetch it",
        "in the garage, i'll get it for you",
        "left on the bed, someone will be in",
    ],
)
def test_where_a_thing_lies_in_a_home_with_somebody_in_it_is_no_hand_over_to_nobody(note: str) -> None:
    assert _unattended(note) is False
    assert _unattended("", item=note) is False


@pytest.mark.parametrize(
    "note",
    [
        "parcel left in the porch",
        "left on the side of the house",
        "on the side by the bins",
        "left in the hallway, communal door is open",
        "left on the step",
        "on the side in the porch, no need to knock",
        "left on the kitchen table, door unlocked, dont knock",
        "behind the bin, she wont be in",
        "in the shed, nobody will be in",
        "its on the wall, just grab it",
    ],
)
def test_what_is_left_out_for_a_driver_is_still_seen(note: str) -> None:
    assert _unattended(note) is True


def test_left_on_the_side_counts_where_nobody_can_be_asked() -> None:
    note = "parcel left on the side"
    assert _unattended(note) is False
    assert _unattended(note, pickup=_HOME) is True
    assert _unattended(note, pickup={**_HOME, "contact": {"name": "Mrs Orme", "phone": "07700 900 084"}}) is True


def _ride(line1: str, *, note: str = "", via: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "service": "taxi",
        "carries": "passenger",
        "pickup": {**_HOME, "contact": {"name": "Mrs Bevan"}},
        "dropoff": {"address": {"line1": line1, "town": "Swansea"}},
        **({"notes": {"driver": note}} if note else {}),
        **({"via": [via]} if via else {}),
        **more,
    }


def _via(line1: str, **more: Any) -> dict[str, Any]:
    return {"address": {"line1": line1, "town": "Swansea"}, **more}


_TO_THE_BANK = [
    _ride("Trostre retail park, car park", via=_via("Lloyds, Woodfield Street", notes="15 mins while she goes in")),
    _ride("12 Elm Row", via=_via("Woodfield Street", premises="bank"), wait_and_return=True),
    _ride("Morrisons", via=_via("NatWest, High Street", notes="she needs to go in")),
    _ride("12 Elm Row", via=_via("Post Office, Fore Street", notes="wait while mum draws some out")),
    _ride("12 Elm Row", via=_via("Ramsdens, High St", notes="nip in and out then home")),
    _ride("12 Elm Row", via=_via("Nationwide Building Society"), wait_s=900),
    _ride("the black horse branch, Market Place"),
    _ride("her branch, Market Place"),
    _ride("12 Elm Row", via=_via("The bank counter, Fore Street", notes="she goes in, 10 mins")),
    _ride("Banking hub, Fore Street"),
    _ride("High Street", note="to the branch so she can draw some out"),
    _ride("Market Place", note="stop at lloyds while she gets some out"),
    _ride("Market Place", note="going to the building society to withdraw money"),
]
_ELSEWHERE = [
    _ride("12 Elm Row", via=_via("Lloyds, Woodfield Street")),
    _ride("12 Elm Row", via=_via("Tesco, High Street", notes="10 mins while she goes in")),
    _ride("Olive Branch, Market Place"),
    _ride("Library branch, Market Place"),
    _ride("12 Elm Row", note="stop at the cashpoint for your fare"),
    _ride("12 Elm Row", note="past the bank on the corner"),
    _ride("Market Place", note="get some shopping out of the boot"),
    _ride("The Arts Centre", note="gets out by the doors"),
    _ride("12 Bank Street", note="help her get some air"),
    _ride("14 Branch Road"),
]


@pytest.mark.parametrize("ride", _TO_THE_BANK)
def test_a_visit_to_a_bank_however_it_is_put(ride: dict[str, Any]) -> None:
    assert signals(ride)["dst4_visit"] is True
    assert facts(ride).shape & shapes.TO_VALUABLES


@pytest.mark.parametrize("ride", _ELSEWHERE)
def test_a_ride_that_visits_no_bank(ride: dict[str, Any]) -> None:
    assert signals(ride)["dst4_visit"] is False


def test_a_parcel_that_passes_a_bank_visits_none() -> None:
    parcel = {**_ride("12 Elm Row", via=_via("Lloyds, Woodfield Street"), wait_s=600), "carries": "parcel"}
    assert signals(parcel)["dst4_visit"] is False


@pytest.mark.parametrize(
    ("said", "company"),
    [
        ("phone, laptop and company credit card", True),
        ("leaver: corporate card and pass", True),
        ("fuel card and van keys", True),
        ("work debit card, laptop", True),
        ("procurement card and phone", True),
        ("her bank card", False),
        ("old debit card", False),
        ("business cards, 2 boxes", False),
        ("card and pin for the office", False),
        ("cards for the company christmas party", False),
    ],
)
def test_a_firms_card_is_not_a_persons(said: str, company: bool) -> None:
    assert signals({"carries": "parcel", "items": [{"description": said}]})["itm1_company_card"] is company


def test_one_number_is_one_party_whatever_it_is_called() -> None:
    def three(recipient: dict[str, str]) -> Value:
        return signals(
            {
                "carries": "parcel",
                "pickup": {**_HOME, "contact": {"name": "Groom's mum", "phone": "07700900070"}},
                "dropoff": {"address": {"line1": "Register Office"}, "contact": recipient},
                "booker": {"name": "Kofi Mensah", "phone": "07700900071"},
            }
        )["bkr1_three_parties"]

    assert three({"name": "Best man Kofi", "phone": "07700 900071"}) is False
    assert three({"name": "Mr Lennox", "phone": "07700900072"}) is True
    assert three({"name": "Mr Lennox"}) is True


@pytest.mark.parametrize(
    ("booker", "firm", "same"),
    [
        ("Williams Law", "Williams Law", True),
        ("Williams Law", "Williams Law LLP", True),
        ("Robson Bennett LLP", "Robson Bennett", True),
        ("Anwen", "Anwen Cakes", False),
        ("Mr Carter", "Williams Law", False),
        ("Williams Law", "", False),
    ],
)
def test_a_firm_that_books_in_its_own_name(booker: str, firm: str, same: bool) -> None:
    there = {"address": {"line1": "29 Beech Way"}, **({"organisation": firm} if firm else {})}
    assert signals({"booker": {"name": booker}, "dropoff": there})["bkr_firm_at_dropoff"] is same


def test_what_goes_back_where_it_came_from_was_not_led_astray() -> None:
    booked = {"carries": "parcel", "pickup": _THERE, "dropoff": {"address": {"line1": "30 Preston Grove"}}}
    on_board = {"status": "collected"}

    def moved(place: dict[str, Any]) -> Value:
        read = signals(booked, on_board, {"status": "en_route_to_dropoff", "dropoff": place, "changed_by": "booker"})
        return read["lif1_dropoff_changed_after_collection"]

    assert moved(_HOME) is False
    assert moved({"address": {"line1": "Lay-by A303 near Podimore"}}) is True
    assert moved({"address": {**_HOME["address"], "line1": "11 Rutland Street"}}) is True


def test_who_rides_to_a_police_station_is_told_nothing_by_it() -> None:
    station = {"address": {"line1": "Tennyson Way", "town": "Lincoln"}, "organisation": "Lincoln Police Station"}
    ride = {"service": "taxi", "carries": "passenger", "pickup": _HOME, "dropoff": station}
    assert signals(ride)["txt1_authority"] is False
    assert (
        signals({**ride, "carries": "parcel", "dropoff": {**station, "organisation": "Fraud team"}})["txt1_authority"]
        is True
    )
