"""What changed under way, and what was seen at the door."""

from __future__ import annotations

from risk_scorer.facts import Facts
from risk_scorer.known import known
from risk_scorer.signals.signal import Room

room = Room()


@room.signal(
    "lif1_dropoff_changed_after_collection", "dropoff changed after collection", source="course of the booking"
)
def changed_after_collection(facts: Facts) -> bool:
    """The drop-off was changed to another place when the goods were already on board (LIF1). Not when it was put right
    or is next door, nor when they go back where they came from, as what is refused or can't be delivered does."""
    if not facts.lifecycle.dropoff_changed_after_collection:
        return False
    return set(facts.dropoff_keys).isdisjoint(facts.pickup_keys)


@room.signal("lif7_next_door_on_board", "dropoff moved next door after collection", source="course of the booking")
def next_door(facts: Facts) -> bool:
    """With the goods on board, the drop-off was changed to a door next to it or in the same street (LIF7)."""
    return facts.lifecycle.next_door_after_collection


@room.signal("lif2_changes", "{n} changes of pickup or drop-off", source="course of the booking")
def changes(facts: Facts) -> int:
    """How often pickup or drop-off were changed (LIF2)."""
    return facts.lifecycle.dropoff_changes + facts.lifecycle.pickup_changes


@room.signal("lif2_late_changes", "{n} changes with the driver under way", source="course of the booking")
def late_changes(facts: Facts) -> int:
    """How often pickup or drop-off were changed with the driver under way (LIF2)."""
    return facts.lifecycle.late_changes


@room.signal("lif2_driver_says_changing", "notes, change_reason")
def driver_says_changing(facts: Facts) -> bool:
    """The driver says that they keep changing where (LIF2). The reason that is given for a single change says no more
    than that there was one."""
    told = facts.text.fields("keeps_changing")
    return any(not field.startswith("change_reason") for field in told) or (bool(told) and changes(facts) >= 2)


@room.signal("lif2_dropoff_changed", "drop-off changed", source="course of the booking")
def dropoff_changed(facts: Facts) -> bool:
    """The drop-off is not the first one given."""
    return facts.lifecycle.dropoff_changes > 0


@room.signal("lif2_back_to_original", "drop-off changed and changed back", source="course of the booking")
def back_to_original(facts: Facts) -> bool:
    """The drop-off was changed and changed back (LIF2)."""
    return facts.lifecycle.back_to_original


@room.signal("lif4_cancelled_at_once", "cancelled as the driver stopped", source="course of the booking")
def cancelled_at_once(facts: Facts) -> bool:
    """The driver was at the door, and the booker's side cancelled within ten minutes of the last move (LIF4). One who
    is only on the way is cancelled every day."""
    life = facts.lifecycle
    stopped = life.arrived_at is not None or life.collected_at is not None
    return stopped and life.cancelled_after_s is not None and life.cancelled_after_s <= 600


@room.signal("lif4_cancelled_en_route", "cancelled after collection", source="course of the booking")
def cancelled_en_route(facts: Facts) -> bool:
    """The booker's side cancelled with the passenger or the goods on board (LIF4)."""
    life = facts.lifecycle
    return life.cancelled_after_s is not None and life.collected_at is not None


@room.signal("lif5_goods_go_on_alone", "carries", source="course of the booking")
def goods_go_on_alone(facts: Facts) -> bool:
    """Who rode has got out on the way, and something of theirs goes on: the ride was made a parcel with the passenger
    on board, or whoever was under way wrote so (LIF5)."""
    if facts.lifecycle.goods_went_on_alone:
        return True
    rides = facts.booking.carries == "passenger" and facts.lifecycle.collected_at is not None
    return rides and facts.found_on_board("goods_go_on_alone")


@room.signal("lif8_wait_added", "waiting added later", source="course of the booking")
def wait_added(facts: Facts) -> bool:
    """Waiting and return was added later, not by the passenger (LIF8)."""
    return facts.lifecycle.wait_added


@room.signal("con4_eta_calls", "{n} calls for the driver's whereabouts", source="enquiries.eta_calls")
def eta_calls(facts: Facts) -> int:
    """How often someone rang for the driver's whereabouts (CON4)."""
    asked = known(facts.booking.enquiries)
    return (known(asked.eta_calls) or 0) if asked is not None else 0


