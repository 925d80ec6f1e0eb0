"""Who books, who hands over, who receives."""

from __future__ import annotations

from risk_scorer.facts import Facts
from risk_scorer.known import contact, known, stop
from risk_scorer.parties.names import is_bare, name_match, parts
from risk_scorer.parties.phones import phone_kind, same_phone
from risk_scorer.premises.places import tokens
from risk_scorer.signals.signal import Room

room = Room()

_NEW_DAYS = 30.0
_MONTHS_DAYS = 90.0


@room.signal("bkr1_third_party", "booker")
def third_party(facts: Facts) -> bool:
    """The booker is not the person at the pickup (BKR1)."""
    return facts.parties.booker_is_pickup_contact == "no"


@room.signal("bkr1_three_parties", "booker")
def three_parties(facts: Facts) -> bool:
    """The booker is neither the person at the pickup nor the recipient (BKR1)."""
    return facts.parties.three_parties


@room.signal("bkr_is_recipient", "dropoff.contact")
def is_recipient(facts: Facts) -> bool:
    """The booker is the recipient."""
    return facts.parties.booker_is_recipient == "yes"


@room.signal("bkr_is_pickup_contact", "pickup.contact")
def is_pickup_contact(facts: Facts) -> bool:
    """The booker is the person at the pickup."""
    return facts.parties.booker_is_pickup_contact == "yes"


@room.signal("bkr2_claims_family", "booker.relationship")
def claims_family(facts: Facts) -> bool:
    """Says to be a relative or a carer of the person at the pickup (BKR2)."""
    return facts.parties.claims_family


@room.signal("bkr2_claims_carer", "booker.relationship")
def claims_carer(facts: Facts) -> bool:
    """Says to be a carer or support worker of the person at the pickup, or to hold a power of attorney (BKR2)."""
    return facts.parties.claims_carer


@room.signal("bkr2_on_behalf", "booker.relationship")
def on_behalf(facts: Facts) -> bool:
    """Says to book on behalf of somebody, in the relationship or in a note (BKR2)."""
    return facts.parties.claims_on_behalf


@room.signal("bkr2_claim_in_text", "notes.driver")
def claim_in_text(facts: Facts) -> bool:
    """A note says what the booker is to the person at the pickup ("this is her grandson") (BKR2)."""
    return facts.parties.claims_in_text


@room.signal("bkr_account_of_months", "booker.account")
def account_of_months(facts: Facts) -> bool:
    """The operator says that the account was opened 90 days ago or earlier, and has completed bookings. False where
    either is not known."""
    age, completed = facts.account_age_days, facts.completed_bookings
    return age is not None and age >= _MONTHS_DAYS and completed is not None and completed > 0


@room.signal("bkr3_new_account", "booker.account")
def new_account(facts: Facts) -> bool:
    """An account opened in the last 30 days, or without a completed booking, unless it is a business that the operator
    has verified (BKR3)."""
    if facts.business_account and facts.account.verified is True:
        return False
    age, completed = facts.account_age_days, facts.completed_bookings
    return (age is not None and age < _NEW_DAYS) or completed == 0


@room.signal("bkr3_opened_today", "booker.account.opened_at")
def opened_today(facts: Facts) -> bool:
    """The account was opened in the last 24 hours (BKR3)."""
    age = facts.account_age_days
    return age is not None and age < 1.0


@room.signal("bkr4_guest", "booker.account.type")
def guest(facts: Facts) -> bool:
    """A guest, or a caller with no account at all (BKR4)."""
    kind = known(facts.account.type)
    return kind == "guest" or (kind in (None, "unknown") and known(facts.account.id) is None)


