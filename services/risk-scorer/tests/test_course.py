"""What the course of a booking shows: which changes are diversions, and when a cancellation says something."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as some
from msgspec import structs

from pickup_contracts.booking import Notes
from pickup_contracts.codec import decode_booking
from risk_scorer.facts import Facts
from risk_scorer.lifecycle import Lifecycle
from risk_scorer.merge import BookingState, fold
from risk_scorer.policy.compile import Value
from risk_scorer.signals.catalogue import read_signals

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BOOKED: dict[str, Any] = {
    "service": "courier",
    "carries": "parcel",
    "status": "requested",
    "pickup": {"address": {"line1": "3 Mill Lane", "town": "Hull"}},
    "dropoff": {"address": {"line1": "92 Cromwell Road", "town": "Hull", "postcode": "HU6 1NH"}},
}
ON_BOARD: dict[str, Any] = {"status": "collected"}


def state_of(*steps: dict[str, Any]) -> BookingState:
    """The booking after these events, a minute apart."""
    state = None
    for number, fields in enumerate(steps):
        event = {"event_id": str(number), "booking_id": "b", "occurred_at": f"2026-11-20T11:{number:02}:00Z", **fields}
        state = fold(state, decode_booking(json.dumps(event).encode()))
    assert state is not None
    return state


def course(*steps: dict[str, Any]) -> dict[str, Value]:
    """The signals after these events."""
    return read_signals(Facts(state_of(*steps), NOW))


def to(line1: str, town: str = "Hull", **more: Any) -> dict[str, Any]:
    return {"dropoff": {"address": {"line1": line1, "town": town}, **more}}


def test_only_another_place_is_a_diversion() -> None:
    diverted = "lif1_dropoff_changed_after_collection"
    for place in (
        to("Hull Station"),
        to("Car park, Cromwell Road"),
        to("9 Larch Grove"),
        to("92 Cromwell Road", "York"),
    ):
        read = course(BOOKED, ON_BOARD, place)
        assert (read[diverted], read["lif2_changes"]) == (True, 1), place
        assert read["lif7_next_door_on_board"] is False
    assert course(BOOKED, to("9 Larch Grove"), ON_BOARD)[diverted] is False, "changed before it was on board"
    assert course(BOOKED, ON_BOARD, to("3 Mill Lane"))[diverted] is False, "back to where it came from"
    assert course(BOOKED, ON_BOARD, to("94 Cromwell Road"), to("Hull Station"))[diverted] is True


def test_next_door_is_no_change_of_place_and_is_still_seen() -> None:
    read = course(BOOKED, ON_BOARD, to("94 Cromwell Road"))
    assert read["lif1_dropoff_changed_after_collection"] is False
    assert read["lif7_next_door_on_board"] is True
    assert (read["lif2_changes"], read["lif2_late_changes"], read["lif2_dropoff_changed"]) == (0, 0, False)
    same = course(BOOKED, ON_BOARD, to("92 Cromwell Rd"))
    assert (same["lif7_next_door_on_board"], same["lif2_changes"]) == (False, 0), "the same door, written otherwise"
    assert course(BOOKED, to("94 Cromwell Road"), ON_BOARD)["lif7_next_door_on_board"] is False


def test_from_door_to_next_door_nobody_comes_across_the_town_unseen() -> None:
    def at(number: int, metres: float) -> dict[str, Any]:
        line1 = f"{number} Elm Row" if number < 3 else f"{number} Larch Grove"
        return {"dropoff": {"address": {"line1": line1, "town": "Hull", "lat": 53.74 + metres / 111_195, "lon": -0.33}}}

    steps = [at(number, number * 100) for number in range(1, 11)]
    walked = course({**BOOKED, **at(0, 0)}, ON_BOARD, *steps)
    assert walked["lif1_dropoff_changed_after_collection"] is True
    assert walked["lif2_changes"] == 3, "each one is held against the last that was another place"
    assert course({**BOOKED, **at(0, 0)}, ON_BOARD, *steps[:2])["lif1_dropoff_changed_after_collection"] is False
    there_and_back = course({**BOOKED, **at(0, 0)}, ON_BOARD, at(1, 200), at(0, 0), at(2, -200))
    assert there_and_back["lif1_dropoff_changed_after_collection"] is False
    assert there_and_back["lif7_next_door_on_board"] is True
    rewritten = course(BOOKED, to("92 Cromwell Rd"), ON_BOARD, to("94 Cromwell Road"))
    assert (rewritten["lif1_dropoff_changed_after_collection"], rewritten["lif2_changes"]) == (False, 0)


def test_the_drop_off_that_a_next_door_lies_beside_is_kept_without_who_receives_there() -> None:
    named = to("92 Cromwell Road", contact={"name": "Ann Example", "phone": "+447700900101"})
    beside = state_of({**BOOKED, **named}, to("94 Cromwell Road")).lifecycle.next_door_to
    assert beside is not None
    assert not beside.contact
    assert state_of(BOOKED, to("94 Cromwell Road"), to("Hull Station")).lifecycle.next_door_to is None


def test_the_reason_for_one_change_does_not_say_that_they_keep_changing() -> None:
    changed = {**to("9 Larch Grove"), "change_reason": "changed my mind"}
    assert course(BOOKED, changed)["lif2_driver_says_changing"] is False
    assert course(BOOKED, changed, {**to("Hull Station"), "change_reason": "changed again"})[
        "lif2_driver_says_changing"
    ]
    noted = {"notes": {"driver": "keeps changing the address"}}
    assert course(BOOKED, {"status": "en_route_to_pickup", **noted})["lif2_driver_says_changing"] is True


def test_why_something_on_board_was_refused_is_about_the_other_end() -> None:
    failed = {"status": "failed", "change_reason": "refused, they did not order it"}
    assert course(BOOKED, {"status": "arrived_at_pickup"}, failed)["pre5_sender_surprised"] is True
    assert course(BOOKED, ON_BOARD, failed)["pre5_sender_surprised"] is False
    noted = {"notes": {"office": "sender did not order it, knows nothing about a parcel"}}
    assert course(BOOKED, ON_BOARD, noted)["pre5_sender_surprised"] is True


def test_a_driver_who_hands_a_job_back_before_setting_off_has_refused_nothing() -> None:
    def refused(*steps: dict[str, Any]) -> bool:
        return state_of(BOOKED, *steps).lifecycle.refused

    by_driver, by_office = (
        {"status": "cancelled", "changed_by": "driver"},
        {"status": "cancelled", "changed_by": "operator"},
    )
    assert refused({"status": "driver_assigned"}, by_driver) is False
    assert refused({"status": "en_route_to_pickup"}, by_driver) is True
    assert refused(by_office) is True
    assert refused({"status": "cancelled", "changed_by": "booker"}) is False
    assert refused({"status": "failed"}) is False
    assert refused({"status": "failed", "changed_by": "driver"}) is True
    assert refused({"status": "failed", "change_reason": "not happy with it"}) is True
    assert refused({"status": "failed", "notes": {"office": "drv wont take it"}}) is True


def test_a_driver_on_the_way_is_cancelled_every_day_one_at_the_door_is_not() -> None:
    cancelled = {"status": "cancelled", "changed_by": "booker"}
    assert course(BOOKED, {"status": "en_route_to_pickup"}, cancelled)["lif4_cancelled_at_once"] is False
    assert course(BOOKED, {"status": "arrived_at_pickup"}, cancelled)["lif4_cancelled_at_once"] is True
    assert course(BOOKED, ON_BOARD, cancelled)["lif4_cancelled_at_once"] is True
    by_driver = {"status": "cancelled", "changed_by": "driver"}
    assert course(BOOKED, {"status": "arrived_at_pickup"}, by_driver)["lif4_cancelled_at_once"] is False


def _rides(*notes: str, by: str = "driver") -> dict[str, Value]:
    """A ride that is booked with the first note, and rewritten once the car is under way."""
    ride = {**BOOKED, "service": "taxi", "carries": "passenger"}
    first, *later = ({"notes": {by: note}} for note in notes)
    return course({**ride, **first}, {"status": "en_route_to_pickup"}, *later)


def test_only_what_is_added_to_a_note_on_the_way_is_a_finding() -> None:
    order = "no passenger, just collect the bag"
    found = "rte4_parcel_only"
    for by in ("driver", "office"):
        assert _rides(order, f"{order}. 14:02 cust chased eta", by=by)[found] is False, by
        assert _rides(order, f"14:02 cust chased eta // {order}", by=by)[found] is False, by
        assert _rides("ring on arrival", f"ring on arrival. {order}", by=by)[found] is True, by
        assert _rides(order, "ring bell", f"ring bell. {order}", by=by)[found] is True, by
        assert _rides(order, f"{order}. eta chased", f"{order}. eta chased. side door", by=by)[found] is False, by
    assert _rides("bag", f"bag. {order}")[found] is True


def test_a_sentence_that_has_the_orders_words_in_it_is_no_addition() -> None:
    found = "rte4_parcel_only"
    assert _rides("passenger", "no passenger came out, just a bag")[found] is True
    assert _rides("side door", "no passenger came out, just a bag - side door")[found] is True


def test_a_row_of_an_earlier_version_keeps_what_a_driver_found() -> None:
    state = state_of({**_RIDE, "notes": {"driver": "no passenger, only an envelope"}}, {"status": "arrived_at_pickup"})
    kept = {"moved_at": "2026-11-20T11:01:00Z", "note_under_way": True}
    earlier = msgspec.convert(kept, Lifecycle)
    assert read_signals(Facts(structs.replace(state, lifecycle=earlier), NOW))["rte4_parcel_only"] is True
    later = {"event_id": "9", "booking_id": "b", "occurred_at": "2026-11-20T11:09:00Z"}
    noted = {"notes": {"driver": "no passenger, only an envelope. eta chased"}}
    added = fold(structs.replace(state, lifecycle=earlier), decode_booking(json.dumps({**later, **noted}).encode()))
    assert read_signals(Facts(added, NOW))["rte4_parcel_only"] is True


def test_what_the_booker_wrote_stays_the_bookers_when_a_driver_adds_to_it() -> None:
    order = "mum is a bit confused, she's not happy with her old taxi firm"
    assert _rides(order, f"{order}. at the door")["staff_suspects"] is False
    assert _rides("at the side", "at the side. shes not happy with this")["staff_suspects"] is True


_NOTED = some.text("abc ,.", max_size=12)


@given(order=_NOTED, before=_NOTED, after=_NOTED)
def test_a_note_that_is_added_to_keeps_its_order_apart(order: str, before: str, after: str) -> None:
    note = f"{before}. {order}; {after}"
    state = state_of(
        {**BOOKED, "notes": {"driver": order}}, {"status": "en_route_to_pickup", "notes": {"driver": note}}
    )
    written = state.booking.notes
    assert isinstance(written, Notes)
    kept = state.lifecycle.noted_on_the_way
    assert kept is not None
    apart = order.strip() if len(order.strip()) >= 4 else ""
    assert str(written.driver)[slice(*kept)] in (apart, "")
    if apart and apart not in f"{before} {after}":
        assert str(written.driver)[slice(*kept)] == apart


_RIDE: dict[str, Any] = {**BOOKED, "service": "taxi", "carries": "passenger"}
_ALONE: dict[str, Any] = {"carries": "parcel", "items": [{"description": "carrier bag"}]}


def test_who_gets_out_and_sends_something_on_is_seen_in_the_course() -> None:
    alone = "lif5_goods_go_on_alone"
    assert course(_RIDE, ON_BOARD, _ALONE)[alone] is True
    assert course(_RIDE, ON_BOARD, {"status": "en_route_to_dropoff", **_ALONE})[alone] is True
    assert course(_RIDE, _ALONE)[alone] is False, "booked anew"
    assert course({**BOOKED}, ON_BOARD, _ALONE)[alone] is False, "a parcel from the beginning"
    said = {"change_reason": "lady got out at Tesco, asked drv to take her bag on to the address"}
    assert course(_RIDE, ON_BOARD, said)[alone] is True
    assert course(_RIDE, {**ON_BOARD, "notes": {"office": "pax got out, parcel going on alone"}})[alone] is True
    assert course({**_RIDE, "notes": {"driver": said["change_reason"]}}, ON_BOARD)[alone] is False, "in the order"
    left = {"change_reason": "lady got out early, left her bag in the car"}
    assert course(_RIDE, ON_BOARD, left)[alone] is False
    assert course({**BOOKED}, ON_BOARD, said)[alone] is False, "nobody rode"
    assert course({**_RIDE, **said}, ON_BOARD)[alone] is False, "said before anybody was on board"
    assert course(_RIDE, ON_BOARD, {"status": "delivered"}, _ALONE)[alone] is False, "put right when it was over"


def test_a_ride_that_becomes_a_parcel_at_the_door_is_one() -> None:
    found = "rte4_parcel_only"
    assert course(_RIDE, {"status": "arrived_at_pickup"}, _ALONE)[found] is True
    assert course(_RIDE, {"status": "en_route_to_pickup"}, {"carries": "parcel"})[found] is True
    assert course(_RIDE, {"status": "arrived_at_pickup", **_ALONE})[found] is True, "with the driver's first word"
    assert course(_RIDE, _ALONE)[found] is False, "put right before anybody was under way"
    assert course(_RIDE, {"status": "arrived_at_pickup"})[found] is False
