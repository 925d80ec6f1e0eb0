"""Bookings that share something: who is told of whom, for how long, and of what nobody is."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from pickup_contracts.assessment import Assessment
from risk_scorer import news
from risk_scorer.assess import Assessor
from risk_scorer.changes import Changes
from risk_scorer.judging import Judging
from risk_scorer.store import Store
from tests.integration.events import Json
from tests.integration.reassess.bench import BEGINS, KEYS, Bench, parcel, status
from tests.shipped import PROGRAM


async def test_a_second_home_with_the_same_phone_raises_the_first_booking(bench: Bench, operator_id: str) -> None:
    first = await bench.book(operator_id, parcel("first"), 0)
    assert first is not None
    assert first.booking_version == 1
    assert await bench.again() == []
    await bench.book(operator_id, parcel("second", home="7 Larch Grove"), 10)
    (raised,) = [one for one in await bench.again() if one.booking_id == "first"]
    assert (raised.cause, raised.booking_version) == ("linked_booking", 2)
    assert raised.score > first.score
    assert any("other home" in line for reason in raised.reasons for line in reason.evidence)
    assert raised.assessment_id != first.assessment_id
    assert await bench.again() == [], "and that is the end of it"
    # The next event goes on from there.
    later = await bench.book(operator_id, status("first", "first-2", "accepted"), 12)
    assert later is not None
    assert later.booking_version == 3
    assert later.score >= raised.score


async def test_a_booking_is_told_also_of_what_comes_while_it_is_being_judged(bench: Bench, operator_id: str) -> None:
    """The second one is seen, judged and committed between the first one's look at the history and its commit."""
    between = Between(bench)
    first = asyncio.create_task(between.judge(operator_id, parcel("first"), 0))
    await between.judged.wait()
    await bench.book(operator_id, parcel("second", home="7 Larch Grove"), 1)
    between.go_on.set()
    made = await first
    assert "number-at-several-homes" not in rules(made)
    assert await bench.asked() == {"first"}
    (raised,) = await bench.again()
    assert "number-at-several-homes" in rules(raised)


class Between(Store):
    """A worker that waits with its commit."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench.pool)
        self.judged, self.go_on = asyncio.Event(), asyncio.Event()
        self._bench = bench
        self._assessor = Assessor(Judging(self, PROGRAM, KEYS, opted_in=lambda _: False))

    async def judge(self, operator_id: str, event: Json, minute: int) -> Assessment | None:
        (answer,) = await self._assessor.assess([self._bench.incoming(operator_id, event, minute)])
        return answer.result

    async def commit(self, changes: Changes) -> None:
        self.judged.set()
        await self.go_on.wait()
        await super().commit(changes)


async def test_who_could_not_come_to_more_is_told_nothing_until_that_changes(bench: Bench, operator_id: str) -> None:
    """A firm's own parcels, by its known account, go on sharing its number; then one of them is booked otherwise."""
    known = {"account": {"id": "A-1", "type": "business", "completed_bookings": 400, "verified": True}}

    def returned(name: str, home: str) -> Json:
        event = parcel(name, home=home)
        event["dropoff"] = {"address": {"line1": "3 High St", "town": "Royston", "postcode": "SG8 5AA"}}
        event |= {"items": [{"description": "shoes"}], "booker": {**event["booker"], **known}}
        return event

    await bench.book(operator_id, returned("one", "1 Elm Row"), 0)
    await bench.book(operator_id, returned("two", "2 Elm Row"), 1)
    assert await bench.asked() == set()
    unknown = {"account": {"id": "A-2", "type": "personal", "completed_bookings": 0}}
    changed = {**status("one", "one-2", "accepted"), "booker": {**parcel("x")["booker"], **unknown}}
    await bench.book(operator_id, changed, 2)
    await bench.pool.execute("delete from reassessments_due")
    await bench.book(operator_id, returned("three", "3 Elm Row"), 3)
    assert await bench.asked() == {"one"}


async def test_whatever_a_new_policy_asks_of_is_heard_until_the_booking_is_judged_by_it(
    bench: Bench, operator_id: str
) -> None:
    quiet = {"account": {"id": "A-1", "type": "business", "completed_bookings": 400, "verified": True}}
    event = parcel("one")
    await bench.book(operator_id, {**event, "booker": {**event["booker"], **quiet}}, 0)
    narrowed = await bench.pool.fetchval("select hears from open_bookings")
    assert narrowed & news.NUMBERS == 0
    await bench.due.settle([3], "another", BEGINS)
    assert await bench.pool.fetchval("select hears from open_bookings") == news.ALL
    await bench.again()
    assert await bench.pool.fetchval("select hears from open_bookings") == narrowed


