"""What the history knows: every count of `risk_scorer.links.Links`, as a signal of its own name."""

from __future__ import annotations

from collections.abc import Callable

from risk_scorer.facts import Facts
from risk_scorer.known import contact, known
from risk_scorer.links import Links
from risk_scorer.parties.phones import phone_kind
from risk_scorer.signals.signal import Room, Signal, words

room = Room()

_KNOWN_DAYS = 7

#: The signal's name, the count that it shows, and how its evidence reads.
_COUNTS: tuple[tuple[str, str, str], ...] = (
    ("con1_booker_homes_7d", "booker_other_homes_7d", "{n} other homes for this booker's number in 7 days"),
    ("con1_recipient_homes_7d", "recipient_other_homes_7d", "{n} other homes for this recipient's number in 7 days"),
    (
        "con1_dropoffs_7d",
        "numbers_dropoffs_7d",
        "{n} drop-offs for what these numbers had fetched from other homes in 7 days, and this",
    ),
    ("dst8_homes_7d", "dropoff_other_homes_7d", "{n} other homes to this drop-off in 7 days"),
    ("dst8_homes_30d", "dropoff_other_homes_30d", "{n} other homes to this drop-off in 30 days"),
    (
        "dst8_suspected_7d",
        "dropoff_suspected_7d",
        "{n} parcels from other homes to this drop-off of which driver or office suspected something in 7 days",
    ),
    ("grf10_dropoff_jobs_30d", "dropoff_jobs_30d", "{n} other jobs to this drop-off in 30 days"),
    (
        "grf10_firm_jobs_30d",
        "dropoff_firm_jobs_30d",
        "{n} parcels of other people's homes to this drop-off as to a firm in 30 days, with nothing odd about them",
    ),
    ("grf2_cell_homes_7d", "cell_other_homes_7d", "{n} other homes to the same few streets in 7 days"),
    ("tim4_home_parcels_24h", "home_parcels_24h", "{n} other parcel jobs from this address in 24 hours"),
    ("pre4_home_parcels_7d", "home_parcels_7d", "{n} other parcel jobs from this address in 7 days"),
    ("pre4_home_parcels_30d", "home_parcels_30d", "{n} other parcel jobs from this address in 30 days"),
    ("pre4_home_dropoffs_30d", "home_parcel_dropoffs_30d", "{n} drop-offs for this address's parcels in 30 days"),
    ("pre4_home_bookers_7d", "home_parcel_bookers_7d", "{n} other bookers for this address's parcels in 7 days"),
    ("pre3_home_trips_30d", "home_passenger_trips_30d", "{n} passenger trips from this address in 30 days"),
    ("tim3_valuables_trip_4h", "home_valuables_trip_4h", "{n} trips from this address to a bank or dealer in 4 hours"),
    ("grf6_valuables_trip_7d", "home_valuables_trip_7d", "{n} trips from this address to a bank or dealer in 7 days"),
    ("home_known_days", "home_first_seen_days", "this address first seen {n} days ago"),
    ("grf4_other_firms_72h", "home_other_firms_72h", "{n} other firms at this address in 72 hours"),
    ("grf5_refused_24h", "refused_24h", "{n} linked bookings refused or held in 24 hours"),
    (
        "grf5_suspected_24h",
        "suspected_24h",
        "{n} linked bookings ended in 24 hours because driver or office suspected something",
    ),
    ("linked_confirmed_30d", "confirmed_30d", "{n} linked bookings found to be scams in 30 days"),
    ("linked_cleared_30d", "cleared_30d", "{n} linked bookings looked at and cleared by the office in 30 days"),
    ("linked_warned_7d", "warned_7d", "{n} linked bookings warned about in 7 days and not delivered"),
    (
        "linked_warned_number_7d",
        "warned_by_number_7d",
        "{n} bookings with the same number, account, card or device warned about in 7 days and not delivered",
    ),
    ("linked_held_7d", "held_7d", "{n} linked bookings in 7 days that were likely scams and were not delivered"),
    ("lif3_cancelled_2h", "cancelled_2h", "{n} linked bookings cancelled in 2 hours"),
    ("pair_jobs_30d", "pair_jobs_30d", "{n} other jobs between these two addresses in 30 days"),
    ("tim8_pair_weeks", "pair_weeks", "this pair of addresses in {n} earlier weeks"),
    ("bkr11_booker_here_days", "booker_here_days", "this booker known at this address for {n} days"),
    ("booker_jobs_30d", "booker_jobs_30d", "{n} other jobs for this booker in 30 days"),
    ("booker_known_days", "booker_days", "this booker known for {n} days"),
    ("account_jobs_30d", "account_jobs_30d", "{n} other jobs on this account in 30 days"),
    ("account_known_days", "account_days", "this account known for {n} days"),
    ("grf3_token_bookers_30d", "token_other_bookers_30d", "{n} other bookers on this payment token in 30 days"),
    ("grf3_device_bookers_30d", "device_other_bookers_30d", "{n} other bookers on this device in 30 days"),
    (
        "con1_noted_homes_7d",
        "noted_other_homes_7d",
        "{n} other homes' parcels booked or received in 7 days by a number in the notes",
    ),
    ("grf8_same_words_homes_7d", "words_other_homes_7d", "{n} other homes with the same words in the notes in 7 days"),
    (
        "grf7_street_arrivals_1h",
        "street_arrivals_1h",
        "{n} passengers from a station set down in this street in the last hour",
    ),
    ("grf6_phone_valuables_7d", "phone_valuables_trip_7d", "{n} bank or dealer trips for these numbers in 7 days"),
    (
        "con1_booker_bank_homes_7d",
        "booker_other_valuables_homes_7d",
        "{n} other homes sent to a bank or dealer by this booker in 7 days",
    ),
    (
        "grf6_door_valuables_72h",
        "door_valuables_trip_72h",
        "{n} trips of others to a bank or dealer in 3 days from the door that this ride goes to",
    ),
    (
        "grf6_rides_back_72h",
        "home_rides_back_72h",
        "{n} rides in 3 days from a bank or dealer to this home",
    ),
    (
        "grf9_district_homes_72h",
        "district_warned_homes_72h",
        "{n} other homes in this postcode district warned about in 3 days",
    ),
    ("rte3_arrivals_1h", "booker_arrivals_1h", "{n} rides from a station for this booker in the last hour"),
    ("rte3_other_doors_72h", "booker_other_doors_72h", "{n} other homes visited from a station in 72 hours"),
    ("grf6_phone_parcels_7d", "phone_parcel_job_7d", "{n} parcel jobs from homes for these numbers in 7 days"),
)

