"""What two notes have in common that say the same thing, however each is spelt, spaced and ordered (GRF8).

A ring that works through many homes dictates one text. Of a note the words that the phrase lists know are kept, once
each and in no order: numbers, places and the parties' own names, which differ from home to home, are not among them.
Only notes that ask for several things a ring would ask for are looked at; "ring the bell and wait" stands on
hundreds of bookings.
"""

from __future__ import annotations

from collections.abc import Iterable

from risk_scorer.text.findings import Findings
from risk_scorer.text.normalise import LINE, STOP, words
from risk_scorer.text.vocabulary import canonical, known_words

#: Fewer words than these are anybody's.
_FEWEST = 6
#: One such thing is asked for on many an ordinary day: "ring Euan when outside".
_ASKED = 2
#: What is asked of a driver or a householder.
_ASKING = frozenset(
    {"authority", "police", "bank_fraud", "bank_card_or_pin", "cash", "gold", "password_or_reference", "secrecy"}
    | {"relay_to_driver", "destination_withheld", "do_not_contact_home", "do_not_converse"}
    | {"recipient_description", "sealed_or_important", "self_vouching", "relative_cover"}
    | {"public_handover_place", "hand_over_to_stranger", "code_or_name_to_give", "off_platform_contact"}
    | {"emergency_story", "disguised_or_taped", "price_insensitive"}
)
_SMALL = frozenset(
    {"a", "an", "the", "and", "or", "but", "is", "are", "was", "be", "been", "to", "of", "for", "from", "at", "in"}
    | {"on", "it", "its", "she", "he", "shes", "hes", "they", "her", "him", "them", "his", "their", "please", "will"}
    | {"would", "you", "your", "youre", "i", "im", "ill", "me", "my", "we", "us", "our", "with", "by", "as", "if", "so"}
    | {"this", "that", "some", "just", "then", "thanks", "thank", "cheers", "ta", "asap", LINE, STOP}
    | {"mr", "mrs", "miss", "ms", "dr"}
)
_FIELDS = ("notes.driver", "pickup.notes", "dropoff.notes")


def is_telling(found: Findings) -> bool:
    """Whether a booking's notes ask for several of the things that a ring would ask for."""
    asked = found.topics() & _ASKING
    return len(asked) >= _ASKED and sum(found.has(topic, fields=_FIELDS) for topic in asked) >= _ASKED


def said_in(texts: Iterable[str], names: Iterable[str] = ()) -> str | None:
    """The words of telling notes as they compare, without those of the parties' `names`; `None` when they say too
    little."""
    known = known_words()
    said = {canonical(word) for text in texts for word in words(text)}
    named = {canonical(word) for name in names for word in words(name)}
    telling = {word for word in said - named if word in known and word not in _SMALL and not word.isdigit()}
    return " ".join(sorted(telling)) if len(telling) >= _FEWEST else None
