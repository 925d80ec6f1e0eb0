"""Signals of a booking of which nothing is known are unknown, and never an error."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

from pickup_contracts.codec import decode_booking
from risk_scorer import shapes
from risk_scorer.facts import Facts
from risk_scorer.links import Links
from risk_scorer.merge import fold
from risk_scorer.policy.compile import Value
from risk_scorer.signals.catalogue import SIGNALS, evidence_of, read_signals

NOW = datetime(2026, 11, 20, 11, 30, tzinfo=UTC)


def facts(**fields: Any) -> Facts:
    event = {"event_id": "e", "booking_id": "b", "occurred_at": "2026-11-20T11:00:00Z", **fields}
    return Facts(fold(None, decode_booking(json.dumps(event).encode())), NOW)


def signals(**fields: Any) -> dict[str, Value]:
    return read_signals(facts(**fields))


def test_an_empty_booking_has_no_alarming_signal() -> None:
    read = signals()
    # What is missing is a fact in its own right; nothing else may hold.
    missing = {
        "dst9_no_dropoff",
        "con3_no_home_phone",
        "pickup_unnamed",
        "no_recipient",
        "recipient_unnamed",
        "bkr4_guest",
        "bkr_unproven",
        "bkr_first_seen",
        "tim1_asap",
    }
    holds = {name for name, value in read.items() if value is True} - {"tim2_office_hours"}
    assert holds == missing
    assert math.isnan(float(read["rte1_distance_m"]))


def test_types_are_as_declared() -> None:
    read = signals(status="collected", items=[{"description": "cash"}], enquiries={"eta_calls": 4})
    assert {name: type(value) for name, value in read.items()} == {name: one.kind for name, one in SIGNALS.items()}
    assert read["con4_eta_calls"] == 4


def test_evidence_names_fields_and_never_what_stands_in_them() -> None:
    seen = facts(
        carries="parcel",
        pickup={"address": {"line1": "14 Meadow Close", "town": "Royston"}, "contact": {"name": "Mrs Example"}},
        booker={"name": "J Somebody", "phone": "+447700900101"},
        notes={"driver": "collect her bank card for the police"},
    )
    said = " ".join(evidence_of(SIGNALS, seen))
    assert "notes.driver" in said
    for secret in ("Meadow", "Example", "Somebody", "900101", "collect her"):
        assert secret not in said


def test_open_ground_is_where_only_somebody_who_waits_receives_anything() -> None:
    def roadside(line1: str, **more: Any) -> Value:
        return signals(dropoff={"address": {"line1": line1, "town": "Boston"}, **more})["dst1_roadside"]

    for place in ("A16 lay-by past the garden centre", "Magistrates Court car park", "Outside 14 Mill Lane"):
        assert roadside(place) is True, place
    for place in (
        "Boston railway station",
        "Premier Inn",
        "14 Mill Lane",
        "Astley Bowling Club",
        "Tesco, Wide Bargate",
    ):
        assert roadside(place) is False, place


def test_a_ride_from_a_station_to_a_house_and_on_to_a_station_is_seen_in_its_course() -> None:
    def course(*steps: dict[str, Any]) -> Value:
        state = None
        for number, fields in enumerate(steps):
            event = {
                "event_id": str(number),
                "booking_id": "b",
                "occurred_at": f"2026-11-20T11:0{number}:00Z",
                **fields,
            }
            state = fold(state, decode_booking(json.dumps(event).encode()))
        assert state is not None
        return read_signals(Facts(state, NOW))["rte3_on_to_a_station"]

    begins: dict[str, Any] = {
        "service": "taxi",
        "carries": "passenger",
        "pickup": {"address": {"line1": "Newport Station", "town": "Newport"}},
        "dropoff": {"address": {"line1": "22 Christchurch Hill", "town": "Newport"}},
    }
    onward = {"dropoff": {"address": {"line1": "Bristol Temple Meads", "town": "Bristol"}}}
    assert course(begins, {"status": "collected"}, {"status": "en_route_to_dropoff", **onward}) is True
    assert course(begins, {"status": "collected"}) is False
    assert course(begins, onward) is False, "changed before anybody was under way"
    pub = {"dropoff": {"address": {"line1": "The Ship Inn", "town": "Newport"}}}
    assert course({**begins, **pub}, {"status": "collected"}, onward) is False


def test_two_ends_that_are_told_different_things() -> None:
    def stories(here: str, there: str) -> Value:
        return signals(
            carries="parcel",
            items=[{"description": here}],
            dropoff={"address": {"line1": "3 Elm Row", "town": "Ely"}, "notes": there},
        )["txt11_two_stories"]

    assert stories("birthday present", "envelope of cash from my mother") is True
    assert stories("legal papers for the solicitor", "he will hand you the gold coins") is True
    assert stories("birthday present", "leave with neighbour") is False
    assert stories("envelope of cash", "cash inside, count it") is False, "one story, and told by other signals"
    assert stories("parcel", "cash") is False, "nothing was said that it contradicts"


def test_a_vehicle_of_its_own() -> None:
    for note in ("no other drops on board", "do not combine with other jobs", "dedicated van please", "no sharing"):
        assert signals(notes={"driver": note})["rte6_dedicated"] is True, note
    for note in ("shared drive, park on the left", "private car park behind", "two drops, second is next door"):
        assert signals(notes={"driver": note})["rte6_dedicated"] is False, note


def test_a_street_without_a_number_is_where_somebody_lives() -> None:
    def shape(line1: str) -> int:
        return facts(dropoff={"address": {"line1": line1, "town": "Stafford"}}).shape & shapes.TO_HOME

    assert shape("Tixall Close")
    assert shape("9 Tixall Close")
    assert not shape("Stafford Station")
    assert not shape("The Grapes")


def test_a_firm_is_known_by_the_operators_word_or_its_jobs_and_not_by_its_name() -> None:
    def known_firm(line1: str, *, jobs: int = 0, of_homes: int = 3, **more: Any) -> Value:
        seen = facts(carries="parcel", dropoff={"address": {"line1": line1, "town": "Ely"}, **more})
        seen.links = Links(dropoff_jobs_30d=jobs, dropoff_firm_jobs_30d=of_homes)
        return read_signals(seen)["dst12_known_firm"]

    law: dict[str, Any] = {"organisation": "Harrison Legal LLP"}
    assert known_firm("3 High Street", **law) is False, "anybody may write that"
    assert known_firm("3 High Street", jobs=5, **law) is False
    assert known_firm("3 High Street", jobs=6, **law) is True
    assert known_firm("3 High Street", jobs=30, of_homes=2, **law) is False, "a busy address is no firm for that"
    assert known_firm("3 High Street", premises="business") is True
    assert known_firm("3 High Street", premises="medical") is True
    for kind in ("hotel", "retail", "locker", "public_place", "station", "residential"):
        assert known_firm("3 High Street", jobs=30, premises=kind) is False, kind
    assert known_firm("3 High Street", jobs=30) is False, "a home with many parcels is no firm"
    assert known_firm("Outside 3 High Street", premises="business") is False


def test_a_number_at_several_homes_is_looked_at_for_what_kind_of_line_it_is() -> None:
    def landlines(booker: str | None, recipient: str | None, **links: int) -> Value:
        seen = facts(
            booker={"phone": booker} if booker else {},
            dropoff={"address": {"line1": "3 High St"}, "contact": {"phone": recipient} if recipient else {}},
        )
        seen.links = Links(**links)
        return read_signals(seen)["con1_landlines"]

    landline, mobile = "+441353662000", "+447700900101"
    assert landlines(landline, mobile, booker_other_homes_7d=1) is True
    assert landlines(mobile, landline, booker_other_homes_7d=1) is False
    assert landlines(mobile, landline, recipient_other_homes_7d=2) is True
    assert landlines(mobile, landline, booker_other_homes_7d=1, recipient_other_homes_7d=1) is False
    assert landlines("+445600900101", None, booker_other_homes_7d=1) is False, "an internet number"
    assert landlines(landline, landline) is False, "nothing was met on them"


def test_what_stands_where_a_name_should_be_is_no_first_name() -> None:
    def first_name(name: str) -> Value:
        return signals(dropoff={"contact": {"name": name}})["dropoff_first_name_only"]

    assert first_name("Lee") is True
    for name in ("Reception", "N/A", "-", "Customer", "Lee Example"):
        assert first_name(name) is False, name


def test_one_number_for_two_people_reaches_nobody_else_at_either_end() -> None:
    def one_number(here: str, there: str, *phones: str) -> Value:
        first, second = phones or ("+447700900101", "07700 900101")
        return signals(
            pickup={"address": {"line1": "3 Elm Row"}, "contact": {"name": here, "phone": first}},
            dropoff={"address": {"line1": "9 Oak Way"}, "contact": {"name": there, "phone": second}},
        )["con2_one_number_two_names"]

    for here, there in (
        ("Mrs Gwilym", "Dai Gwilym"),
        ("Nan", "Josh"),
        ("Edna Cole", "Ryan Pike"),
        ("Mr and Mrs Platt", "Connor"),
        ("Grandad", "Kyle Marsh"),
    ):
        assert one_number(here, there) is True, here
    for here, there in (
        ("Ann Example", "Ann Example"),
        ("Ann Example", "A Example"),
        ("Josh", "josh"),
        ("Example, Ann", "Ann Example"),
        ("Mrs Cole", "Mrs Cole"),
    ):
        assert one_number(here, there) is False, here
    assert one_number("Nan", "Josh", "+447700900101", "+447700900102") is False
    assert one_number("Nan", "") is False, "nobody is named there"


def test_what_is_handed_over_on_the_way_never_comes_to_the_drop_off() -> None:
    def handed(line1: str, notes: str) -> Value:
        return signals(
            carries="parcel",
            pickup={"address": {"line1": "10 The Crescent", "town": "Ely"}},
            dropoff={"address": {"line1": "6 Well Street", "town": "Ely"}},
            via=[{"address": {"line1": line1, "town": "Ely"}, "notes": notes}],
        )["dst1_via_hand_over"]

    for place, notes in (
        ("Ram Meadow car park", "hand box to Sunny here, then ride on empty to finish"),
        ("Ely Station", "he will take it off you"),
        ("Outside Boots, High Street", "give it to my mate"),
        ("A10 lay-by", "meet Sunny"),
        ("Corner of Mill Lane", "leave the bag with him, carry on without it"),
        ("Premier Inn", "pass envelope over at the desk"),
        ("Texaco, Lynn Road", "drop it here"),
    ):
        assert handed(place, notes) is True, notes
    for place, notes in (
        ("Ram Meadow car park", ""),
        ("Ram Meadow car park", "second box is in the white van, bring both"),
        ("Ely Station", "quick stop, passenger buys a ticket"),
        ("Texaco, Lynn Road", "fuel"),
        ("Ely Station", "give him the key"),
        ("12 Oak Way", "hand one box to Sunny here"),
        ("Unit 4, Lancaster Way Business Park", "leave one pallet with reception"),
    ):
        assert handed(place, notes) is False, notes


def test_papers_for_a_court_are_told_from_whom_a_court_sends() -> None:
    def only_papers(said: str) -> tuple[Value, Value]:
        read = signals(carries="parcel", items=[{"description": said}])
        return read["txt1_authority"], read["txt1_court_papers"]

    for said in ("statement for court", "forms for the county court", "letters for the family court"):
        assert only_papers(said) == (True, True), said
    for said in (
        "papers for court, DC Harris collects",
        "documents for court, evidence",
        "for the court",
        "bail money",
    ):
        assert only_papers(said) == (True, False), said
    for said in ("papers for the accountant", "tennis court booking", "12 Court Road"):
        assert only_papers(said) == (False, False), said


def test_costumes_props_and_games_are_told_by_name() -> None:
    def props(said: str) -> tuple[Value, Value]:
        read = signals(carries="parcel", items=[{"description": said}])
        return read["itm_props"], read["itm2_cash"]

    for said in (
        "3 police tunics, detective badges (costume)",
        "murder mystery kit: evidence bags, detective notes, toy cash",
        "prop banknotes for the film unit",
        "escape room box, detective files",
        "stage money and handcuffs",
    ):
        assert props(said) == (True, False), said
    for said in ("banknotes for the detective", "cash for the police to check"):
        assert props(said) == (False, True), said


def test_a_street_where_the_car_waits_minutes_is_a_visit_on_the_way_from_station_to_station() -> None:
    station = {"address": {"line1": "Market Harborough station", "town": "Market Harborough"}}
    close = {"address": {"line1": "Brookfield Close", "town": "Market Harborough"}}
    ride: dict[str, Any] = {"service": "taxi", "carries": "passenger", "pickup": station, "dropoff": station}
    waits = {"wait_and_return": True, "wait_s": 600}
    assert signals(**ride, **waits, via=[close])["rte3_station_home_station"]
    assert not signals(**ride, via=[close])["rte3_station_home_station"]
    assert not signals(**ride, wait_and_return=True, wait_s=3600, via=[close])["rte3_station_home_station"]
    for other in ({"address": {"line1": "Boots, High Street"}}, {**close, "premises": "business"}):
        assert not signals(**ride, **waits, via=[other])["rte3_station_home_station"], other
    stance = {"address": {"line1": "Forfar bus stance, Cross", "town": "Forfar"}}
    assert signals(service="taxi", carries="passenger", pickup=stance)["pickup_station"]


def test_a_note_in_the_place_of_a_name_is_read_as_a_note() -> None:
    def at_the_door(who: str, name: str) -> dict[str, Value]:
        return signals(carries="parcel", **{who: {"contact": {"name": name}}})

    assert at_the_door("pickup", "Jean - wont talk, leave her be")["txt3_do_not_converse"]
    assert at_the_door("dropoff", "only if he says code 4471")["txt5_password"]
    assert not at_the_door("pickup", "Wont Talk")["txt3_do_not_converse"]
    for couple in ("Mr and Mrs David Gold", "Mr and Mrs A Constable", "Mr & Mrs D Cash of Leeds"):
        read = at_the_door("dropoff", couple)
        assert not {name for name in ("itm2_valuables", "itm2_cash", "txt1_authority") if read[name]}, couple


def test_a_firm_that_holds_other_peoples_money_is_told_by_its_name_alone() -> None:
    def named(organisation: str, **other: Any) -> Value:
        return signals(carries="parcel", dropoff={"organisation": organisation}, **other)["dst6_money_firm"]

    assert named("Northgate Asset Recovery")
    assert named("FX Meridian")
    for firm in ("AA Vehicle Recovery", "Capital Cleaning Ltd", "Pell Harcourt LLP", "Fundamental Yoga"):
        assert not named(firm), firm
    assert not named("Pell Harcourt LLP", notes={"driver": "papers for my crypto"})


def test_an_envelope_is_more_than_a_bag_and_an_order_is_no_finding() -> None:
    for said, envelope in (("jiffy bag", True), ("documents", True), ("carrier bag", False), ("package", False)):
        read = signals(carries="parcel", items=[{"description": said}])
        assert (read["itm3_vague"], read["itm3_envelope"]) == (True, envelope), said
    ride = {"service": "taxi", "carries": "passenger"}
    ordered = signals(**ride, notes={"driver": "no passenger, just a box"})
    assert (ordered["rte4_ride_for_a_thing"], ordered["rte4_parcel_only"]) == (True, False)
    assert not signals(**ride, notes={"driver": "ring the bell"})["rte4_ride_for_a_thing"]
    found = signals(**ride, observations=["no_passenger_only_parcel"])
    assert (found["rte4_ride_for_a_thing"], found["rte4_parcel_only"]) == (False, True)
    assert not signals(**{**ride, "carries": "parcel"}, notes={"driver": "no passenger"})["rte4_ride_for_a_thing"]


def test_nobody_named_at_home_is_told_from_somebody_without_a_telephone() -> None:
    for contact, unnamed in ({}, True), ({"name": "Mrs Example"}, False), ({"phone": "01632 960123"}, True):
        assert signals(carries="parcel", pickup={"contact": contact})["pickup_unnamed"] is unnamed
