"""Text as people, and those who hide something, write it, turned into plain words.

Handled here: case, accents, look-alike letters of other alphabets, invisible characters, letters spaced apart,
digits for letters, apostrophes, what a web form left in (`&nbsp;`, `<br>`), lines that a sentence runs over. Spelling
is the vocabulary's business (`vocabulary.py`).
"""

from __future__ import annotations

import html
import re
import unicodedata

from risk_scorer.text.vocabulary import known_words

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
_WORD = re.compile(r"[\w@$£!]+(?:['’][\w]+)?|[.;\n\x1f]")
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
#: Short forms that are written with a stroke.
_STROKES = {"w/o": " without ", "c/o": " careof ", "p/u": " pickup ", "d/o": " dropoff "}
_STROKE = re.compile(r"\b(?:" + "|".join(_STROKES) + r")\b")
_LINE_ENDS = re.compile(r"(?<=[^\W_])[ \t\xa0]*\r?\n[ \t\xa0]*(?=[^\W_])")
#: Ends a sentence: phrases do not run across it.
STOP = "."
#: Ends a line within a sentence: a phrase runs across it only where its words stand side by side.
LINE = "\x1f"
#: Letters spaced apart are told into words only where these are known: no longer than two words and a half.
_LONGEST_SPACED = 30


def words(text: str) -> tuple[str, ...]:
    """The words of a text, lower case and plain, at most `MAX_WORDS`; `STOP` stands where a sentence ends, `LINE` where
    a line does and the sentence may go on."""
    if len(text) <= _SHORT and _PLAIN.fullmatch(lower := text.casefold()):
        return tuple(lower.replace(",", "").split(" "))
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", _unwrapped(_unmarked(text[:4000])))).casefold()
    plain = plain.translate(_LOOKALIKES)
    plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    plain = _SPACED.sub(lambda found: _closed_up(found[0]), plain)
    if any(c.isdigit() for c in plain):
        plain = _SUM.sub(f" {SUM} ", _THOUSANDS.sub("", plain))
    plain = _WILL.sub(" will", plain)
    if "/" in plain:
        plain = _STROKE.sub(lambda found: _STROKES[found[0]], plain)
    plain = plain.replace("&", " and ")
    found: list[str] = []
    before = ""
    for raw in _WORD.findall(plain):
        if raw in (".", ";", "\n"):
            if found and found[-1] != STOP:
                found.append(STOP)
            continue
        if raw == LINE:
            found.append(LINE)
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


def _unwrapped(text: str) -> str:
    """With `LINE` where a line ends and its sentence may go on: no stop before it, and no capital behind it that the
    rest is not written in."""
    if "\n" not in text:
        return text
    return _LINE_ENDS.sub(
        lambda end: "\n" if text[end.end()].isupper() and not text[end.start() - 1].isupper() else LINE, text
    )


def _closed_up(spaced: str) -> str:
    """Letters that were spaced apart as words. Where dots or dashes part them, a space parts words ("p.o.l.i.c.e
    o.f.f.i.c.e.r"); where spaces do, what words they are is read off those that are known."""
    pieces = [re.sub(r"[.\-_*]", "", piece) for piece in spaced.split(" ")]
    words: list[str] = []
    for index, piece in enumerate(pieces):
        if index and len(piece) == 1 and len(pieces[index - 1]) == 1:
            words[-1] += piece
        else:
            words.append(piece)
    return " ".join(" ".join(_told_apart(word)) for word in words)


def _told_apart(letters: str) -> list[str]:
    """As few known words as make up all the letters; the letters as one word when none do."""
    known = known_words()
    if letters in known or len(letters) > _LONGEST_SPACED:
        return [letters]
    best: list[list[str] | None] = [[]]
    for end in range(1, len(letters) + 1):
        ways = [
            [*before, letters[start:end]]
            for start in range(max(0, end - 14), end - 1)
            if (before := best[start]) is not None and letters[start:end] in known
        ]
        best.append(min(ways, key=len, default=None))
    return best[-1] or [letters]


def _unleet(word: str) -> str:
    """`g0ld` as `gold`; house numbers, times, weights and codes stay as they are."""
    if word.isalpha() or word.isdigit() or _ORDINAL.match(word) or _CODE.search(word) or not _MIXED.match(word):
        return word
    letters = sum(c.isalpha() for c in word)
    return word.translate(_LEET) if letters >= 2 else word
