"""Asking the OS Places API what a place is, and reading its answer. Pure: who sends the question is `os_places`.

Shape: https://docs.os.uk/os-apis/accessing-os-apis/os-places-api/technical-specification. An answer holds up to 100
records of the Royal Mail's delivery points (DPA) and of the councils' addresses (LPI), each with a classification.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from pickup_contracts.booking import Address
from risk_scorer.errors import ScorerError
from risk_scorer.known import known
from risk_scorer.premises.address_key import address_keys
from risk_scorer.premises.classification import Classified, classified

_POSTCODE = re.compile(r"^[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}$")
_IN_TEXT = re.compile(r"\b([A-Za-z]{1,2}\d[A-Za-z\d]?)\s*(\d[A-Za-z]{2})\b")
#: Logical status codes of addresses that are none any more, or not yet: alternative 3, provisional 6, historical 8.
_NOT_IN_USE = frozenset({"6", "8"})
_FIND_AT_LEAST = "0.8"


class AnswerFault(ScorerError):
    """The API's answer is not what it is documented to be."""


class Question(Struct, frozen=True):
    """One request: the path under the API's base, and its parameters (without the key)."""

    path: str
    parameters: tuple[tuple[str, str], ...]


class _Record(Struct, frozen=True, rename="upper"):
    address: str = ""
    uprn: str = ""
    postcode: str = ""
    postcode_locator: str = ""
    post_town: str = ""
    town_name: str = ""
    organisation_name: str = ""
    organisation: str = ""
    classification_code: str = ""
    logical_status_code: str | int = "1"
    lpi_logical_status_code: str | int = "1"


class _Result(Struct, frozen=True):
    dpa: _Record | None = msgspec.field(name="DPA", default=None)
    lpi: _Record | None = msgspec.field(name="LPI", default=None)


class _Header(Struct, frozen=True):
    totalresults: int


class _Answer(Struct, frozen=True):
    # No results are no `results`.
    header: _Header
    results: list[_Result] = []


_decoder = msgspec.json.Decoder(_Answer)


def question_of(address: Address) -> Question | None:
    """What to ask about an address: by its UPRN, else its postcode, else its words; `None` when nothing can be asked
    (too little is written, or it lies abroad)."""
    country = known(address.country)
    if country is not None and country.upper() not in ("GB", "UK"):
        return None
    common = (("dataset", "DPA,LPI"), ("maxresults", "100"), ("lr", "EN"))
    uprn = known(address.uprn)
    if uprn is not None and uprn.isdigit():
        return Question("/uprn", (("uprn", uprn.lstrip("0") or "0"), *common))
    if not address_keys(address):
        return None
    code = _postcode(address)
    if code is not None:
        return Question("/postcode", (("postcode", code), *common))
    words = ", ".join(part for part in map(known, (address.line1, address.line2, address.town)) if part)
    return Question("/find", (("query", words), ("minmatch", _FIND_AT_LEAST), *common))


def read_answer(body: bytes, address: Address) -> Classified | None:
    """What the answer says of this address: the classification of the record that is the same place; `None` when none
    is, or when it says nothing.

    Raises:
        AnswerFault: `body` is not an answer of the API. Nothing of it is repeated in the message.
    """
    try:
        answer = _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise AnswerFault("the answer is not one of the OS Places API") from None
    wanted = frozenset(address_keys(address))
    said = [
        found
        for record in _records(answer)
        if wanted & _keys(record) and (found := classified(record.classification_code)) is not None
    ]
    # One place may have several records, as an office over a shop has: only what they agree on is known.
    if len({found.residential for found in said}) > 1:
        return None
    return max(said, key=lambda found: found.confidence, default=None)


def _records(answer: _Answer) -> Iterator[_Record]:
    for result in answer.results:
        for record in (result.dpa, result.lpi):
            if (
                record is not None
                and not {
                    str(record.logical_status_code),
                    str(record.lpi_logical_status_code),
                }
                & _NOT_IN_USE
            ):
                yield record


def _keys(record: _Record) -> frozenset[str]:
    """Every way in which a booking may have written this record's address."""
    firm = record.organisation_name or record.organisation
    town = record.post_town or record.town_name
    code = record.postcode or record.postcode_locator
    written = [record.address]
    if firm and record.address.startswith(f"{firm}, "):
        rest = record.address.removeprefix(f"{firm}, ")
        written.append(rest)
        # "Triodos Bank, Deanery Road" for "TRIODOS BANK, 10, DEANERY ROAD".
        written.append(f"{firm}, {re.sub(r'^[0-9]+[A-Z]?,? ', '', rest)}")
    keys = {f"uprn:{record.uprn.lstrip('0')}"} if record.uprn else set()
    for text in written:
        # The town and the postcode stand at the end of the address, after its street.
        street = re.sub(rf",? *{re.escape(code)} *$", "", text) if code else text
        street = re.sub(rf",? *{re.escape(town)} *$", "", street) if town else street
        keys.update(address_keys(Address(line1=street, town=town or None, postcode=code or None)))
    return frozenset(keys)


def _postcode(address: Address) -> str | None:
    given = known(address.postcode)
    if given is not None and _POSTCODE.match(plain := given.replace(" ", "").upper()):
        return plain
    found = _IN_TEXT.search(known(address.line1) or "") or _IN_TEXT.search(known(address.line2) or "")
    return f"{found[1]}{found[2]}".upper() if found else None
