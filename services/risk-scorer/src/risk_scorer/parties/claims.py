"""What a booker claims to be to the person at the pickup: a claim, never a proof."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from importlib import resources

import msgspec
import yaml
from msgspec import Struct


class Claim(Struct, frozen=True, gc=False):
    """What is claimed; all false when nothing is, or when it is denied."""

    family: bool = False
    carer: bool = False
    close: bool = False
    on_behalf: bool = False

    @property
    def any(self) -> bool:
        return self.family or self.carer or self.close or self.on_behalf


NO_CLAIM = Claim()


class ClaimWords(Struct, frozen=True, forbid_unknown_fields=True):
    """The document as it stands in `data/parties/claims.yaml`."""

    owner: str
    review_by: str
    family: list[str]
    carer: list[str]
    close: list[str]
    on_behalf: list[str]
    denied: list[str]
    says: list[str]
    between: list[str]


@cache
def _words() -> ClaimWords:
    text = (resources.files("risk_scorer") / "data" / "parties" / "claims.yaml").read_text(encoding="utf-8")
    return msgspec.convert({**yaml.safe_load(text), "review_by": ""}, ClaimWords)


@lru_cache(maxsize=16_384)
def claim_of(relationship: str) -> Claim:
    """The claim in a field that is there for it ("grandson", "carer", "booking on behalf of mum")."""
    text, words = _plain(relationship), _words()
    if _has(text, words.denied):
        return NO_CLAIM
    return Claim(
        family=_has(text, words.family),
        carer=_has(text, words.carer),
        close=_has(text, words.close),
        on_behalf=_has(text, words.on_behalf),
    )


@lru_cache(maxsize=16_384)
def claim_in_text(text: str) -> Claim:
    """The claim in a free note: only where the note says who the booker is ("booked by her nephew"), not where it
    names a relative ("her nephew will be there")."""
    plain, words = _plain(text), _words()
    if "behalf" not in plain and _says().search(plain) is None:
        return NO_CLAIM
    if _has(plain, words.denied):
        return NO_CLAIM
    said = " | ".join(plain[found.end() :] for found in _says().finditer(plain))
    return Claim(
        family=_begins(said, words.family),
        carer=_begins(said, words.carer),
        close=_begins(said, words.close),
        on_behalf="on behalf of" in plain,
    )


@cache
def _says() -> re.Pattern[str]:
    words = _words()
    return re.compile(rf"\b(?:{'|'.join(words.says)}) (?:(?:{'|'.join(words.between)}) )*")


def _has(text: str, phrases: list[str]) -> bool:
    padded = f" {text} "
    return any(f" {phrase} " in padded for phrase in phrases)


def _begins(said: str, phrases: list[str]) -> bool:
    """Whether one of the parts that bars separate begins with one of `phrases`."""
    return any(f"{part} ".startswith(f"{phrase} ") for part in said.split(" | ") for phrase in phrases)


def _plain(text: str) -> str:
    bare = text.casefold().replace("'", "").replace("’", "")
    if not bare.isascii():
        bare = "".join(c for c in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^a-z]+", " ", bare).split())
