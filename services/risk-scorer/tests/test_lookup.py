"""Reading the OS Places API: what to ask of an address, which record of an answer is it, and what its code says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pickup_contracts.booking import Address
from risk_scorer.premises.classification import classified
from risk_scorer.premises.lookup import AnswerFault, Question, question_of, read_answer


def dpa(address: str, code: str, **fields: Any) -> dict[str, Any]:
    """A delivery point as the API gives it."""
    parts = address.split(", ")
    return {
        "DPA": {
            "UPRN": "100091391234",
            "UDPRN": "22659267",
            "ADDRESS": address,
            "THOROUGHFARE_NAME": parts[-3] if len(parts) > 2 else parts[0],
            "POST_TOWN": parts[-2] if len(parts) > 1 else "ROYSTON",
            "POSTCODE": parts[-1],
            "RPC": "1",
            "X_COORDINATE": 535714.0,
            "Y_COORDINATE": 240740.0,
            "STATUS": "APPROVED",
            "LOGICAL_STATUS_CODE": "1",
            "CLASSIFICATION_CODE": code,
            "CLASSIFICATION_CODE_DESCRIPTION": "as the code says",
            "LOCAL_CUSTODIAN_CODE": 1540,
            "COUNTRY_CODE": "E",
            "BLPU_STATE_CODE": "2",
            "LANGUAGE": "EN",
            "MATCH": 1.0,
            "MATCH_DESCRIPTION": "EXACT",
            **fields,
        }
    }


def lpi(address: str, code: str, **fields: Any) -> dict[str, Any]:
    """A council's address as the API gives it."""
    parts = address.split(", ")
    return {
        "LPI": {
            "UPRN": "100091391299",
            "ADDRESS": address,
            "LPI_KEY": "1540L000012345",
            "STREET_DESCRIPTION": parts[-3] if len(parts) > 2 else parts[0],
            "TOWN_NAME": parts[-2] if len(parts) > 1 else "ROYSTON",
            "POSTCODE_LOCATOR": parts[-1],
            "LOGICAL_STATUS_CODE": "1",
            "CLASSIFICATION_CODE": code,
            "LPI_LOGICAL_STATUS_CODE": "1",
            "MATCH": 1.0,
            **fields,
        }
    }


def answer(*results: dict[str, Any]) -> bytes:
    header = {"uri": "https://api.os.uk/search/places/v1/postcode", "offset": 0, "totalresults": len(results)}
    document: dict[str, Any] = {"header": {**header, "format": "JSON", "dataset": "DPA,LPI", "maxresults": 100}}
    if results:
        document["results"] = list(results)
    return json.dumps(document).encode()


def at(line1: str, **fields: Any) -> Address:
    return Address(
        line1=line1, town=fields.pop("town", "Royston"), postcode=fields.pop("postcode", "SG8 5AA"), **fields
    )


@pytest.mark.parametrize(
    ("code", "kind", "residential"),
    [
        ("RD06", "residential", "yes"),
        ("RD", "residential", "yes"),
        ("RD08", "sheltered_housing", "yes"),
        ("RI01", "care_home", "yes"),
        ("RH02", "residential", "yes"),
        ("R", "residential", "yes"),
        ("CR01", "bank", "no"),
        ("CR02PO", "bank", "no"),
        ("CR08", "retail", "no"),
        ("CR05", "public_place", "no"),
        ("CT08RS", "station", "no"),
        ("CT03PP", "car_park", "no"),
        ("CT01AP", "airport", "no"),
        ("CH03", "hotel", "no"),
        ("CM03HP", "medical", "no"),
        ("CE03PS", "education", "no"),
        ("CC02", "court", "no"),
        ("CX01", "police_station", "no"),
        ("CO01", "business", "no"),
        ("CI04", "business", "no"),
        ("OT07", "public_place", "no"),
        (" cr01 ", "bank", "no"),
    ],
)
def test_a_code_says_what_a_place_is(code: str, kind: str, residential: str) -> None:
    said = classified(code)
    assert said is not None
    assert (said.kind, said.residential) == (kind, residential)
    assert 0.5 < said.confidence < 0.95, "never as sure as the operator"


@pytest.mark.parametrize("code", ["", "PP", "PS", "UC", "X", "RB", "RG02", "CB", "LP04", "OR04", "Q", "?"])
def test_other_codes_say_nothing(code: str) -> None:
    assert classified(code) is None


