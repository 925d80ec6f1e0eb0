"""Which linked bookings count against one: refused, held and warned about; and who is somebody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from risk_scorer import shapes
from risk_scorer.counting import count
from risk_scorer.history import History, Mark, Met, Seen
from risk_scorer.links import Hashed, Links
from risk_scorer.looks import asks
from risk_scorer.moments import micros
from risk_scorer.policy.compile import unknown_signals
from risk_scorer.policy.values import Value
from risk_scorer.signals.catalogue import SIGNALS
from risk_scorer.signals.links import OF_OTHERS_ALONE
from tests.shipped import PROGRAM

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOME, OTHER_HOME, THIRD_HOME, DOOR, OTHER_DOOR = 101, 102, 103, 201, 202
BOOKER, STRANGER, TOKEN, ACCOUNT, RECIPIENT, WORDS, NOTED = 301, 302, 401, 501, 601, 701, 801
FROM_HOME = shapes.PARCEL | shapes.FROM_HOME


def seen(entity: int, role: int, booking: int, *, hours: float = 1.0, **more: int) -> tuple[int, Seen]:
    """A parcel from `home` to `dropoff`, sighted hours ago through an entity."""
    fields: dict[str, Any] = {"shape": FROM_HOME, "home": HOME, "dropoff": OTHER_DOOR, "booker": STRANGER, **more}
    return entity, Seen(micros(NOW - timedelta(hours=hours)), booking, 1, role, **fields)


def links(
    *met: tuple[int, Seen], marks: dict[int, list[tuple[int, float]]] | None = None, shape: int = FROM_HOME, **me: Any
) -> Links:
    """The links of a parcel from HOME to DOOR by BOOKER; `marks` say what became of bookings, and hours ago."""
    entities = (
        (BOOKER, shapes.BOOKER),
        (RECIPIENT, shapes.RECIPIENT),
        (HOME, shapes.PICKUP),
        (DOOR, shapes.DROPOFF),
        (TOKEN, shapes.TOKEN),
        (ACCOUNT, shapes.ACCOUNT),
        (WORDS, shapes.WORDS),
        (NOTED, shapes.NOTED),
    )
    asking = Hashed(entities, **{"home": HOME, "dropoff": DOOR, "booker": BOOKER, **me})
    became = {
        booking: [Mark(mark, NOW - timedelta(hours=hours)) for mark, hours in those]
        for booking, those in (marks or {}).items()
    }
    return count(History(Met(list(met)), became, NOW), asking, shape, 1)


AT_HOME = seen(HOME, shapes.PICKUP, 7)
BY_NUMBER = seen(BOOKER, shapes.BOOKER, 7, home=OTHER_HOME)


def test_a_booker_who_cancels_has_not_been_refused() -> None:
    assert links(AT_HOME, marks={7: [(shapes.CANCELLED, 1)]}).refused_24h == 0
    assert links(AT_HOME, marks={7: [(shapes.REFUSED, 1)]}).refused_24h == 1
    assert links(AT_HOME, marks={7: [(shapes.REFUSED, 25)]}).refused_24h == 0


def test_what_was_held_is_refused_when_it_came_to_nothing() -> None:
    held = (shapes.HELD, 2.0)
    assert links(AT_HOME, marks={7: [held]}).refused_24h == 0, "it may yet be delivered"
    assert links(AT_HOME, marks={7: [held, (shapes.DELIVERED, 1)]}).refused_24h == 0
    assert links(AT_HOME, marks={7: [held, (shapes.CANCELLED, 1)]}).refused_24h == 1
    assert links(AT_HOME, marks={7: [held, (shapes.CANCELLED, 1), (shapes.CLEARED, 0.5)]}).refused_24h == 0
    assert links(AT_HOME, marks={7: [(shapes.WARNED, 2), (shapes.CANCELLED, 1)]}).refused_24h == 0


def test_what_was_delivered_or_cleared_warns_about_nobody_else() -> None:
    for mark, held in ((shapes.WARNED, 0), (shapes.HELD, 1)):
        found = links(BY_NUMBER, marks={7: [(mark, 2)]})
        assert (found.warned_7d, found.warned_by_number_7d, found.held_7d) == (1, 1, held)
        for undone in (shapes.DELIVERED, shapes.CLEARED):
            found = links(BY_NUMBER, marks={7: [(mark, 2), (undone, 1)]})
            assert (found.warned_7d, found.warned_by_number_7d, found.held_7d) == (0, 0, 0)


def test_a_home_alone_is_a_weaker_link_than_a_number_account_or_card() -> None:
    warned = {7: [(shapes.WARNED, 2.0)]}
    assert links(AT_HOME, marks=warned).warned_by_number_7d == 0
    assert links(AT_HOME, marks=warned).warned_7d == 1
    for entity, role in ((BOOKER, shapes.RECIPIENT), (TOKEN, shapes.TOKEN), (ACCOUNT, shapes.ACCOUNT)):
        assert links(seen(entity, role, 7, home=OTHER_HOME), marks=warned).warned_by_number_7d == 1


def test_a_homes_own_trade_counts_when_it_was_held_and_not_when_it_was_warned_about() -> None:
    own = seen(HOME, shapes.PICKUP, 7, booker=BOOKER, shape=FROM_HOME | shapes.SELF_BOOKED)
    assert links(own, marks={7: [(shapes.WARNED, 2)]}).warned_7d == 0
    assert links(own, marks={7: [(shapes.HELD, 2)]}).warned_7d == 1
    not_in_its_name = seen(HOME, shapes.PICKUP, 7, booker=BOOKER)
    assert links(not_in_its_name, marks={7: [(shapes.WARNED, 2)]}).warned_7d == 1


def test_one_household_on_one_card_is_not_several_bookers() -> None:
    assert links(seen(TOKEN, shapes.TOKEN, 7)).token_other_bookers_30d == 0, "from the same home"
    assert links(seen(TOKEN, shapes.TOKEN, 7, home=OTHER_HOME)).token_other_bookers_30d == 1
    assert links(seen(TOKEN, shapes.TOKEN, 7, home=OTHER_HOME), booker=0).token_other_bookers_30d == 1
    without_number = (
        seen(TOKEN, shapes.TOKEN, 7, home=OTHER_HOME, booker=999),
        seen(ACCOUNT, shapes.ACCOUNT, 7, home=OTHER_HOME, booker=999),
    )
    assert links(*without_number).token_other_bookers_30d == 0, "the same account"


def test_the_same_words_count_at_other_peoples_other_homes() -> None:
    def same(*seen: tuple[int, Seen]) -> int:
        return links(*seen).words_other_homes_7d

    assert same(seen(WORDS, shapes.WORDS, 7, home=OTHER_HOME)) == 1
    assert same(seen(WORDS, shapes.WORDS, 7, home=OTHER_HOME), seen(WORDS, shapes.WORDS, 8, home=THIRD_HOME)) == 2
    assert same(seen(WORDS, shapes.WORDS, 7)) == 0, "the same home"
    assert same(seen(WORDS, shapes.WORDS, 7, home=OTHER_HOME, booker=BOOKER)) == 0, "the same booker"
    assert same(seen(WORDS, shapes.WORDS, 7, home=OTHER_HOME, hours=24 * 8)) == 0, "longer ago"


def test_a_number_in_the_notes_counts_where_it_books_or_receives_from_other_homes() -> None:
    def noted(*seen: tuple[int, Seen]) -> int:
        return links(*seen).noted_other_homes_7d

    assert noted(seen(NOTED, shapes.BOOKER, 7, home=OTHER_HOME)) == 1
    assert noted(seen(NOTED, shapes.RECIPIENT, 7, home=OTHER_HOME), seen(NOTED, shapes.BOOKER, 8, home=THIRD_HOME)) == 2
    assert noted(seen(NOTED, shapes.BOOKER, 7)) == 0, "the same home"
    assert noted(seen(NOTED, shapes.BOOKER, 7, home=OTHER_HOME, shape=shapes.PASSENGER)) == 0, "a ride"
    assert noted(seen(NOTED, shapes.BOOKER, 7, home=OTHER_HOME, hours=24 * 8)) == 0, "longer ago"
    alone = links(seen(NOTED, shapes.BOOKER, 7, home=OTHER_HOME))
    assert (alone.booker_other_homes_7d, alone.recipient_other_homes_7d) == (0, 0), "nobody's own number"


def test_somebody_is_the_same_booker_with_and_without_a_number() -> None:
    assert links(AT_HOME).home_parcel_bookers_7d == 1
    assert links(seen(HOME, shapes.PICKUP, 7, booker=BOOKER)).home_parcel_bookers_7d == 0
    on_account = seen(ACCOUNT, shapes.ACCOUNT, 7, booker=999)
    assert links(seen(HOME, shapes.PICKUP, 7, booker=999), on_account).home_parcel_bookers_7d == 0


def test_a_household_with_two_telephones_and_one_card_is_one_booker_in_its_own_name() -> None:
    own = FROM_HOME | shapes.SELF_BOOKED
    met = (seen(HOME, shapes.PICKUP, 7, shape=own), seen(TOKEN, shapes.TOKEN, 7, shape=own))
    assert links(*met, shape=own).home_parcel_bookers_7d == 0
    assert links(*met).home_parcel_bookers_7d == 1, "this one is not booked in the home's name"
    assert links(met[0], shape=own).home_parcel_bookers_7d == 1, "another card"


def test_drop_offs_of_what_a_number_had_fetched_elsewhere() -> None:
    assert links().numbers_dropoffs_7d == 0
    assert links(AT_HOME).numbers_dropoffs_7d == 0, "another number"
    there = seen(BOOKER, shapes.BOOKER, 7, home=OTHER_HOME, dropoff=DOOR)
    assert links(there).numbers_dropoffs_7d == 1
    assert links(seen(RECIPIENT, shapes.RECIPIENT, 7, home=OTHER_HOME, dropoff=DOOR)).numbers_dropoffs_7d == 1
    elsewhere = seen(RECIPIENT, shapes.RECIPIENT, 8, home=THIRD_HOME, dropoff=OTHER_DOOR)
    assert links(there, elsewhere).numbers_dropoffs_7d == 2
    untold = seen(BOOKER, shapes.BOOKER, 8, home=THIRD_HOME, dropoff=0)
    assert links(there, untold).numbers_dropoffs_7d == 2
    own_home = seen(BOOKER, shapes.BOOKER, 8, home=HOME, dropoff=OTHER_DOOR)
    assert links(there, own_home).numbers_dropoffs_7d == 1


def test_a_warning_for_links_alone_is_no_evidence_of_its_own() -> None:
    def apart(**more: Value) -> tuple[str, str]:
        signals = {**unknown_signals({name: one.kind for name, one in SIGNALS.items()}), **more}
        return PROGRAM.evaluate(signals).decision, PROGRAM.evaluate_without(signals, OF_OTHERS_ALONE).decision

    plain: dict[str, Value] = {"parcel_from_home": True, "bkr_unproven": True, "itm3_vague": True, "bkr4_guest": True}
    linked: dict[str, Value] = {"linked_warned_7d": 1, "linked_held_7d": 1, "grf5_refused_24h": 1}
    assert apart(**plain, **linked)[0] in ("warn", "hold_recommended")
    assert apart(**plain, **linked)[1] == "allow"
    assert apart(parcel_from_home=True, itm1_bank_card=True, **linked) == ("hold_recommended", "hold_recommended")
    several: dict[str, Value] = {"con1_booker_homes_7d": 2, "con1_dropoffs_7d": 2, "bkr1_third_party": True}
    assert apart(**plain, **several) == ("warn", "allow"), "the next one with that number is told of the number itself"
    told: dict[str, Value] = {"tim3_valuables_trip_4h": 1, "linked_confirmed_30d": 1}
    assert apart(**plain, **told)[1] in ("warn", "hold_recommended"), "two legs of one scam, or what an office found"
    street: dict[str, Value] = {"parcel_job": True, "pre1_home_pickup": True, "bkr1_third_party": True}
    street |= {"dst1_public_place": True, "bkr1_three_parties": True}
    assert apart(**plain, **street, **linked)[1] == "warn", "a rule that asks whether there are others stands without"
    assert apart(**plain) == ("allow", "allow")


def test_what_others_came_to_is_known_by_its_signals() -> None:
    assert set(SIGNALS) >= OF_OTHERS_ALONE


def test_a_door_is_known_as_a_firms_by_other_peoples_parcels_that_nothing_was_odd_about() -> None:
    def brought(booking: int, **more: int) -> tuple[int, Seen]:
        whose: dict[str, int] = {"home": OTHER_HOME + booking, "dropoff": DOOR, "booker": STRANGER + booking}
        return seen(DOOR, shapes.DROPOFF, booking, **{**whose, **more})

    assert links(brought(1), brought(2), brought(3)).dropoff_firm_jobs_30d == 3
    assert links(brought(1), brought(2, booker=BOOKER)).dropoff_firm_jobs_30d == 1, "one's own vouch for nothing"
    as_home = brought(2, shape=FROM_HOME | shapes.TO_HOME)
    assert links(brought(1), as_home).dropoff_firm_jobs_30d == 1
    as_hotel = brought(2, shape=FROM_HOME | shapes.TO_PUBLIC)
    assert links(brought(1), as_hotel, brought(3)).dropoff_firm_jobs_30d == 0, "whatever it is called now"
    for odd in (shapes.WARNED, shapes.HELD, shapes.REFUSED, shapes.SUSPECTED, shapes.CONFIRMED):
        assert links(brought(1), brought(2), marks={2: [(odd, 1)]}).dropoff_firm_jobs_30d == 1
    assert links(brought(1), marks={1: [(shapes.WARNED, 2), (shapes.CLEARED, 1)]}).dropoff_firm_jobs_30d == 1
    assert Links(dropoff_jobs_30d=6, dropoff_firm_jobs_30d=3).firm_known
    assert not Links(dropoff_jobs_30d=5, dropoff_firm_jobs_30d=3).firm_known
    assert not Links(dropoff_jobs_30d=30, dropoff_firm_jobs_30d=2).firm_known


def test_a_known_firms_switchboard_is_no_link() -> None:
    held = {7: [(shapes.HELD, 2.0)], 8: [(shapes.REFUSED, 2.0)]}
    met = (
        seen(RECIPIENT, shapes.RECIPIENT, 7, home=OTHER_HOME, dropoff=DOOR),
        seen(RECIPIENT, shapes.RECIPIENT, 8, home=THIRD_HOME, dropoff=DOOR),
    )
    plain = links(*met, marks=held)
    assert (plain.held_7d, plain.refused_24h) == (1, 1)
    firm = links(*met, marks=held, firm=True)
    assert (firm.held_7d, firm.refused_24h) == (1, 1), "that it says to be a firm is not enough"
    known = links(*met, marks=held, firm=True, vouched=True)
    assert (known.held_7d, known.refused_24h) == (0, 0)
    by_booker = links(seen(BOOKER, shapes.BOOKER, 7, home=OTHER_HOME), marks=held, firm=True, vouched=True)
    assert by_booker.held_7d == 1


def test_a_place_written_otherwise_is_no_other_place() -> None:
    """A sighting names a home by one of its keys; another booking that was met here says which it is."""
    same_home = seen(BOOKER, shapes.BOOKER, 7, home=112)
    assert links(same_home).booker_other_homes_7d == 1, "nothing says that it is the same"
    met_here = seen(HOME, shapes.PICKUP, 8, home=112)
    assert links(same_home, met_here).booker_other_homes_7d == 0
    assert links(same_home, met_here, booker=0).token_other_bookers_30d == 0
    same_door = seen(BOOKER, shapes.BOOKER, 7, home=OTHER_HOME, dropoff=212)
    brought_here = seen(DOOR, shapes.DROPOFF, 8, home=THIRD_HOME, dropoff=212)
    assert links(same_door).numbers_dropoffs_7d == 2
    assert links(same_door, brought_here).numbers_dropoffs_7d == 1


def test_a_scam_that_was_tried_here_once_makes_nobody_known() -> None:
    before = seen(BOOKER, shapes.BOOKER, 7, hours=96)
    assert links(before).booker_here_days == 4
    for mark in (shapes.CANCELLED, shapes.REFUSED, shapes.WARNED, shapes.HELD, shapes.SUSPECTED):
        assert links(before, marks={7: [(mark, 95)]}).booker_here_days == 0, mark
    assert links(before, marks={7: [(shapes.WARNED, 95), (shapes.DELIVERED, 94)]}).booker_here_days == 0


def test_what_is_held_now_counts_for_the_next_while_nobody_knows_what_comes_of_it() -> None:
    assert links(BY_NUMBER, marks={7: [(shapes.HELD, 1)]}).refused_24h == 1
    assert links(BY_NUMBER, marks={7: [(shapes.HELD, 3)]}).refused_24h == 0
    assert links(BY_NUMBER, marks={7: [(shapes.HELD, 1), (shapes.DELIVERED, 0.5)]}).refused_24h == 0


def test_several_jobs_of_one_sender_make_no_door_a_firms() -> None:
    jobs = [seen(DOOR, shapes.DROPOFF, number, home=OTHER_HOME + number, booker=STRANGER) for number in range(6)]
    assert links(*jobs, firm=True).dropoff_firm_jobs_30d == 1
    unnamed = [seen(DOOR, shapes.DROPOFF, number, home=OTHER_HOME + number, booker=0) for number in range(6)]
    assert links(*unnamed, firm=True).dropoff_firm_jobs_30d == 0


def test_a_home_is_asked_about_whole_however_the_other_end_of_a_round_trip_is_written() -> None:
    """There and back, with the postcode at one end: what was seen of the home under its plain key is not passed over as
    if it had been asked for under the other one."""
    with_postcode = 4711
    entities = ((HOME, shapes.PICKUP), (with_postcode, shapes.DROPOFF), (HOME, shapes.DROPOFF))
    there_and_back = Hashed(entities, home=HOME, dropoff=HOME, booker=BOOKER, fetched=True)
    about_home = [one for one in asks(there_and_back) if one.entity == HOME and one.look.roles & 1 << shapes.PICKUP]
    assert [one.earlier for one in about_home] == [()]


@pytest.mark.parametrize(
    ("role", "me", "asked"),
    [
        (shapes.DROPOFF, {}, False),
        (shapes.DROPOFF, {"fetched": True}, True),
        (shapes.CELL, {}, False),
        (shapes.CELL, {"fetched": True}, True),
        (shapes.STREET_FROM, {"fetched": True}, False),
        (shapes.STREET_FROM, {"departure": True}, True),
    ],
)
def test_what_can_say_nothing_of_a_booking_is_not_asked(role: int, me: dict[str, bool], asked: bool) -> None:
    other = Hashed(((DOOR, role),), home=0, dropoff=0, booker=BOOKER, **me)
    assert bool(asks(other)) is asked


def test_who_could_be_told_of_a_ride_to_or_from_a_bank_is_asked_for_there_and_then_alone() -> None:
    def about(entity: int, **me: Any) -> list[tuple[bool, bool]]:
        ride = Hashed(((HOME, shapes.PICKUP), (DOOR, shapes.DROPOFF)), home=HOME, dropoff=DOOR, booker=BOOKER, **me)
        return [
            (bool(one.look.roles & 1 << shapes.PICKUP), one.look.homes) for one in asks(ride) if one.entity == entity
        ]

    assert about(HOME) == [(True, False)]
    assert about(HOME, visit=True) == [(True, False), (False, False)]
    assert about(HOME, visit=True, could_be_home=False) == []
    assert about(DOOR) == []
    assert about(DOOR, back=True) == [(True, True)]


def test_a_parcel_that_was_suspected_counts_for_who_rides_from_a_station_to_that_door() -> None:
    refused = seen(DOOR, shapes.PICKUP, 7, home=DOOR)
    marks = {7: [(shapes.SUSPECTED, 1.0)]}
    assert links(refused, marks=marks, shape=shapes.ARRIVAL, arrival=True).suspected_24h == 1
    assert links(refused, marks=marks, shape=shapes.PASSENGER).suspected_24h == 0
    assert links(refused, marks={7: [(shapes.SUSPECTED, 25.0)]}, shape=shapes.ARRIVAL, arrival=True).suspected_24h == 0


def test_homes_nearby_matter_to_goods_and_to_whoever_rides_to_a_bank() -> None:
    district = 815
    ordinary = Hashed(((HOME, shapes.PICKUP),), home=HOME, dropoff=0, booker=BOOKER, district=district)
    assert district not in {one.entity for one in asks(ordinary)}
    for more in ({"fetched": True}, {"visit": True}):
        told = Hashed(((HOME, shapes.PICKUP),), home=HOME, dropoff=0, booker=BOOKER, district=district, **more)
        assert district in {one.entity for one in asks(told)}


def test_what_was_suspected_of_another_home_counts_against_the_door_it_was_sent_to() -> None:
    sent = seen(DOOR, shapes.DROPOFF, 7, home=OTHER_HOME, dropoff=DOOR)
    suspected = {7: [(shapes.SUSPECTED, 25.0)]}
    assert links(sent, marks=suspected, fetched=True).dropoff_suspected_7d == 1
    assert links(sent, marks={7: [(shapes.REFUSED, 25.0)]}, fetched=True).dropoff_suspected_7d == 0
    assert links(sent, marks={7: [(shapes.SUSPECTED, 24.0 * 8)]}, fetched=True).dropoff_suspected_7d == 0
    assert links(sent, marks={7: [(shapes.SUSPECTED, 2), (shapes.CLEARED, 1)]}, fetched=True).dropoff_suspected_7d == 0
    assert links(sent, marks=suspected, fetched=True, firm=True, vouched=True).dropoff_suspected_7d == 0
    same_home = seen(DOOR, shapes.DROPOFF, 7, home=HOME, dropoff=DOOR)
    assert links(same_home, marks=suspected, fetched=True).dropoff_suspected_7d == 0