@room.signal("bkr_unproven", "booker.account")
def unproven(facts: Facts) -> bool:
    """Nobody the firm has come to know: fewer than ten completed bookings known, or less than 90 days. A business
    account is believed, unless it is known to be new or never used and nobody has verified it."""
    completed, age = facts.completed_bookings, facts.account_age_days
    if facts.business_account:
        fresh = (age is not None and age < _NEW_DAYS) or completed == 0
        return fresh and facts.account.verified is not True
    return not (completed is not None and completed >= 10 and (age is None or age >= 90))


@room.signal("bkr_first_seen", "booker.account")
def first_seen(facts: Facts) -> bool:
    """Unproven, and without an account that has stood for a month and been used three times (BKR3)."""
    completed, age = facts.completed_bookings, facts.account_age_days
    settled = age is not None and age >= _NEW_DAYS and completed is not None and completed >= 3
    return unproven(facts) and not settled


@room.signal("bkr6_withheld", "booker.caller_id")
def withheld(facts: Facts) -> bool:
    """The caller's number was withheld (BKR6)."""
    booker = known(facts.booking.booker)
    return booker is not None and booker.caller_id == "withheld"


@room.signal("bkr6_foreign_number", "booker.phone")
def foreign_number(facts: Facts) -> bool:
    """The booker's number is foreign or an internet number (BKR6)."""
    booker = known(facts.booking.booker)
    phone = known(booker.phone) if booker is not None else None
    return phone is not None and phone_kind(phone) in ("foreign", "voip")


@room.signal("bkr5_device_abroad", "device.country")
def device_abroad(facts: Facts) -> bool:
    """The booker's device is in another country (BKR5)."""
    device = known(facts.booking.device)
    country = known(device.country) if device is not None else None
    return country is not None and country.upper() not in ("GB", "UK", "IM", "JE", "GG")


@room.signal("bkr10_business", "booker.account")
def business(facts: Facts) -> bool:
    """A business account (the operator's word)."""
    return facts.business_account


@room.signal("bkr10_proven_business", "booker.account")
def proven_business(facts: Facts) -> bool:
    """A business account older than 90 days with at least ten completed bookings (BKR10)."""
    age, completed = facts.account_age_days, facts.completed_bookings
    return facts.business_account and age is not None and age > 90 and completed is not None and completed >= 10


@room.signal("bkr11_known_personal", "booker.account")
def known_personal(facts: Facts) -> bool:
    """A personal account older than 90 days with at least ten completed bookings (BKR11)."""
    age, completed = facts.account_age_days, facts.completed_bookings
    if facts.business_account or facts.account.type != "personal":
        return False
    return age is not None and age > 90 and completed is not None and completed >= 10


@room.signal("bkr_old_account", "booker.account.opened_at")
def old_account(facts: Facts) -> bool:
    """The account was opened more than 90 days ago."""
    age = facts.account_age_days
    return age is not None and age > 90


@room.signal("bkr_verified", "booker.account.verified")
def verified(facts: Facts) -> bool:
    """The operator has verified who the account belongs to."""
    return facts.account.verified is True


@room.signal("bkr_firm_at_dropoff", "booker.name, dropoff.organisation")
def firm_at_dropoff(facts: Facts) -> bool:
    """Books in the name of the firm that receives, as a firm without an account does. Anybody may write that: it makes
    a warning a review at most, and only for what is neither money nor valuable (BKR10)."""
    booker, firm = known(facts.booking.booker), known(stop(facts.booking.dropoff).organisation)
    name = known(booker.name) if booker is not None else None
    if name is None or firm is None:
        return False
    said, there = tokens(name), tokens(firm)
    return len(said) > 1 and (said == there[: len(said)] or there == said[: len(there)])


@room.signal("con2_home_unreachable", "pickup.contact.phone")
def home_unreachable(facts: Facts) -> bool:
    """The number for the home is the booker's own, although somebody else is at the home (CON2)."""
    return facts.parties.pickup_phone_is_booker_phone and facts.parties.booker_is_pickup_contact == "no"