async def test_what_is_over_or_given_up_is_left_alone(bench: Bench, operator_id: str) -> None:
    await bench.book(operator_id, parcel("over"), 0)
    await bench.book(operator_id, status("over", "over-2", "cancelled"), 1)
    await bench.book(operator_id, parcel("forgotten"), 2)
    assert await bench.count("open_bookings") == 1
    await bench.book(operator_id, parcel("far-later", home="7 Larch Grove"), 60 * 24 * 3)
    assert await bench.again() == []
    await bench.forgetting.give_up(BEGINS + timedelta(days=3))
    rows = await bench.pool.fetch("select booking_id from open_bookings")
    assert [row[0] for row in rows] == ["far-later"]


async def test_nothing_stays_due_of_a_booking_that_was_never_stored(bench: Bench, operator_id: str) -> None:
    """One that broke the assessor after it had been seen: it was opened, and is a dead letter."""
    await bench.book(operator_id, parcel("first"), 0)
    await bench.pool.execute("delete from bookings")
    await bench.book(operator_id, parcel("second", home="7 Larch Grove"), 1)
    assert await bench.asked() == {"first"}
    await bench.forgetting.give_up(BEGINS + timedelta(days=3))
    assert await bench.asked() == set()


async def test_an_ordinary_booking_tells_nobody_anything(bench: Bench, operator_id: str) -> None:
    await bench.book(operator_id, parcel("first"), 0)
    ride = {**parcel("ride"), "carries": "passenger", "items": [], "pickup": {"address": {"line1": "Tesco, High St"}}}
    ride["dropoff"] = {"address": {"line1": "14 Meadow Close", "town": "Royston", "postcode": "SG8 5AA"}}
    await bench.book(operator_id, ride, 5)
    assert await bench.count("reassessments_due") == 0
    # Nor is it told anything, whoever else books from that home with that number.
    await bench.book(operator_id, {**ride, "booking_id": "home-ride", "pickup": parcel("x")["pickup"]}, 6)
    await bench.book(operator_id, parcel("second"), 7)
    assert await bench.asked() == {"first"}


async def test_what_many_have_in_common_tells_them_of_no_one_more_but_of_what_becomes_of_it(
    bench: Bench, operator_id: str
) -> None:
    """A pharmacy's number on parcel after parcel: each was told of the dozen before it."""
    for number in range(14):
        other = parcel(f"b-{number}", home=f"{number + 1} Elm Row")
        other |= {
            "items": [{"description": "hearing aids for repair"}],
            "booker": {**other["booker"], "account": {"id": "A-1", "type": "business", "completed_bookings": 0}},
        }
        other["dropoff"] = {"address": {"line1": f"{number + 1} High St", "town": "Royston", "postcode": "SG8 5AA"}}
        made = await bench.book(operator_id, other, number)
        assert made is not None
        assert made.decision in ("allow", "review"), "that it is warned about would be news"
        if number == 12:
            assert await bench.asked() == {f"b-{earlier}" for earlier in range(12)}
            await bench.pool.execute("delete from reassessments_due")
    assert await bench.asked() == set()
    await bench.book(operator_id, status("b-13", "b-13-2", "cancelled"), 20)
    assert await bench.asked() == {f"b-{earlier}" for earlier in range(13)}


async def test_homes_that_were_warned_about_count_for_their_district_until_they_are_cleared(
    bench: Bench, operator_id: str
) -> None:
    """Also within one batch, and for three days."""

    async def district(minute: int, *, postcode: str = "SG8 5AA") -> bool:
        home = parcel(f"at-{minute}", home=f"{minute} High Row", phone=f"+4477009{minute:05d}")
        home["pickup"]["address"]["postcode"] = postcode
        home["items"] = [{"description": "clothes"}]
        there = {
            "line1": f"{minute} Larch Grove",
            "town": "Ely",
            "postcode": f"CB7 {minute % 9 + 1}{chr(65 + minute % 20)}A",
        }
        home["dropoff"] = {"address": there, "contact": {"name": "Ann Example", "phone": f"+4477008{minute:05d}"}}
        made = await bench.book(operator_id, home, minute)
        assert made is not None
        assert made.decision in ("allow", "review"), "not warned about itself"
        return "district-warned-about" in {reason.rule_id for reason in made.reasons}

    for number in range(2):
        scam_like = parcel(f"b-{number}", home=f"{number + 1} Elm Row", phone=f"+44770090055{number}")
        scam_like["pickup"]["address"]["postcode"] = "SG8 7BB"
        assert not await district(number)
        made = await bench.book(operator_id, scam_like, number)
        assert made is not None
        assert made.decision in ("warn", "hold_recommended")
    assert await district(10)
    assert not await district(11, postcode="SG9 5AA"), "another district"
    assert not await district(60 * 24 * 3 + 5)
    await bench.found(operator_id, "b-0", "cleared", 12)
    await bench.again()
    assert not await district(13), "what was cleared is no warning any more"


