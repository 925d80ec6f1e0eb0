"""What a number means that somebody answers with, by text or by a key during a call: always the same. Pure.

1 I have it, 2 I did not take it, 3 call me, 4 understood. Drivers are asked for all four, the office for the last.
A text has to begin with the number: "be there in 2 minutes" and "2 mins away" are no refusal of the job. What could be
read in two ways is not read at all; the driver is asked again.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

ReplyCode = Literal["collected", "refused", "call_me", "understood"]

CODES: dict[str, ReplyCode] = {"1": "collected", "2": "refused", "3": "call_me", "4": "understood"}
#: Words that the provider answers by itself, and may not be answered a second time
#: (https://help.twilio.com/articles/223134027).
PROVIDERS_OWN = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "start", "yes", "unstop"}
    | {"help", "info"}
)
_BEGINS = re.compile(r"""^[\s#("'\[*.]*([1-4])(?![\w:/.,]*\d)(?=$|[\W_])""")
_COUNTS = re.compile(
    r"^[\W_]*(m|mins?|minutes?|min's|s|secs?|seconds?|h|hrs?|hours?|miles?|mi|km|metres?|o'?clock|am|pm|bags?|box(es)?"
    r"|parcels?|items?|envelopes?|people|persons?|passengers?|jobs?|more|left|away|st|nd|rd|or|and|to|of)\b",
    re.IGNORECASE,
)
_OTHER = re.compile(r"(?<![\w:./])[1-4](?![\w:]|[./]\d)")


def read(text: str) -> ReplyCode | None:
    """The meaning of a reply, `None` when it has none that is certain."""
    # Any script's digits, and the keys that telephones draw around them.
    ascii_digits = (str(unicodedata.decimal(one)) if one.isdecimal() else one for one in text)
    said = "".join(ascii_digits).replace("\u20e3", " ").replace("\ufe0f", "")
    found = _BEGINS.match(said)
    if found is None:
        return None
    rest = said[found.end() :]
    if _COUNTS.match(rest) or any(other != found.group(1) for other in _OTHER.findall(rest)):
        return None
    return CODES[found.group(1)]


def for_provider(text: str) -> bool:
    """Whether it is a word (STOP, HELP, …) that the provider answers itself."""
    return text.strip().strip(".!").lower() in PROVIDERS_OWN