@room.signal("con2_one_number_two_names", "pickup.contact, dropoff.contact")
def one_number_two_names(facts: Facts) -> bool:
    """One number is given for both ends, and the names there are not written as one person's: whoever rings either end
    reaches the same person (CON2)."""
    here, there = contact(facts.booking.pickup), contact(facts.booking.dropoff)
    one, other = known(here.name), known(there.name)
    if not one or not other or same_phone(known(here.phone), known(there.phone)) is not True:
        return False
    written_alike = parts(one) == parts(other) or not (is_bare(one) or is_bare(other))
    return not (written_alike and name_match(one, other) == "same")


@room.signal("con3_no_home_phone", "pickup.contact")
def no_home_phone(facts: Facts) -> bool:
    """Nobody at the pickup can be rung, and the booker is not there (CON3)."""
    return not facts.parties.has_pickup_phone and facts.parties.booker_is_pickup_contact != "yes"


@room.signal("pickup_unnamed", "pickup.contact")
def pickup_unnamed(facts: Facts) -> bool:
    """Nobody is named at the pickup: whoever books by telephone is mostly there, and says no second name."""
    return not facts.parties.pickup_named


@room.signal("dropoff_first_name_only", "dropoff.contact.name")
def first_name_only(facts: Facts) -> bool:
    """The recipient is a first name only; what stands where a name should be ("Reception") is none."""
    name = known(contact(facts.booking.dropoff).name)
    return name is not None and is_bare(name) and len(name.split()) == 1


@room.signal("bkr_first_name_only", "booker.name")
def booker_first_name_only(facts: Facts) -> bool:
    """The booker gave a first name only."""
    return facts.parties.first_name_only_booker


@room.signal("no_recipient", "dropoff.contact")
def no_recipient(facts: Facts) -> bool:
    """Nobody is named or reachable at the drop-off."""
    who = contact(facts.booking.dropoff)
    return known(who.name) is None and known(who.phone) is None


@room.signal("recipient_unnamed", "dropoff.contact.name")
def recipient_unnamed(facts: Facts) -> bool:
    """Nobody is named at the drop-off, whether or not somebody can be rung."""
    return not known(contact(facts.booking.dropoff).name)


@room.signal("dst11_same_surname", "dropoff.contact.name")
def same_surname(facts: Facts) -> bool:
    """The people at both ends share a surname (DST11)."""
    return facts.parties.same_surname_pickup_dropoff


@room.signal("bkr_same_surname", "booker.name")
def booker_same_surname(facts: Facts) -> bool:
    """Booker and person at the pickup share a surname: a claim like any other, and never a reason to be believed."""
    return facts.parties.same_surname_booker_pickup


@room.signal("bkr_is_passenger", "passenger")
def is_passenger(facts: Facts) -> bool:
    """The booker rides."""
    return facts.parties.booker_is_passenger


_RANKS = frozenset(
    {"inspector", "insp", "sergeant", "sgt", "superintendent", "supt", "detective", "constable", "officer"}
    | {"dc", "ds", "di", "dci", "pc", "wpc", "dsu", "dcs"}
)

room.topic(
    "txt1_official_name",
    "official_name",
    meaning="Booked or received in the name of police, a bank, a fraud or security team (TXT1).",
)
room.topic("bkr_returns_desk", "returns_desk", meaning="Booked or received in the name of a returns or account team.")


@room.signal("txt1_rank", "booker.name, dropoff.contact.name")
def rank(facts: Facts) -> bool:
    """A private booking in the name of a police rank, as booker or recipient: `Inspector Marsh` (TXT1). A surname
    that is a rank (`John Constable`) is none; no name says nothing."""
    booker = known(facts.booking.booker)
    names = (
        known(booker.name) if booker is not None else None,
        known(contact(facts.booking.dropoff).name),
    )
    for name in names:
        words = name.replace(".", " ").casefold().split() if name is not None else []
        if len(words) > 1 and words[0] in _RANKS:
            return True
    return False
