"""Text that is to be shown, read out or put into a header: nothing in it but what a person reads. Pure."""

from __future__ import annotations

import unicodedata

#: Marks that turn the direction of writing, and so let a text read as another: U+061C, U+200E/F, U+202A–E, U+2066–9.
_TURNS = frozenset(map(chr, (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))))
_BREAKS = ("\r\n", "\r", "\u2028", "\u2029", "\x0b", "\x0c", "\x85")


def plain(text: str) -> str:
    """The text without control characters, marks of direction and other unseen ones; its lines stay lines."""
    for mark in _BREAKS:
        text = text.replace(mark, "\n")
    kept = (one for one in unicodedata.normalize("NFC", text) if one == "\n" or not _unseen(one))
    return "".join(kept).strip()


def one_line(text: str) -> str:
    """The same on a single line, as a header needs it."""
    return " ".join(plain(text).split())


def _unseen(one: str) -> bool:
    if one == "\t":
        return False
    return one in _TURNS or unicodedata.category(one) in ("Cc", "Cs", "Co") or one in "\u200b\u2060\ufeff\u00ad"
