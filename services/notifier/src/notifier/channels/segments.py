"""How many parts a text message goes out in: it is charged by the part, and a long one may arrive out of order. Pure.

GSM-7 with its extension table (3GPP TS 23.038, 6.2.1) where every character is in it, UCS-2 otherwise. One part holds
160 or 70 units; in several, each gives 7 or 3 of them to the header that joins them (3GPP TS 23.040, 9.2.3.24.1).
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: Two units each: an escape, and the character.
_EXTENSION = frozenset("\f^{}\\[~]|€")
_ALONE = {"GSM-7": 160, "UCS-2": 70}
_JOINED = {"GSM-7": 153, "UCS-2": 67}
#: What word processors put in, as GSM-7 writes it: one curly apostrophe would more than halve what fits.
_SIMPLER = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a", "'")
    | dict.fromkeys("\u201c\u201d\u201e", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")
    | dict.fromkeys("\u00a0\u2009\u202f\t", " ")
    | {"\u2026": "...", "\u2022": "-"}
)

Encoding = Literal["GSM-7", "UCS-2"]


class Size(Struct, frozen=True):
    """`units` are septets, or UTF-16 code units."""

    encoding: Encoding
    units: int
    segments: int


def simpler(text: str) -> str:
    """The text with typographers' signs written as GSM-7 has them."""
    return text.translate(_SIMPLER)


def size(text: str) -> Size:
    """How a text is sent. An empty one is one part. An escape and its character, or the two halves of a surrogate
    pair, are never parted."""
    gsm = all(one in _BASIC or one in _EXTENSION for one in text)
    encoding: Encoding = "GSM-7" if gsm else "UCS-2"
    widths = [(2 if one in _EXTENSION else 1) if gsm else (2 if ord(one) > 0xFFFF else 1) for one in text]
    units = sum(widths)
    if units <= _ALONE[encoding]:
        return Size(encoding, units, 1)
    segments, used = 1, 0
    for width in widths:
        if used + width > _JOINED[encoding]:
            segments, used = segments + 1, 0
        used += width
    return Size(encoding, units, segments)


def fit(text: str, tail: str, *, at_most: int) -> tuple[str, bool]:
    """`text` and `tail` in no more than `at_most` parts, and whether the text had to be cut, at a word. The tail (a
    link, a reference) stays whole, even where it alone is too long."""
    if size(text + tail).segments <= at_most:
        return text + tail, False
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if size(text[:middle] + _CUT + tail).segments <= at_most:
            low = middle
        else:
            high = middle - 1
    return _at_a_word(text, low) + _CUT + tail, True


_CUT = "..."


def _at_a_word(text: str, end: int) -> str:
    if end < len(text) and not text[end].isspace():
        space = max(text.rfind(" ", 0, end), text.rfind("\n", 0, end))
        end = space if space > end // 2 else end
    return text[:end].rstrip()