async def test_a_parcel_from_a_home_that_was_driven_back_from_a_bank_is_told_so(bench: Bench, operator_id: str) -> None:
    """Only the address links the two, for three days; a ride to another home, or from a shop, says nothing."""

    async def told(booking_id: str, minute: int, home: str = "14 Meadow Close") -> bool:
        made = await bench.book(operator_id, parcel(booking_id, home=home, phone=f"+44770090{minute:04d}"), minute)
        assert made is not None
        return "back-from-the-bank-then-parcel" in {reason.rule_id for reason in made.reasons}

    async def ride(booking_id: str, minute: int, start: str, home: str) -> None:
        scam_like = parcel(booking_id, home=home, phone="+447700900777")
        there = {**scam_like["pickup"], "contact": {"name": "P Example"}}
        event: Json = {key: scam_like[key] for key in ("event_id", "booking_id", "operator_id") if key in scam_like}
        event |= {"status": "requested", "service": "taxi", "carries": "passenger", "dropoff": there}
        event["pickup"] = {"address": {**there["address"], "line1": start}}
        event["booker"] = {"name": "P Example", "phone": "+447700900777"}
        assert await bench.book(operator_id, event, minute) is not None

    assert not await told("before", 0)
    await ride("from-shop", 1, "Tesco, High Street", "9 Elm Row")
    assert not await told("shop", 2, "9 Elm Row")
    await ride("from-bank", 3, "Barclays Bank, High Street", "14 Meadow Close")
    assert await told("after", 60)
    assert not await told("neighbour", 61, "16 Meadow Close")
    assert not await told("later", 60 * 24 * 3 + 4)


def a_ride(booking_id: str, start: Json, end: Json, *, phone: str) -> Json:
    """Somebody rides, booked by nobody that is known."""
    event: Json = {"event_id": f"{booking_id}-1", "booking_id": booking_id, "status": "requested", "service": "taxi"}
    event |= {"carries": "passenger", "pickup": {"address": start}, "dropoff": {"address": end}}
    return {**event, "booker": {"name": "R Example", "phone": phone}}


_HOME: Json = {"line1": "14 Meadow Close", "town": "Royston", "postcode": "SG8 5AA"}
_BANK: Json = {"line1": "Barclays Bank, High Street", "town": "Royston"}
_STATION: Json = {"line1": "Royston railway station", "town": "Royston"}
_SHOP: Json = {"line1": "Tesco, High Street", "town": "Royston"}


async def test_a_parcel_is_judged_again_when_somebody_is_driven_back_from_a_bank_to_its_home_after_it_was_booked(
    bench: Bench, operator_id: str
) -> None:
    """Nothing but the address links the two. It is no news to a neighbour."""
    first = mild("fetched", home="14 Meadow Close", booker="00001", recipient="00002")
    made = await bench.book(operator_id, first, 0)
    assert "back-from-the-bank-then-parcel" not in rules(made)
    await bench.book(operator_id, mild("next-door", home="16 Meadow Close", booker="00003", recipient="00004"), 1)
    await bench.again()
    await bench.book(operator_id, a_ride("from-shop", _SHOP, _HOME, phone="+447700900777"), 2)
    assert await bench.asked() == set()
    await bench.book(operator_id, a_ride("from-bank", _BANK, _HOME, phone="+447700900778"), 3)
    assert await bench.asked() == {"fetched"}
    (raised,) = await bench.again()
    assert raised.cause == "linked_booking"
    assert "back-from-the-bank-then-parcel" in rules(raised)


async def test_a_ride_from_a_station_is_judged_again_when_somebody_then_rides_from_that_door_to_a_bank(
    bench: Bench, operator_id: str
) -> None:
    made = await bench.book(operator_id, a_ride("runner", _STATION, _HOME, phone="+447700900777"), 0)
    assert "to-a-door-that-was-at-the-bank" not in rules(made)
    visit = a_ride("visitor", _SHOP, _HOME, phone="+447700900776")
    await bench.book(operator_id, visit, 1)
    await bench.book(operator_id, a_ride("to-shop", _HOME, _SHOP, phone="+447700900775"), 2)
    assert await bench.asked() == set()
    await bench.book(operator_id, a_ride("to-bank", _HOME, _BANK, phone="+447700900778"), 3)
    assert await bench.asked() == {"runner"}
    (raised,) = await bench.again()
    assert "to-a-door-that-was-at-the-bank" in rules(raised)


