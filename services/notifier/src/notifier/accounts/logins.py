"""What a person signs in with."""

from __future__ import annotations

import re
import unicodedata

_FORM = re.compile(r"^[^\s\x00-\x1f\x7f/]{1,128}$")


def login(text: str) -> str | None:
    """A login as it is kept: the same however it was typed. `None` when it can't be one."""
    known = unicodedata.normalize("NFKC", text.strip()).casefold()
    return known if _FORM.match(known) else None
