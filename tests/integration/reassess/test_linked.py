"""Bookings that share something: who is told of whom, for how long, and of what nobody is."""

from __future__ import annotations

from datetime import timedelta

from pickup_contracts.assessment import Assessment
from tests.integration.events import Json
from tests.integration.reassess.bench import BEGINS, Bench, parcel, status


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


async def test_what_is_over_or_given_up_is_left_alone(bench: Bench, operator_id: str) -> None:
    await bench.book(operator_id, parcel("over"), 0)
    await bench.book(operator_id, status("over", "over-2", "cancelled"), 1)
    await bench.book(operator_id, parcel("forgotten"), 2)
    assert await bench.count("open_bookings") == 1
    await bench.book(operator_id, parcel("far-later", home="7 Larch Grove"), 60 * 24 * 3)
    assert await bench.again() == []
    await bench.due.give_up(BEGINS + timedelta(days=3))
    rows = await bench.pool.fetch("select booking_id from open_bookings")
    assert [row[0] for row in rows] == ["far-later"]


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
            "booker": {**other["booker"], "account": {"id": "A-1", "type": "business"}},
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


def mild(booking_id: str, *, home: str, booker: str, recipient: str) -> Json:
    """An envelope that somebody else has fetched from a home to another home: a review at most for itself."""
    event = parcel(booking_id, home=home, phone=f"+4477009{booker}")
    event["items"] = [{"description": "envelope"}]
    there = {"line1": f"9 Larch Grove {booking_id}", "town": "Royston", "postcode": "SG8 6AA"}
    event["dropoff"] = {"address": there, "contact": {"name": "Ann Other", "phone": f"+4477009{recipient}"}}
    return event


def rules(made: Assessment | None) -> set[str]:
    assert made is not None
    return {reason.rule_id for reason in made.reasons}


async def test_a_warning_about_links_alone_warns_about_nobody_else(bench: Bench, operator_id: str) -> None:
    """Of three in a chain the second is linked to a likely scam; the third only to the second, which is none itself."""
    await bench.book(operator_id, parcel("held", home="1 Elm Row", phone="+447700900001"), 0)
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

    await bench.book(operator_id, parcel("held", home="1 Elm Row", phone="+447700900001"), 0)
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