@room.signal("con5_asked_for_driver", "enquiries.asked_for_driver_details")
def asked_for_driver(facts: Facts) -> bool:
    """Somebody wanted the driver's number, name or plate (CON5)."""
    asked = known(facts.booking.enquiries)
    if asked is not None and asked.asked_for_driver_details is True:
        return True
    return _observed(facts, "asked_for_driver_number")


@room.signal("pre5_sender_surprised", "observations", source="observations, outcome")
def sender_surprised(facts: Facts) -> bool:
    """The person at the pickup is surprised or confused, or does not know what is going on (PRE5)."""
    return _observed(facts, "sender_confused") or facts.told_of_the_home("household_surprised")


@room.signal("pre6_sender_on_phone", "observations", source="observations, outcome")
def sender_on_phone(facts: Facts) -> bool:
    """The person at the pickup is kept on the phone, or told not to talk (PRE6)."""
    return _observed(facts, "sender_on_phone", "told_not_to_talk") or facts.told_of_the_home("household_on_phone")


@room.signal("mentioned_bank_or_police", "observations", source="observations, outcome")
def mentioned(facts: Facts) -> bool:
    """Somebody at the door spoke of a bank or the police."""
    return _observed(facts, "mentioned_bank_or_police")


@room.signal("itm8_felt_like_cash", "observations", source="observations, outcome")
def felt_like_cash(facts: Facts) -> bool:
    """It feels like banknotes, or is small and heavy (ITM8)."""
    return _observed(facts, "felt_like_cash") or facts.told_at_the_door("felt_like_cash")


@room.signal("bkr8_other_recipient", "handover.recipient_name")
def other_recipient(facts: Facts) -> bool:
    """Another name was given at the drop-off than on the booking, or the recipient hid (BKR8)."""
    return _observed(facts, "recipient_name_mismatch", "recipient_masked") or facts.told_at_the_door(
        "other_name_at_dropoff"
    )


@room.signal("lif6_relay_or_item_changed", "observations", source="observations, outcome")
def relay_or_changed(facts: Facts) -> bool:
    """The driver was asked to hand on to somebody else, or the item is not what was booked (DST10, LIF6)."""
    return _observed(facts, "asked_to_relay", "item_changed")


@room.signal("bkr7_evasive", "notes.office")
def evasive(facts: Facts) -> bool:
    """The booker was abusive or evasive when asked, or would not say what it is or who receives it (BKR7)."""
    return facts.told_at_the_door("evasive_booker")


@room.signal("pay6_fare_from_notes", "notes.office")
def fare_from_notes(facts: Facts) -> bool:
    """The passenger paid from a bag or wad of notes (PAY6)."""
    return facts.told_at_the_door("fare_from_notes")


@room.signal("staff_suspects", "notes")
def staff_suspects(facts: Facts) -> bool:
    """Driver or office wrote that they think something is wrong."""
    return facts.staff_suspect


@room.signal("nothing_odd", "observations", source="observations, outcome")
def nothing_odd(facts: Facts) -> bool:
    """The driver saw nothing odd, and nobody saw anything that is."""
    return facts.observations == {"nothing_odd"}


@room.signal("con8_cleared", "outcome")
def cleared(facts: Facts) -> bool:
    """The office has looked into it and cleared it, and nothing odd was reported since (CON8). A driver's word alone
    does not clear."""
    return facts.found.finding == "cleared" and facts.found.by_office


@room.signal("found_scam", "outcome")
def found_scam(facts: Facts) -> bool:
    """The office found it to be a scam."""
    return facts.found.finding == "confirmed_scam"


@room.signal("found_suspected", "outcome")
def found_suspected(facts: Facts) -> bool:
    """Driver or office suspects a scam."""
    return facts.found.finding == "suspected_scam"


@room.signal("lif9_refused", "outcome")
def refused(facts: Facts) -> bool:
    """The driver did not take it (LIF9)."""
    return facts.found.refused


@room.signal("collected", "status")
def collected(facts: Facts) -> bool:
    """The goods or the passenger are on board, or were."""
    return facts.collected


def _observed(facts: Facts, *codes: str) -> bool:
    return any(code in facts.observations for code in codes)
