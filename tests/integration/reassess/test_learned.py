"""What is learned later: at the door, by the office, from a policy or a list; and whom it reaches."""

from __future__ import annotations

from datetime import timedelta

from pickup_contracts.policy import BandOverride, ListEntry, OperatorOverrides
from risk_scorer.listing import hashes_of
from risk_scorer.policy.lists import Lists
from risk_scorer.reassess import Again
from tests.integration.events import Json
from tests.integration.reassess.bench import BEGINS, KEYS, Bench, parcel, status


async def test_what_a_driver_saw_as_the_job_ended_is_known_when_the_same_home_books_again(
    bench: Bench, operator_id: str
) -> None:
    """Nobody calls it suspicious; what is written is what one is suspicious of."""

    def ride(booking_id: str) -> Json:
        place = {"address": {"line1": "Peel Square", "town": "Barnsley", "postcode": "S70 6TJ"}}
        return {
            **parcel(booking_id),
            "service": "taxi",
            "carries": "passenger",
            "items": [],
            "dropoff": place,
            "notes": {},
        }

    first = await bench.book(operator_id, ride("first"), 0)
    said = {"office": "drv brought him back in, someone on the phone telling him to get money out"}
    await bench.book(operator_id, {**status("first", "first-2", "cancelled"), "notes": said}, 5)
    second = await bench.book(operator_id, ride("second"), 40)
    assert first is not None
    assert second is not None
    rebooked = "refused-on-suspicion-and-rebooked"
    assert rebooked not in {reason.rule_id for reason in first.reasons}
    assert rebooked in {reason.rule_id for reason in second.reasons}
    ordinary = {"office": "customer changed his mind"}
    other = ride("third") | {"pickup": parcel("x", home="2 Elm Row")["pickup"], "booker": {"phone": "+447700900777"}}
    await bench.book(operator_id, other, 50)
    await bench.book(operator_id, {**status("third", "third-2", "cancelled"), "notes": ordinary}, 55)
    fourth = await bench.book(operator_id, {**other, "booking_id": "fourth", "event_id": "fourth-1"}, 60)
    assert fourth is not None
    assert rebooked not in {reason.rule_id for reason in fourth.reasons}


async def test_what_the_office_found_is_known_to_its_booking_and_to_linked_ones(bench: Bench, operator_id: str) -> None:
    await bench.book(operator_id, parcel("first"), 0)
    await bench.book(operator_id, status("first", "first-2", "cancelled"), 5)
    second = await bench.book(operator_id, parcel("second"), 10)
    other = await bench.book(operator_id, parcel("other", phone="+447700900555", home="2 Elm Row"), 11)
    await bench.again()
    assert second is not None
    assert other is not None
    await bench.found(operator_id, "first", "confirmed_scam", 15)
    changed = {one.booking_id: one for one in await bench.again()}
    assert "first" not in changed, "it is over: nobody is to be warned of it"
    assert changed["second"].cause == "linked_booking"
    assert "linked-to-a-scam" in {reason.rule_id for reason in changed["second"].reasons}
    assert changed["second"].decision in ("warn", "hold_recommended")

    await bench.found(operator_id, "other", "suspected_scam", 16, by="driver")
    suspected = {one.booking_id: one for one in await bench.again()}["other"]
    assert (suspected.cause, suspected.booking_version > other.booking_version) == ("outcome_reported", True)
    assert "suspected-at-the-door" in {reason.rule_id for reason in suspected.reasons}
    await bench.found(operator_id, "other", "cleared", 17)
    cleared = {one.booking_id: one for one in await bench.again()}["other"]
    assert cleared.score < suspected.score, "a floor stays: that it was looked into closes the alert, not the score"
    assert "cleared-by-the-office" in {reason.rule_id for reason in cleared.reasons}
    # Also a later event of the booking knows it.
    later = await bench.book(operator_id, status("other", "other-2", "accepted"), 18)
    assert later is not None
    assert "cleared-by-the-office" in {reason.rule_id for reason in later.reasons}


async def test_a_policy_reaches_what_is_open(bench: Bench, operator_id: str) -> None:
    await bench.book(operator_id, parcel("open"), 0)
    elsewhere = {"address": {"line1": "Car park, Canal Road", "town": "Leeds", "postcode": "LS1 1AA"}}
    await bench.book(operator_id, parcel("over", phone="+447700900102", home="1 Elm Row", dropoff=elsewhere), 0)
    await bench.book(operator_id, status("over", "over-2", "delivered"), 1)
    await settle(bench)
    overrides = OperatorOverrides(
        operator_id=operator_id,
        bands=BandOverride(review=97, warn=98, hold_recommended=99),
        published_at=BEGINS,
        published_by="test",
    )
    bench.policy = bench.policy.with_overrides({operator_id: overrides})
    again = await settle(bench)
    assert [(one.result.booking_id, one.result.cause) for one in again.changed] == [("open", "policy_changed")]
    assert again.changed[0].result.decision == "warn", "where its floor holds it"
    assert (await settle(bench)).judged == 0, "once for each edition"
    # Another worker, or this one after a restart, finds it settled.
    assert await bench.due.unsettled([3], bench.policy.edition) == set()


async def settle(bench: Bench) -> Again:
    """One round of a worker that has just started, at the time of the bookings."""
    if await bench.due.unsettled([3], bench.policy.edition):
        await bench.due.settle([3], bench.policy.edition, BEGINS + timedelta(minutes=30))
    return await bench.reassessor.run([3])


async def test_a_list_entry_reaches_those_whom_it_names(bench: Bench, operator_id: str) -> None:
    await bench.book(operator_id, parcel("named"), 0)
    await bench.book(operator_id, parcel("another", phone="+447700900102", home="1 Elm Row"), 0)
    await bench.again()
    entry = ListEntry(
        entry_id="e-1",
        list_name="watch",
        kind="phone",
        entities=hashes_of(KEYS, "phone", "07700 900101", operator_id),
        band="hold_recommended",
        reason="named by two victims",
        source="police liaison",
        added_at=BEGINS,
        added_by="test",
        expires_at=BEGINS + timedelta(days=30),
        operator_id=operator_id,
    )
    bench.policy = bench.policy.with_lists(Lists([entry]))
    at = BEGINS + timedelta(minutes=20)
    await bench.due.ask_open([3], at, entities=list(entry.entities))
    (named,) = await bench.again()
    assert (named.booking_id, named.decision, named.cause) == ("named", "hold_recommended", "policy_changed")
