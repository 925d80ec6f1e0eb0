"""What free text asks for or says, by topic of `risk_scorer.text`."""

from __future__ import annotations

from risk_scorer.facts import Facts
from risk_scorer.known import known
from risk_scorer.signals.signal import Room

room = Room()

#: Notes and items say what travels. An address or a firm's name says where to: "Wye Valley Solicitors".
_THIS_END, _OTHER_END = ("pickup.notes", "items"), ("dropoff.notes",)
_VALUABLE = ("bank_card_or_pin", "cash", "gold", "jewellery")
_HARMLESS = (
    "innocuous_item", "legal_or_financial_papers", "gift", "medical_sample", "school_item", "keys", "travel_item",
)  # fmt: skip

for _name, _topics, _meaning in (
    (
        "txt1_authority",
        ("authority", "court_papers"),
        "Police, fraud team, court, evidence: as somebody who receives or sends.",
    ),
    ("txt2_bank_fraud", ("bank_fraud",), "A bank with card, PIN, security, fraud department, replacement."),
    ("txt3_do_not_converse", ("do_not_converse",), "The driver is not to talk to the person, or to ask."),
    ("txt3_secrecy", ("secrecy",), "Confidential, don't open, don't tell."),
    ("txt3_do_not_ring", ("do_not_ring",), "Don't ring, don't knock: a mild request on its own."),
    ("txt4_infirmity_excuse", ("infirmity_excuse",), "An infirmity given as the reason not to talk."),
    (
        "txt5_password",
        ("password_or_reference",),
        "The driver is to prove himself at the door, by a word or as somebody.",
    ),
    ("txt5_code_or_name", ("code_or_name_to_give",), "A code, a reference or a name to give, as sellers ask for."),
    ("txt6_relative_cover", ("relative_cover",), "A relative has an envelope, documents or a parcel."),
    ("txt7_urgency", ("urgency",), "As soon as possible, straight away, waiting."),
    (
        "txt8_meet_stranger",
        ("recipient_description",),
        "Meet a man, wearing, by the black car, call when near.",
    ),
    ("txt9_sealed", ("sealed_or_important",), "Sealed, important, valuable."),
    ("txt10_reference", ("institutional_reference",), "Case number, invoice, job reference, flight number."),
    ("txt_self_vouching", ("self_vouching",), "The notes vouch for the booking: verified, trusted, no checks needed."),
    ("con3_do_not_contact", ("do_not_contact_home",), "The home is not to be rung."),
    ("con7_off_platform", ("off_platform_contact",), "Contact by WhatsApp, Telegram, QR code."),
    ("dst1_text_public_place", ("public_handover_place",), "The text names an open place to hand over."),
    ("dst9_destination_withheld", ("destination_withheld",), "The destination will be told later."),
    ("txt_withdrawal", ("bank_withdrawal",), "Money is to be drawn out."),
    (
        "txt_emergency_story",
        ("emergency_story",),
        "A relative's accident, arrest or bail is the reason.",
    ),
    ("txt1_police", ("police",), "Police as somebody who sends or receives, in so many words."),
    ("txt_crypto_machine", ("crypto_machine",), "A crypto machine or money transfer is to be called at (DST4)."),
    ("txt8_hand_over", ("hand_over_to_stranger",), "Somebody rides to hand something over to a stranger."),
    (
        "rte6_dedicated",
        ("dedicated_vehicle",),
        "A vehicle of its own is insisted on, with nothing else on board (RTE6).",
    ),
    ("con5_text_asks_driver", ("asked_for_driver_details",), "The text asks for the driver's number or plate."),
):
    room.topic(_name, *_topics, meaning=_meaning)


@room.signal("txt1_court_papers", "notes, items")
def court_papers(facts: Facts) -> bool:
    """Papers for a court, and no more than that: nobody else of authority is spoken of (TXT1)."""
    return facts.text.has("court_papers") and not facts.text.has("authority")


@room.signal("dst10_relay", "notes, change_reason")
def relay(facts: Facts) -> bool:
    """To be handed to another driver or courier. Why a booking was cancelled says nothing of that: "another driver took
    it" (DST10)."""
    fields = facts.text.fields("relay_to_driver")
    if facts.booking.status == "cancelled":
        return any(not field.startswith("change_reason") for field in fields)
    return bool(fields)


@room.signal("pre7_cannot_name_resident", "notes.driver")
def cannot_name_resident(facts: Facts) -> bool:
    """The driver says that the passenger can't say who lives there, or is told the way by phone (PRE7)."""
    return facts.told_at_the_door("cannot_name_resident")


@room.signal("txt11_two_stories", "pickup, items, dropoff.notes")
def two_stories(facts: Facts) -> bool:
    """One end is told that something harmless travels, the other that it is money, cards or valuables (TXT11)."""
    if facts.text.topics().isdisjoint(_VALUABLE):
        return False
    there, here = _tells(facts, _VALUABLE, _OTHER_END), _tells(facts, _VALUABLE, _THIS_END)
    return there != here and _tells(facts, _HARMLESS, _THIS_END if there else _OTHER_END)


def _tells(facts: Facts, topics: tuple[str, ...], fields: tuple[str, ...]) -> bool:
    return any(facts.text.has(topic, fields=fields) for topic in topics)


@room.signal("txt11_family_mismatch", "booker.relationship")
def family_mismatch(facts: Facts) -> bool:
    """Claims to be family, with another surname at a first name's distance: booker and pickup contact both named and
    different, which a son or grandson may well be: weak on its own (TXT11)."""
    booker = known(facts.booking.booker)
    return facts.parties.claims_family and booker is not None and facts.parties.booker_is_pickup_contact == "no"
