"""Everything that is known of one booking at one moment, read once, for the signals to look at."""

from __future__ import annotations

from datetime import datetime

from pickup_contracts.booking import AFTER_COLLECTION, Account, BookingEvent, Payment
from risk_scorer import shapes
from risk_scorer.known import account, address, contact, items, known, stop, vias
from risk_scorer.lazy import lazy
from risk_scorer.lifecycle import Lifecycle
from risk_scorer.links import NONE, Links
from risk_scorer.merge import BookingState
from risk_scorer.outcomes.reported import NOTHING, Found
from risk_scorer.parties.compare import Parties, compare
from risk_scorer.premises.address_key import address_keys, distance_m, street_key
from risk_scorer.premises.judge import StopJudgement, judge
from risk_scorer.text.findings import FieldText, Findings, read
from risk_scorer.text.numbers import mobiles_in
from risk_scorer.text.repeated import is_telling, said_in
from risk_scorer.text.written import ON_BOARD, written

_BANK_IN_WORDS = ("bank_branch", "bank_visit")
_INSTITUTIONS = frozenset({"medical", "education", "court", "police_station"})
_INSIDE = frozenset({"business", "medical", "education", "court"})
_PUBLIC = frozenset({"car_park", "public_place", "station", "airport", "retail", "hotel"})
_TRANSPORT = frozenset({"station", "airport"})
#: How an assessment says that the history, or what was heard of the booking earlier, could not be had.
WITHOUT_HISTORY = "history"
#: What the firm itself writes, whenever that is.
_STAFF_FIELDS = ("notes.office", "change_reason")
_DRIVER = ("notes.driver",)
_REASONS = ("change_reason",)
_ON_BOARD = (ON_BOARD,)
_NOTHING_WRITTEN = read([])
#: Where somebody writes sentences. A reference or an item's name is nobody's finding.
_NOTES = ("notes.", "pickup.notes", "dropoff.notes", "via", "change_reason")
_NO_PAYMENT = Payment()


