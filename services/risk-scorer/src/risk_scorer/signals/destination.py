"""Where it goes."""

from __future__ import annotations

from risk_scorer.facts import Facts
from risk_scorer.known import address, contact, known, stop
from risk_scorer.parties.phones import same_phone
from risk_scorer.premises.address_key import area
from risk_scorer.premises.judge import VALUABLES, StopJudgement
from risk_scorer.signals.signal import Room

room = Room()

_PUBLIC = frozenset({"station", "car_park", "public_place", "hotel"})
_AUTHORITY = frozenset({"police_station", "court"})


room.topic(
    "dst2_bank_security",
    "bank_security_office",
    meaning="It goes to a bank's security or fraud office, by its address (DST2): banks have none that takes parcels.",
    only=("dropoff.address", "dropoff.organisation", "dropoff.notes"),
)


@room.signal("dst1_public_place", "dropoff.address")
def public_place(facts: Facts) -> bool:
    """A station, car park, corner, petrol station, shop front, hotel, 'outside …' (DST1)."""
    return _is_open(facts.dropoff)


@room.signal("dst1_roadside", "dropoff.address")
def roadside(facts: Facts) -> bool:
    """Open ground where only somebody who waits there receives anything: a car park, a shop's too, a lay-by, a corner,
    'outside …'. No station, hotel or shop, where people are met every day (DST1)."""
    judged = facts.dropoff
    return judged.kind in ("car_park", "public_place") or judged.outside or judged.street_corner or judged.relay_point


@room.signal("dst1_shop", "dropoff.address")
def shop(facts: Facts) -> bool:
    """A shop, café or parade of shops, not outside it."""
    return facts.dropoff.kind == "retail" or facts.dropoff.shopfront


@room.signal("dst1_station", "dropoff.address")
def station(facts: Facts) -> bool:
    """A railway, bus or underground station."""
    return facts.dropoff.kind == "station"


@room.signal("dst1_airport", "dropoff.address")
def airport(facts: Facts) -> bool:
    """An airport."""
    return facts.dropoff.kind == "airport"


@room.signal("dst6_money_firm", "dropoff.organisation")
def money_firm(facts: Facts) -> bool:
    """By its name the firm that receives holds, trades or wins back people's money (DST6)."""
    return facts.text.has("money_firm", fields=("dropoff.organisation",))


@room.signal("dst1_via_hand_over", "via")
def handed_over_on_the_way(facts: Facts) -> bool:
    """The note of a stop on the way that is an open place says that something is handed over there: what is written as
    the drop-off is none (DST1)."""
    return facts.text.has("handed_over_on_the_way") and any(
        _is_open(judged) and facts.text.has("handed_over_on_the_way", fields=(f"via[{index}].notes",))
        for index, judged in enumerate(facts.vias)
    )


def _is_open(judged: StopJudgement) -> bool:
    return judged.kind in _PUBLIC or judged.outside or judged.street_corner or judged.relay_point


@room.signal("dst2_authority", "dropoff.address")
def authority(facts: Facts) -> bool:
    """A police station or court is to receive it (DST2)."""
    return facts.dropoff.kind in _AUTHORITY


@room.signal("dst3_outside_bank", "dropoff.address")
def outside_bank(facts: Facts) -> bool:
    """Handed over outside a bank, not inside (DST3)."""
    return facts.dropoff.outside and facts.dropoff.kind in VALUABLES


@room.signal("dst4_valuables", "dropoff.address")
def valuables(facts: Facts) -> bool:
    """A bank, bureau de change, money service, jeweller, bullion dealer or watch shop, or their district (DST4)."""
    return facts.dropoff.valuables


@room.signal("dst4_visit", "via, dropoff.address")
def visit(facts: Facts) -> bool:
    """Somebody rides to a bank, money service or dealer: at the end, or on the way with the car waiting or the
    passenger going in, or by what the text calls it (DST4)."""
    return facts.taken_to_the_bank


@room.signal("dst4_stops", "{n} banks or dealers on the way", source="via, dropoff.address")
def valuables_stops(facts: Facts) -> int:
    """How many banks, money services and dealers are called at, the drop-off included (DST4). 0 when none is known."""
    return sum(judged.kind in VALUABLES for judged in (facts.dropoff, *facts.vias))


@room.signal("dst4_beside", "dropoff.address")
def beside(facts: Facts) -> bool:
    """A place that is said to lie next to or opposite a bank, money service or dealer (DST4)."""
    return facts.dropoff.beside_valuables


@room.signal("dst4_dealer", "dropoff.address")
def dealer(facts: Facts) -> bool:
    """A jeweller, bullion or watch dealer, money service, or their district: not a bank."""
    return facts.dropoff.kind in ("jeweller", "money_service") or facts.dropoff.high_value_district


@room.signal("dst6_company", "dropoff.address")
def company(facts: Facts) -> bool:
    """Business premises (DST6)."""
    return facts.dropoff.kind == "business" or known(stop(facts.booking.dropoff).organisation) is not None


@room.signal("dst7_big_city", "dropoff.address")
def big_city(facts: Facts) -> bool:
    """London, Birmingham or another big city, from somewhere else (DST7)."""
    if not facts.dropoff.big_city or facts.pickup.big_city:
        return False
    return area(address(facts.booking.pickup)) != area(address(facts.booking.dropoff))


@room.signal("dst9_no_dropoff", "dropoff")
def no_dropoff(facts: Facts) -> bool:
    """No drop-off was given, or 'the driver will be told' (DST9)."""
    return not facts.dropoff.given


@room.signal("dst_vague_place", "dropoff.address")
def vague(facts: Facts) -> bool:
    """A street or town without a house or a name."""
    return facts.dropoff.given and facts.dropoff.vague_place


@room.signal("dst_home", "dropoff.address")
def home(facts: Facts) -> bool:
    """A dwelling, at its door and not outside in the street."""
    return facts.to_home and not facts.dropoff.outside


@room.signal("dst12_institution", "dropoff.premises")
def institution(facts: Facts) -> bool:
    """Medical or education premises, by the operator's word: free text proves nothing (DST12)."""
    return facts.dropoff.kind in ("medical", "education") and facts.dropoff.source == "operator"


@room.signal("dst_medical_or_school", "dropoff.address")
def medical_or_school(facts: Facts) -> bool:
    """Medical or education premises by name, as anybody may write."""
    return facts.dropoff.kind in ("medical", "education", "care_home")


@room.signal("dst_verified_handover", "dropoff.verification")
def verified_handover(facts: Facts) -> bool:
    """The operator itself will ask for a PIN or an identity document at the drop-off."""
    asks = known(stop(facts.booking.dropoff).verification)
    return asks is not None and (asks.pin is True or asks.id_check is True)


@room.signal("dst_named_home", "dropoff.contact")
def named_home(facts: Facts) -> bool:
    """A dwelling where somebody is named and can be rung on a number that is not the sender's: not proof, but what
    most parcels between people look like."""
    who = contact(facts.booking.dropoff)
    if not home(facts) or known(who.name) is None or known(who.phone) is None:
        return False
    return same_phone(known(who.phone), known(contact(facts.booking.pickup).phone)) is not True


@room.signal("dst_recipient_phone", "dropoff.contact.phone")
def recipient_phone(facts: Facts) -> bool:
    """Somebody at the drop-off can be rung."""
    return known(contact(facts.booking.dropoff).phone) is not None
