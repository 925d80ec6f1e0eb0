"""Phone numbers as providers take them. Pure."""

from __future__ import annotations

import re

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def is_e164(text: str) -> bool:
    """Whether it is a number in E.164: a plus and 7 to 15 digits."""
    return _E164.fullmatch(text) is not None