#: What there is only because other bookings share something, or came to something themselves. A booking that is warned
#: about for nothing else passes that on to nobody: who shares it too is told of those others directly, and one false
#: alarm would breed another. Where somebody rode from a home, or what somebody found, is not of this kind.
OF_OTHERS_ALONE = frozenset(
    {"grf5_refused_24h", "linked_warned_7d", "linked_warned_number_7d", "linked_held_7d", "grf9_district_homes_72h"}
    | {"con1_booker_homes_7d", "con1_recipient_homes_7d", "con1_dropoffs_7d", "con1_landlines"}
    | {"dst8_homes_7d", "dst8_homes_30d", "grf2_cell_homes_7d", "grf3_token_bookers_30d", "grf3_device_bookers_30d"}
    | {"grf8_same_words_homes_7d", "con1_noted_homes_7d"}
    | {"tim4_home_parcels_24h", "pre4_home_parcels_7d", "pre4_home_parcels_30d"}
    | {"pre4_home_dropoffs_30d", "pre4_home_bookers_7d"}
)

#: Of other bookings these are not asked, and are 0 (`looks.asks`).
_ASKED_OF = {
    **dict.fromkeys(
        ("dst8_homes_7d", "dst8_homes_30d", "dst8_suspected_7d", "grf10_dropoff_jobs_30d", "grf10_firm_jobs_30d"),
        ", where goods travel",
    ),
    "grf2_cell_homes_7d": ", where goods travel",
    "grf7_street_arrivals_1h": ", where somebody rides to a station",
    "grf6_door_valuables_72h": ", where somebody rides from a station",
    "grf6_rides_back_72h": ", where goods travel",
    "grf9_district_homes_72h": ", where goods travel or somebody rides to a bank or dealer",
}
#: How each count reads, by its signal; `{n}` stands for the count.
WORDS = {name: template for name, _, template in _COUNTS}


def _reader(count: str) -> Callable[[Facts], int]:
    def read(facts: Facts) -> int:
        value: int = getattr(facts.links, count)
        return value

    return read


_UNUSED = set(Links.__struct_fields__) - {count for _, count, _ in _COUNTS}
if _UNUSED:
    raise AssertionError(f"links without a signal: {sorted(_UNUSED)}")

for _name, _count, _words in _COUNTS:
    _meaning = _words.replace("{n} ", "How many ") + _ASKED_OF.get(_name, "")
    room.signals.append(
        Signal(
            _name,
            int,
            _reader(_count),
            words(_words),
            f"{_meaning}. 0 when none was seen.",
            source="history",
            count=_count,
            of=(_count,),
        )
    )


@room.signal("booker_known_week", "this booker known for a week or more", source="history", of=("booker_days",))
def known_week(facts: Facts) -> bool:
    """The booker's number has been known to the operator for a week or more (BKR3). False when nothing was seen."""
    return facts.links.booker_days >= _KNOWN_DAYS


@room.signal("dst12_known_firm", "dropoff.premises", source="history", of=("dropoff_jobs_30d", "dropoff_firm_jobs_30d"))
def known_firm(facts: Facts) -> bool:
    """A firm's, practice's or school's door by the operator's word or the look-up's, or one to which six jobs and more
    came in 30 days, three of them other people's parcels from homes with nothing odd about them (DST12, GRF10). Never a
    home, a shop, a hotel or an open place, where anybody may wait."""
    by_its_jobs = facts.links.firm_known
    return facts.firm_vouched_for or (facts.to_a_firm and by_its_jobs)


@room.signal(
    "con1_landlines",
    "booker.phone, dropoff.contact.phone",
    source="history",
    of=("booker_other_homes_7d", "recipient_other_homes_7d"),
)
def landlines(facts: Facts) -> bool:
    """The numbers on which other homes' parcels were booked or received are landlines, as a firm's are. False when none
    was (CON1)."""
    booker = known(facts.booking.booker)
    met = [
        known(booker.phone) if booker is not None and facts.links.booker_other_homes_7d else None,
        known(contact(facts.booking.dropoff).phone) if facts.links.recipient_other_homes_7d else None,
    ]
    kinds = [phone_kind(phone) for phone in met if phone is not None]
    return bool(kinds) and all(kind == "landline" for kind in kinds)
