"""Telephone numbers that stand in free text: "ring Dale on 07700 900123 when you are outside"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import phonenumbers

from risk_scorer.parties.phones import phone_key, phone_kind
from risk_scorer.text.findings import FieldText

#: Ten digits at least, with what people put between them on one line: any other text holds no number.
_DIGITS = re.compile(r"\d(?:[ \t().+-]{0,3}\d){9}")
#: Of a British mobile number in E.164; one that is a digit short is an order's.
_LENGTH = len("+447700900123")
#: Where an office writes its own.
_OFFICE = "notes.office"


def mobiles_in(texts: Sequence[FieldText]) -> Iterator[str]:
    """The mobile numbers in a booking's texts, in E.164. An office's own note is not read, nor are landlines: a ward's
    or a firm's stands on many bookings."""
    # Nearly no booking has one: asked of all its texts at once, and first for how such a number begins.
    every = "\n".join([given.text for given in texts])
    if ("07" not in every and "44" not in every and "(0)" not in every) or not _DIGITS.search(every):
        return
    for given in texts:
        if given.field == _OFFICE or not _DIGITS.search(given.text):
            continue
        # Possible, not valid: Ofcom's drama ranges are in no numbering plan (`parties.phones`).
        for found in phonenumbers.PhoneNumberMatcher(given.text, "GB", leniency=phonenumbers.Leniency.POSSIBLE):
            number = phone_key(found.raw_string)
            if number is not None and len(number) == _LENGTH and phone_kind(number) == "mobile":
                yield number
