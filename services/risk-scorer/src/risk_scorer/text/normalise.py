"""Text as people, and those who hide something, write it, turned into plain words.

Handled here: case, accents, look-alike letters of other alphabets, invisible characters, letters spaced apart,
digits for letters, apostrophes, what a web form left in (`&nbsp;`, `<br>`). Spelling is the vocabulary's business
(`vocabulary.py`).
"""

from __future__ import annotations

import html
import re
import unicodedata

#: Words kept of one text: a note of 2,000 characters has about 350.
MAX_WORDS = 400

_LOOKALIKES = str.maketrans(
    "абвгдеёзийклмнопрстуфхцчшыьэіјѕԁԛԝαβγεηικμνορτυχωıł",
    "abbrдeeзийklmhoпpctyфxцчшыьэijsdqwabyenikuvoptuxwil",
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufe00-\ufe0f]")
_BREAK = re.compile(r"</?(?:br|p|div|li)\b[^<>]{0,40}>", re.IGNORECASE)
#: Of tags by their names alone: what else stands in such brackets is words.
_TAG = re.compile(r"</?(?:a|b|i|u|s|em|strong|span|font|small|big|sub|sup|code|h[1-6])\b[^<>]{0,40}>", re.IGNORECASE)
_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
_WORD = re.compile(r"[\w@$£!]+(?:['’][\w]+)?|[.;\n]")
_SPACED = re.compile(r"\b(?:\w[ .\-_*]){2,}\w\b")
_MIXED = re.compile(r"(?=.*[a-z@$!])(?=.*[0-9@$!])")
_ORDINAL = re.compile(r"^\d+(?:st|nd|rd|th|am|pm|k|kg|g|m|cm|min|mins|hr|hrs|x|ish|pcs|lb|oz)?$")
_CODE = re.compile(r"\d{3,}")
#: The two halves of a postcode: no letters are hidden in "LE5 4UR".
_OUTWARD, _INWARD = re.compile(r"[a-z]{1,2}\d[a-z\d]?"), re.compile(r"\d[a-z]{2}")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
#: A hundred pounds or more, however written: as one word, `SUM`.
_SUM = re.compile(
    r"£\s?\d{3,6}\b|£\s?\d{1,3}k\b|\b\d{1,3}k\b(?! ?(?:run|race|steps))|\b\d{3,6}(?= ?(?:pounds|quid|gbp|cash)\b)"
)
SUM = "£sum"
_WILL = re.compile(r"(?<=\w)['’]ll\b")
#: Lower-case text that is its own plain form, as nearly every name and address is: words, numbers that are no sums, and
#: references ("po83658"), none of them spaced apart ("a b c").
_PLAIN_WORD = r"(?:[a-z]{2,}(?:[0-9]{3,})?|[a-z0-9](?! [a-z0-9] )|[0-9]{2,}(?! ?(?:pounds|quid|gbp|cash)\b))"
_PLAIN = re.compile(rf"{_PLAIN_WORD}(?:,? {_PLAIN_WORD})*")
#: Characters that are surely fewer than `MAX_WORDS` words.
_SHORT = MAX_WORDS
#: Ends a sentence: phrases do not run across it.
STOP = "."


def words(text: str) -> tuple[str, ...]:
    """The words of a text, lower case and plain, at most `MAX_WORDS`; `STOP` stands where a sentence ends."""
    if len(text) <= _SHORT and _PLAIN.fullmatch(lower := text.casefold()):
        return tuple(lower.replace(",", "").split(" "))
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", _unmarked(text[:4000]))).casefold()
    plain = plain.translate(_LOOKALIKES)
    plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    plain = _SPACED.sub(lambda found: re.sub(r"[ .\-_*]", "", found[0]), plain)
    if any(c.isdigit() for c in plain):
        plain = _SUM.sub(f" {SUM} ", _THOUSANDS.sub("", plain))
    plain = _WILL.sub(" will", plain)
    plain = plain.replace("w/o", " without ").replace("c/o", " careof ").replace("&", " and ")
    found: list[str] = []
    before = ""
    for raw in _WORD.findall(plain):
        if raw in (".", ";", "\n"):
            if found and found[-1] != STOP:
                found.append(STOP)
            continue
        word = raw.replace("'", "").replace("’", "").strip("_!")
        if not word:
            continue
        postcode = _INWARD.fullmatch(word) and _OUTWARD.fullmatch(before)
        found.append(word if postcode else _unleet(word))
        before = word
        if len(found) >= MAX_WORDS:
            break
    return tuple(found)


def _unmarked(text: str) -> str:
    """Without the marks of a web page: a line break is one, and what stands for a character is the character."""
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub("\n", text))
    return html.unescape(text) if "&" in text else text


def _unleet(word: str) -> str:
    """`g0ld` as `gold`; house numbers, times, weights and codes stay as they are."""
    if word.isalpha() or word.isdigit() or _ORDINAL.match(word) or _CODE.search(word) or not _MIXED.match(word):
        return word
    letters = sum(c.isalpha() for c in word)
    return word.translate(_LEET) if letters >= 2 else word