def test_what_is_asked() -> None:
    common = (("dataset", "DPA,LPI"), ("maxresults", "100"), ("lr", "EN"))
    by_postcode = Question("/postcode", (("postcode", "SG85AA"), *common))
    assert question_of(at("14 Meadow Close")) == by_postcode
    assert question_of(at("14 Meadow Close, Royston, sg8 5aa", postcode=None, town=None)) == by_postcode
    assert question_of(at("x y", uprn="0100091391234")) == Question("/uprn", (("uprn", "100091391234"), *common))
    found = question_of(at("14 Meadow Close", postcode=None))
    assert found is not None
    assert found.path == "/find"
    assert ("query", "14 Meadow Close, Royston") in found.parameters
    assert question_of(Address(town="Royston")) is None
    assert question_of(at("14 Meadow Close", country="IE")) is None


HOME = dpa("14, MEADOW CLOSE, ROYSTON, SG8 5AA", "RD03", BUILDING_NUMBER="14")


@pytest.mark.parametrize("line1", ["14 Meadow Close", "14, MEADOW CL.", "14 Meadow Close, Royston"])
def test_the_record_of_the_same_place_counts(line1: str) -> None:
    neighbours = [dpa(f"{n}, MEADOW CLOSE, ROYSTON, SG8 5AA", "CR08") for n in (12, 16, 140)]
    said = read_answer(answer(*neighbours, HOME), at(line1))
    assert said is not None
    assert said.kind == "residential"


def test_flats_and_named_houses_and_firms() -> None:
    body = answer(
        dpa("FLAT 2, 14, MILL ROAD, ROYSTON, SG8 5AA", "RD06"),
        dpa("FLAT 3, 14, MILL ROAD, ROYSTON, SG8 5AA", "CO01"),
        dpa("FOX HOLLOW, STONE LANE, ROYSTON, SG8 5AA", "RD02"),
        dpa("TRIODOS BANK, 10, DEANERY ROAD, ROYSTON, SG8 5AA", "CR01", ORGANISATION_NAME="TRIODOS BANK"),
        lpi("THE LEAS, STONE LANE, ROYSTON, SG8 5AA", "RI01"),
    )

    def kind(line1: str) -> str | None:
        said = read_answer(body, at(line1))
        return said.kind if said is not None else None

    assert kind("2/14 Mill Rd") == "residential"
    assert kind("Flat 3, 14 Mill Road") == "business"
    assert kind("Flat 4, 14 Mill Road") is None
    assert kind("Fox Hollow, Stone Lane") == "residential"
    assert kind("Triodos Bank, Deanery Road") == "bank"
    assert kind("10 Deanery Road") == "bank"
    assert kind("The Leas, Stone Lane") == "care_home"


def test_a_record_that_is_no_longer_or_not_yet_an_address_says_nothing() -> None:
    assert read_answer(answer({"DPA": {**HOME["DPA"], "LOGICAL_STATUS_CODE": "8"}}), at("14 Meadow Close")) is None
    provisional = lpi("14, MEADOW CLOSE, ROYSTON, SG8 5AA", "RD03", LPI_LOGICAL_STATUS_CODE=6)
    assert read_answer(answer(provisional), at("14 Meadow Close")) is None


def test_records_of_one_place_that_disagree_say_nothing_and_those_that_agree_say_the_surest() -> None:
    shop = lpi("14, MEADOW CLOSE, ROYSTON, SG8 5AA", "CR08")
    assert read_answer(answer(HOME, shop), at("14 Meadow Close")) is None
    vague = lpi("14, MEADOW CLOSE, ROYSTON, SG8 5AA", "R")
    said = read_answer(answer(vague, HOME), at("14 Meadow Close"))
    assert said is not None
    assert said.confidence == 0.9


def test_no_results_are_no_finding() -> None:
    assert read_answer(answer(), at("14 Meadow Close")) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>sorry</html>",
        b"[]",
        b"{}",
        b'{"header": {"totalresults": "many"}}',
        b'{"header": {"totalresults": 1}, "results": [{"DPA": {"CLASSIFICATION_CODE": 7}}]}',
        b'{"fault": {"faultstring": "Invalid ApiKey"}}',
        b"\xff\xfe",
    ],
)
def test_what_is_no_answer_is_a_fault_that_repeats_nothing(body: bytes) -> None:
    with pytest.raises(AnswerFault) as fault:
        read_answer(body, at("14 Meadow Close"))
    assert "Meadow" not in str(fault.value)
    assert str(fault.value) == "the answer is not one of the OS Places API"


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=20), st.text(max_size=6))
def test_any_record_is_read(address: str, firm: str, town: str, code: str) -> None:
    record = dpa(address, code, POST_TOWN=town, ORGANISATION_NAME=firm)
    said = read_answer(answer(record), at("14 Meadow Close"))
    assert said is None or said.kind != "unknown"
