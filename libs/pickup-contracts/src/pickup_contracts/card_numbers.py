"""Finding payment card numbers in text, so that they are refused before anything keeps them.

A card number is 13 to 19 digits with an issuer's prefix and a valid check digit (ISO/IEC 7812, Luhn), written in one
run or in the groups that are printed on cards: 4-4-4-4, 4-4-4-4-3, 4-6-5, with spaces, a line break or a sign between.
Digits in other groups (phone numbers, dates, references) are left alone.
"""

from __future__ import annotations

import re
from unicodedata import category

#: What stands between groups: spaces, a line break, or a sign with or without spaces around it.
_SEPARATOR = r"(?:\s{1,3}|\s?[\-\u2010-\u2015\u2212._/]\s?)"
_CANDIDATE = re.compile(
    rf"(?<!\d)(?:\d{{13,19}}|\d{{4}}{_SEPARATOR}\d{{4}}{_SEPARATOR}\d{{4}}{_SEPARATOR}\d{{4}}(?:{_SEPARATOR}\d{{3}})?"
    rf"|\d{{4}}{_SEPARATOR}\d{{6}}{_SEPARATOR}\d{{5}})(?!\d)"
)
# Visa, Mastercard (51-55, 2221-2720), American Express, Diners, Discover, JCB, UnionPay, Maestro.
_ISSUER = re.compile(r"^(?:4|5[0-8]|6|3[0689]|35|3[47]|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)")


def holds_card_number(text: str) -> bool:
    """Whether a card number stands in `text`."""
    if len(text) < 13 or sum(map(str.isdecimal, text)) < 13:
        return False
    # What nobody sees (zero-width characters, marks of direction) parts no number.
    seen = (one for one in text if category(one) != "Cf")
    ascii_digits = "".join(str(int(one)) if one.isdecimal() else one for one in seen)
    return any(_is_card(re.sub(r"\D", "", found[0])) for found in _CANDIDATE.finditer(ascii_digits))


def _is_card(digits: str) -> bool:
    return _ISSUER.match(digits) is not None and _luhn(digits)


def _luhn(digits: str) -> bool:
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit)
        if index % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0
