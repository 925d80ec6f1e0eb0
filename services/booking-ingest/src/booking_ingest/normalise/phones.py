"""Phone numbers as written to E.164 where they can be read."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers


@lru_cache(maxsize=16_384)
def e164(written: str, country: str) -> str:
    """The number in E.164 when it is possible in `country` (ISO 3166-1), else as it was written.

    Possible, not valid: the ranges that Ofcom keeps for drama (07700 900xxx) are nobody's, and still a number.
    """
    try:
        number = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        return written
    if not phonenumbers.is_possible_number(number) or number.extension:
        return written
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