async def test_a_ride_from_a_station_is_judged_again_when_a_parcel_at_that_door_is_given_up_on_suspicion(
    bench: Bench, operator_id: str
) -> None:
    """The runner has another number than whoever booked the parcel."""
    await bench.book(operator_id, mild("parcel", home="14 Meadow Close", booker="00001", recipient="00002"), 0)
    made = await bench.book(operator_id, a_ride("runner", _STATION, _HOME, phone="+447700900777"), 5)
    assert "refused-on-suspicion-and-rebooked" not in rules(made)
    given_up = {**status("parcel", "parcel-2", "failed"), "observations": ["mentioned_bank_or_police"]}
    given_up |= {"notes": {"office": "driver thinks it is a scam, would not take it"}}
    await bench.book(operator_id, given_up, 10)
    raised = {one.booking_id: one for one in await bench.again()}
    assert "refused-on-suspicion-and-rebooked" in rules(raised["runner"])


def mild(booking_id: str, *, home: str, booker: str, recipient: str) -> Json:
    """An envelope that somebody else has fetched from a home to another home: a review at most for itself."""
    event = parcel(booking_id, home=home, phone=f"+4477009{booker}")
    event["items"] = [{"description": "envelope"}]
    there = {"line1": f"9 Larch Grove {booking_id}", "town": "Royston", "postcode": "SG8 6AA"}
    event["dropoff"] = {"address": there, "contact": {"name": "Ann Other", "phone": f"+4477009{recipient}"}}
    return event


def held(**at: Any) -> Json:
    """A bank card from a home."""
    return {**parcel("held", **at), "items": [{"description": "her bank card"}]}


def rules(made: Assessment | None) -> set[str]:
    assert made is not None
    return {reason.rule_id for reason in made.reasons}


async def test_a_warning_about_links_alone_warns_about_nobody_else(bench: Bench, operator_id: str) -> None:
    """Of three in a chain the second is linked to a likely scam; the third only to the second, which is none itself."""
    await bench.book(operator_id, held(home="1 Elm Row", phone="+447700900001"), 0)
    clothes = {"items": [{"description": "clothes"}]}
    second = await bench.book(
        operator_id, {**mild("second", home="1 Elm Row", booker="00009", recipient="00002"), **clothes}, 5
    )
    assert "linked-to-held" in rules(second)
    assert second is not None
    assert second.decision in ("warn", "hold_recommended")
    third = await bench.book(
        operator_id, {**mild("third", home="5 Elm Row", booker="00003", recipient="00002"), **clothes}, 10
    )
    assert not {"linked-to-held", "linked-to-warned", "home-warned-about"} & rules(third)


async def test_what_was_held_and_delivered_all_the_same_no_longer_warns_about_others(
    bench: Bench, operator_id: str
) -> None:
    """Nor what the office cleared; those who are open are judged again when it is."""

    async def linked(booking_id: str, minute: int) -> bool:
        made = await bench.book(
            operator_id, mild(booking_id, home=f"{minute} High Row", booker="00001", recipient=f"{minute:05d}"), minute
        )
        return "linked-to-held" in rules(made)

    await bench.book(operator_id, held(home="1 Elm Row", phone="+447700900001"), 0)
    assert await linked("open", 5)
    await bench.book(operator_id, status("held", "held-2", "delivered"), 10)
    again = {one.booking_id: one for one in await bench.again()}
    assert "linked-to-held" not in rules(again.get("open"))
    assert not await linked("later", 11)


async def test_who_cancels_and_books_again_was_not_refused(bench: Bench, operator_id: str) -> None:
    first = mild("first", home="3 Elm Row", booker="00001", recipient="00002")
    await bench.book(operator_id, first, 0)
    await bench.book(operator_id, {**status("first", "first-2", "cancelled"), "changed_by": "booker"}, 5)
    again = mild("again", home="3 Elm Row", booker="00001", recipient="00002")
    assert "refused-and-rebooked" not in rules(await bench.book(operator_id, again, 10))
    await bench.book(operator_id, status("again", "again-2", "en_route_to_pickup"), 12)
    await bench.book(operator_id, {**status("again", "again-3", "cancelled"), "changed_by": "driver"}, 15)
    third = mild("third", home="3 Elm Row", booker="00001", recipient="00002")
    assert "refused-and-rebooked" in rules(await bench.book(operator_id, third, 20))