class Facts:
    """One booking, as of `as_of`. `links` starts empty and is set once the history has been read, `found` once the
    outcomes have; `pickup` and `dropoff` start from their own words and are settled by what else is known. `degraded`
    names inputs that could not be had."""

    def __init__(self, state: BookingState, as_of: datetime) -> None:
        self.booking: BookingEvent = state.booking
        self.lifecycle: Lifecycle = state.lifecycle
        self.as_of = as_of
        self.links: Links = NONE
        self.found: Found = NOTHING
        self.degraded: tuple[str, ...] = (WITHOUT_HISTORY,) if state.lifecycle.begun_anew else ()
        self.account: Account = account(state.booking)
        payment = known(state.booking.payment)
        self.payment: Payment = payment if payment is not None else _NO_PAYMENT
        self.pickup: StopJudgement = judge(stop(state.booking.pickup))
        self.dropoff: StopJudgement = judge(stop(state.booking.dropoff))
        self.parties: Parties = compare(state.booking)
        self._texts = list(written(state))
        self.text: Findings = read(self._texts)

    @lazy
    def pickup_keys(self) -> tuple[str, ...]:
        return address_keys(address(self.booking.pickup))

    @lazy
    def dropoff_keys(self) -> tuple[str, ...]:
        return address_keys(address(self.booking.dropoff))

    @lazy
    def carries_parcel(self) -> bool:
        """Goods travel: said so, or a courier job, or a taxi whose text or items speak of a thing to fetch."""
        carries = self.booking.carries
        if carries == "parcel":
            return True
        if carries == "passenger":
            return self.nobody_rides
        return (
            self.booking.service == "courier"
            or bool(items(self.booking))
            or self.text.has("parcel_job")
            or self.nobody_rides
        )

    @lazy
    def nobody_rides(self) -> bool:
        """A ride was booked, and the booking itself says that nobody takes it, only a thing (RTE4)."""
        if self.booking.carries == "parcel" or self.booking.service == "courier":
            return False
        told = known(self.booking.observations)
        seen = told is not None and "no_passenger_only_parcel" in told
        return seen or self.text.has("driver_reports_parcel_only")

    def told_at_the_door(self, topic: str) -> bool:
        """Whether the office or the driver wrote it: not the booker's own note of before anybody was there."""
        return self.text.has(topic, fields=_STAFF_FIELDS) or self._on_the_way.has(topic, fields=_DRIVER)

    def told_of_the_home(self, topic: str) -> bool:
        """`told_at_the_door`, of the door at which it is fetched: a reason that is given with the goods on board
        ("refused, did not order it") is about the other end."""
        told = self.text.fields(topic)
        if any(field.startswith(_STAFF_FIELDS) and field != ON_BOARD for field in told):
            return True
        return self._on_the_way.has(topic, fields=_DRIVER)

    def found_on_the_way(self, topic: str) -> bool:
        """Whether it was written with a driver under way: what the notes said before is the order."""
        moved = self.lifecycle.moved_at is not None
        return self._on_the_way.has(topic) or (moved and self.text.has(topic, fields=_REASONS))

    def found_on_board(self, topic: str) -> bool:
        """Whether it was written with a driver under way, or as a reason with the passenger or the goods on board."""
        return self._on_the_way.has(topic) or self.text.has(topic, fields=_ON_BOARD)

    @lazy
    def _on_the_way(self) -> Findings:
        """The findings of what was written into the notes by somebody who may have seen the door."""
        notes = known(self.booking.notes)
        if notes is None:
            return _NOTHING_WRITTEN
        noted = (
            ("notes.driver", known(notes.driver), self.lifecycle.drivers_order),
            ("notes.office", known(notes.office), self.lifecycle.offices_order),
        )
        added = [
            FieldText(field, f"{note[: order[0]]}\n{note[order[1] :]}")
            for field, note, order in noted
            if note is not None and order is not None
        ]
        return read(added) if added else _NOTHING_WRITTEN

    @lazy
    def noted_numbers(self) -> tuple[str, ...]:
        """Mobile numbers in its texts, in E.164, each once."""
        return tuple(dict.fromkeys(mobiles_in(self._texts)))

    @lazy
    def note_words(self) -> str | None:
        """What the order's notes say, as it compares with other orders' of goods; `None` where that is nothing."""
        if not (is_telling(self.text) and self.carries_parcel):
            return None
        booking, notes = self.booking, known(self.booking.notes)
        driver, order = known(notes.driver) if notes is not None else None, self.lifecycle.drivers_order
        if driver is not None and order is not None:
            driver = driver[slice(*order)]
        given = (driver, known(stop(booking.pickup).notes), known(stop(booking.dropoff).notes))
        booker = known(booking.booker)
        names = (
            known(booker.name) if booker is not None else None,
            known(contact(booking.pickup).name),
            known(contact(booking.dropoff).name),
        )
        return said_in(filter(None, given), filter(None, names))

    @lazy
    def staff_suspect(self) -> bool:
        """Whether driver or office wrote that something is wrong. What only they would write counts in any note; what
        a customer might say of themselves or their family ("she's not happy with me") only where staff write."""
        return self.told_at_the_door("staff_suspects") or self.text.has("staff_suspects_plainly", fields=_NOTES)

    @lazy
    def vias(self) -> tuple[StopJudgement, ...]:
        """What the stops on the way are taken for, by their own words."""
        return tuple(map(judge, vias(self.booking)))

    @lazy
    def waits(self) -> bool:
        """Waiting and return, or waiting time, was asked for (RTE5)."""
        wait = known(self.booking.wait_s)
        return self.booking.wait_and_return is True or bool(wait) or self.text.has("wait_and_return")

    @lazy
    def taken_to_the_bank(self) -> bool:
        """Somebody rides to a bank, money service or dealer: it is where the ride ends, or a stop on the way where
        the car waits or the passenger goes in, or what the text calls one of these ("her branch, while she gets some
        out")."""
        if self.dropoff.valuables:
            return True
        if not self.carries_passenger:
            return False
        drawn = self.text.has("bank_withdrawal")
        if self.text.has("bank_branch", fields=("dropoff.address",)) and not self.to_home:
            return True
        if drawn and any(self.text.has(topic, fields=("notes.", "pickup.notes")) for topic in _BANK_IN_WORDS):
            return True
        if not (drawn or self.waits or self.text.has("goes_in")):
            return False
        return self.text.has("bank_branch", fields=("via",)) or any(via.valuables for via in self.vias)

    @lazy
    def carries_passenger(self) -> bool:
        if self.booking.carries == "passenger":
            return True
        return not self.carries_parcel and self.booking.service == "taxi"

    @lazy
    def from_home(self) -> bool:
        """A dwelling, or the street before one: a door is behind it either way."""
        return self.pickup.residential == "yes" or self.pickup.before_a_house

    @lazy
    def could_be_home(self) -> bool:
        """The pickup is not known to be something else: what was fetched there before is asked for."""
        return self.pickup.residential != "no"

    @lazy
    def pairs_at_home(self) -> bool:
        """Where else its home sent to is read from the home's own sightings, which are few, and not stored as pairs."""
        return self.from_home and self.could_be_home

    @lazy
    def to_home(self) -> bool:
        return self.dropoff.residential == "yes"

    @lazy
    def to_a_firm(self) -> bool:
        """A firm's, practice's, school's or court's door, where somebody takes things in: as its kind is taken for, and
        not outside it."""
        there = self.dropoff
        return there.kind in _INSIDE and not (there.outside or there.street_corner or there.relay_point)

    @lazy
    def firm_vouched_for(self) -> bool:
        """`to_a_firm` by the operator's own word, or a practice, school or court by the look-up's. That some firm is
        there is true of every serviced office."""
        source = self.dropoff.source
        return self.to_a_firm and (source == "operator" or (source == "lookup" and self.dropoff.kind != "business"))

    @lazy
    def to_a_street(self) -> bool:
        """Only a street is given, no house and no name: who rides to a home does not always say which."""
        return self.dropoff.vague_place and street_key(address(self.booking.dropoff)) is not None

    @lazy
    def collected(self) -> bool:
        return self.booking.status in AFTER_COLLECTION or self.lifecycle.collected_at is not None

    @lazy
    def observations(self) -> frozenset[str]:
        """What was seen at the door: as the operator's own system says, and as drivers and offices reported."""
        told = known(self.booking.observations)
        return self.found.observations.union(told) if told is not None else self.found.observations

    @lazy
    def distance_m(self) -> float | None:
        """As quoted, else from coordinates, else from postcode areas; `None` when none of them is known."""
        quoted = known(self.booking.distance_m)
        if quoted is not None:
            return float(quoted)
        return distance_m(address(self.booking.pickup), address(self.booking.dropoff))

    @lazy
    def business_account(self) -> bool:
        return self.account.type == "business"

    @lazy
    def account_age_days(self) -> float | None:
        opened = known(self.account.opened_at)
        return None if opened is None else (self.as_of - opened).total_seconds() / 86_400

    @lazy
    def completed_bookings(self) -> int | None:
        return known(self.account.completed_bookings)

    @lazy
    def shape(self) -> int:
        """The booking's shape as a sighting carries it (`shapes`)."""
        bits = 0
        for bit, holds in (
            (shapes.PARCEL, self.carries_parcel),
            (shapes.PASSENGER, self.carries_passenger),
            (shapes.FROM_HOME, self.from_home),
            (shapes.TO_HOME, self.to_home or self.to_a_street),
            (shapes.BUSINESS, self.business_account),
            (shapes.TO_VALUABLES, self.taken_to_the_bank),
            (shapes.TO_PUBLIC, self.dropoff.kind in _PUBLIC or self.dropoff.outside or self.dropoff.street_corner),
            (shapes.TO_STATION, self.dropoff.kind in _TRANSPORT),
            (shapes.FROM_STATION, self.pickup.kind in _TRANSPORT),
            (shapes.SELF_BOOKED, self.parties.booker_is_pickup_contact == "yes"),
            (shapes.WAITING, self.booking.wait_and_return is True),
            (shapes.FROM_VALUABLES, self.pickup.valuables),
            (shapes.TO_INSTITUTION, self.dropoff.kind in _INSTITUTIONS),
        ):
            if holds:
                bits |= bit
        return bits
