"""What is said to travel."""

from __future__ import annotations

from msgspec import UnsetType

from risk_scorer.facts import Facts
from risk_scorer.known import items, known
from risk_scorer.signals.signal import Room
from risk_scorer.text.normalise import LINE, words

room = Room()
#: Words of an item's description that don't say what it is.
_SAYS_NOTHING = frozenset(
    {"a", "an", "the", "1", "2", "one", "two", "x", ".", "of", "as", "per", "see", "note", "notes", "private"}
    | {"personal", "confidential", "urgent", "delivery", "collection", "discussed", "agreed", "arranged", "usual"}
    | {"tbc", "tba", "na", "n", "none", "nothing", "various", "misc", "goods", "item", "items", "thing", "things"}
    | {"stuff", "something", LINE}
)

room.topic("itm1_bank_card", "bank_card_or_pin", meaning="A bank card, its PIN, or a card 'for the bank'.")
room.topic("itm1_company_card", "company_card", meaning="An employer's payment card: company, corporate, fuel.")
room.topic("itm_bank_book", "bank_book", meaning="A cheque book, pass book or savings book.")
room.topic("itm2_cash", "cash", meaning="Cash or banknotes are to be fetched.")
room.topic(
    "itm2_valuables",
    "gold",
    "jewellery",
    "gift_cards",
    "foreign_currency",
    meaning="Gold, jewellery, a watch, gift cards or foreign money.",
)
room.topic(
    "itm2_as_good_as_money",
    "gold",
    "gift_cards",
    "foreign_currency",
    meaning="Gold to be sold by weight, coins, gift cards or foreign money: no watch and no jewellery.",
)
room.topic("itm5_innocuous", "innocuous_item", meaning="Clothes, food, aftershave, ornaments and the like.")
room.topic("itm6_phone_or_laptop", "phone_or_laptop", meaning="A phone, tablet or laptop is to be fetched.")
room.topic("itm6_sent_in_error", "sent_in_error", meaning="Said to have been delivered or sent by mistake (ITM6).")
room.topic("itm7_disguised", "disguised_or_taped", meaning="Heavily taped, wrapped or hidden, or not to be opened.")
room.topic("itm_props", "props", meaning="Costumes, props, toys or games.")
room.topic("itm_keys", "keys", meaning="Keys.")
room.topic("itm_medical", "medical_sample", meaning="A sample, medicine, hearing aid, dentures or glasses.")
room.topic("itm_school", "school_item", meaning="School things, homework, an instrument.")
room.topic("itm_travel", "travel_item", meaning="A passport or something left behind by a traveller.")
room.topic("itm_gift", "gift", meaning="A present or a greetings card.")
room.topic("itm_work", "work_equipment", meaning="An employer's equipment.")
room.topic("itm_papers", "legal_or_financial_papers", meaning="Papers for a solicitor, an accountant, a lender.")
room.topic("itm_sale", "marketplace_sale", meaning="Something sold or bought privately.")


@room.signal("itm3_vague", "items, notes")
def vague(facts: Facts) -> bool:
    """An envelope, documents, or nothing better said than a parcel, a box, a bag or an item. Where an item is
    described, such a word in a note only stands for it: "wardrobe", and "item on ground floor" (ITM3)."""
    if envelope(facts):
        return True
    described = any(_says_what(item.description) for item in items(facts.booking))
    return facts.text.has("vague_word", fields=("items",) if described else None)


@room.signal("itm3_envelope", "items, notes")
def envelope(facts: Facts) -> bool:
    """An envelope, documents or papers: what a card, notes or a bank's letter travels as. Half of what else is vague is
    somebody's bag (ITM3)."""
    return facts.text.has("vague_item")


def _says_what(description: str | UnsetType | None) -> bool:
    """Whether an item's description says anything of it; "1", "private" and "as discussed" do not."""
    return bool(set(words(known(description) or "")) - _SAYS_NOTHING)


#: What became of a job that nobody was there for: its reason is not where the item lies.
_CAME_TO_NOTHING = frozenset({"cancelled", "failed", "returned"})
_SENDERS = ("notes.", "pickup.", "items", "change_reason")


@room.signal("itm9_unattended", "notes, pickup, items")
def left_out(facts: Facts) -> bool:
    """Left out for collection: step, bin, plant pot, letterbox. Where it is left on delivery says nothing, nor where it
    lies at home ("on the side") while somebody there can be rung or is said to hand it over, nor why a job came to
    nothing ("no one in") (ITM9)."""
    text, parties = facts.text, facts.parties
    over = facts.booking.status in _CAME_TO_NOTHING
    fields = [
        field
        for field in text.fields("left_unattended")
        if field.startswith(_SENDERS) and not (over and field.startswith("change_reason"))
    ]
    if not fields:
        return False
    if text.has("do_not_ring", fields=_SENDERS) or text.has("do_not_contact_home", fields=_SENDERS):
        return True
    if text.has("handed_over_at_home", fields=_SENDERS):
        return False
    bookers_own = parties.pickup_phone_is_booker_phone and parties.booker_is_pickup_contact == "no"
    if not parties.has_pickup_phone or bookers_own:
        return True
    return not all(text.has("left_indoors", fields=(field,)) for field in fields)


@room.signal("itm_described", "items")
def described(facts: Facts) -> bool:
    """The item has a barcode, a weight or a declared value: somebody took the trouble to say what it is (ITM10)."""
    return any(
        known(item.barcode) is not None or known(item.declared_value_pence) is not None for item in items(facts.booking)
    )


@room.signal("itm10_barcode", "items[].barcode")
def barcode(facts: Facts) -> bool:
    """An item carries a barcode or label (ITM10)."""
    return any(known(item.barcode) is not None for item in items(facts.booking))


@room.signal("itm_small_parcel", "carries")
def small(facts: Facts) -> bool:
    """A parcel that weighs at most 2 kg, or whose weight nobody gave. Unknown weight counts as small: an envelope
    is seldom weighed."""
    weights = [weight for item in items(facts.booking) if (weight := known(item.weight_g)) is not None]
    return facts.carries_parcel and sum(weights) <= 2000


@room.signal("itm9_left_unattended", "handover.unattended")
def unattended(facts: Facts) -> bool:
    """The operator says that the item is left unattended for collection (ITM9)."""
    handover = known(facts.booking.handover)
    return handover is not None and handover.unattended is True
