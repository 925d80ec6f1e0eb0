"""United Kingdom postcodes: finding one in a line of address, and writing it one way."""

from __future__ import annotations

import re
from typing import Any

# The form that Royal Mail publishes (BS 7666), inward part last.
_FORM = re.compile(r"\b([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][ABD-HJLNP-UW-Z]{2})\b", re.IGNORECASE)


def settle_postcode(address: dict[str, Any]) -> None:
    """Write the postcode in capitals with one space; when there is none, take it from the lines, which stay."""
    country = address.get("country")
    if isinstance(country, str) and country.upper() not in ("GB", "UK"):
        return
    given = address.get("postcode")
    if isinstance(given, str) and given.strip():
        if (found := _FORM.fullmatch(given.strip())) is not None:
            address["postcode"] = f"{found[1]} {found[2]}".upper()
        return
    for name in ("line2", "line1", "town"):
        line = address.get(name)
        if isinstance(line, str) and (places := _FORM.findall(line)):
            address["postcode"] = " ".join(places[-1]).upper()
            return
