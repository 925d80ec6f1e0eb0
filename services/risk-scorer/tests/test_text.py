"""What free text asks for is found however people write it, and a landmark or a negation is not an instruction."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from risk_scorer.text import normalise
from risk_scorer.text.findings import FieldText, Findings, read
from risk_scorer.text.normalise import LINE, STOP

_SAYINGS: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "sayings.yaml").read_text(encoding="utf-8"))
_HARMLESS = (Path(__file__).parent / "harmless.txt").read_text(encoding="utf-8").splitlines()
#: Parts of notes, items and reasons of three made-up fortnights, by people who knew no phrase.
_EVERYDAY = (Path(__file__).parent / "everyday.txt").read_text(encoding="utf-8").splitlines()
#: Topics whose rules warn by themselves, or nearly.
_GRAVE = frozenset(
    {"authority", "police", "bank_card_or_pin", "bank_fraud", "password_or_reference", "do_not_converse", "secrecy"}
    | {"relay_to_driver", "destination_withheld", "driver_reports_parcel_only", "household_surprised"}
    | {"household_on_phone", "staff_suspects_plainly", "felt_like_cash", "other_name_at_dropoff", "evasive_booker"}
    | {"cannot_name_resident", "crypto_machine", "hand_over_to_stranger", "emergency_story", "bank_book"}
)
#: Topics that add up to a warning with little else.
_ALARMING = _GRAVE | {
    "cash", "gold", "jewellery", "gift_cards", "foreign_currency", "bank_withdrawal", "disguised_or_taped",
    "staff_suspects", "infirmity_excuse", "off_platform_contact", "asked_for_driver_details", "keeps_changing",
}  # fmt: skip
_IN_NAMES = {"official_name"}


def findings(text: str, field: str = "notes.driver") -> Findings:
    return read([FieldText(field, text)])


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("collect for the police", "authority"),
        ("undercover agent will meet the driver", "authority"),
        ("she is to go to the police station to hand her documents to the officer", "authority"),
        ("pls colect 4 the p0lice", "authority"),
        ("package to DC Harris, fraud squad", "authority"),
        ("her old bank card in an envelope", "bank_card_or_pin"),
        ("card + pin for barclays", "bank_card_or_pin"),
        ("password is robin, say it at door", "password_or_reference"),
        ("please dont talk to the customer", "do_not_converse"),
        ("no need to speak to my nan shes deaf", "do_not_converse"),
        ("DO NOT RING THE BELL", "do_not_ring"),
        ("meet man in black audi outside", "recipient_description"),
        ("c a s h in envelope", "cash"),
        ("her bank&nbsp;card &amp; pin", "bank_card_or_pin"),
        ("her <b>bank</b> card", "bank_card_or_pin"),
        ("left under the plant pot", "left_unattended"),
        ("its on the side table, let yourself in", "left_unattended"),
        ("she is deaf so dont talk to her", "infirmity_excuse"),
        ("the card and the pin code, gate code 1234", "bank_card_or_pin"),
        ("meet him by the white van", "recipient_description"),
        ("man with black rucksack", "recipient_description"),
        ("her ring and his watch", "jewellery"),
        ("wait 10 mins then back to the station", "wait_and_return"),
        ("gold rings in a box, above the shop", "jewellery"),
        ("driver wont take it, thinks its a scam", "staff_suspects"),
        ("envelope with the card inside", "bank_card_or_pin"),
        ("drop address by text", "destination_withheld"),
        ("already on system", "ordinary_cancellation"),
        ("no show, waited 8 min", "ordinary_cancellation"),
        ("nobody in, carded", "ordinary_cancellation"),
        ("called x2 no ans", "ordinary_cancellation"),
        ("too big for car", "ordinary_cancellation"),
        ("shop closed", "ordinary_cancellation"),
        ("sender asked to come tomorrow", "ordinary_cancellation"),
        ("access code not working", "ordinary_cancellation"),
        ("whatsapp only no calls", "off_platform_contact"),
    ],
)
def test_what_is_asked_is_found(text: str, topic: str) -> None:
    assert findings(text).has(topic)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("opposite the police station", "authority"),
        ("turn left at the police station, blue door", "authority"),
        ("not cash, just paperwork", "cash"),
        ("cash job, paying on arrival", "cash"),
        ("happy birthday card for her", "bank_card_or_pin"),
        ("customer pays by card", "bank_card_or_pin"),
        ("opposite the bank<br/>card for her birthday", "bank_card_or_pin"),
        ("please ring the bell, door sticks", "do_not_ring"),
        ("its a surprise; card inside", "bank_card_or_pin"),
        ("lloyds bank\ncard payment", "bank_card_or_pin"),
        ("drop at the bank\ncard machine in cab", "bank_card_or_pin"),
        ("opposite the bank\ncard for mum's birthday", "bank_card_or_pin"),
        ("going to the bank\nCard payment on the day", "bank_card_or_pin"),
        ("BANK CARD MACHINE IS BROKEN\nPIN THE NOTE TO THE DOOR", "bank_card_or_pin"),
        ("drop by 5", "destination_withheld"),
        ("Quote first pls", "code_or_name_to_give"),
        ("locker, code is on the parcel", "code_or_name_to_give"),
        ("above jewellers, door at side", "jewellery"),
        ("on corner of Watch Avenue", "jewellery"),
        ("gold wedding invitations, 3 boxes", "gold"),
        ("trip form and money", "cash"),
        ("not to be opened til xmas", "disguised_or_taped"),
        ("new pot, double bagged now", "disguised_or_taped"),
        ("porch door is open", "left_unattended"),
        ("entrance is round the back by bins, ring bell twice", "left_unattended"),
        ("fits through letterbox", "left_unattended"),
        ("please dont leave on step, bring back if no one in", "left_unattended"),
        ("big pumpkin still on step", "left_unattended"),
        ("put in recycling box if no ans", "left_unattended"),
        ("side table", "left_unattended"),
        ("same driver as last time if poss", "relay_to_driver"),
        ("hearing aids", "infirmity_excuse"),
        ("hard of hearing give it a minute", "infirmity_excuse"),
        ("mum is a bit deaf, keep knocking", "infirmity_excuse"),
        ("white van on drive", "recipient_description"),
        ("i will meet driver at door", "recipient_description"),
        ("mum will be waiting by window", "recipient_description"),
        ("pot leaking, wont take it", "staff_suspects"),
        ("she is 87 & slow bless her, ring when outside", "jewellery"),
        ("by Virgin Money", "cash"),
        ("i pay, dont take money off her", "bank_withdrawal"),
        ("wait 30 mins free", "wait_and_return"),
        ("customer aware 30 min wait", "wait_and_return"),
        ("drop at end of road", "cannot_name_resident"),
        ("lady with dark green suitcase", "recipient_description"),
        ("driver refused, not happy with it", "ordinary_cancellation"),
        ("customer knew nothing about it", "ordinary_cancellation"),
    ],
)
def test_what_only_sounds_like_it_is_not(text: str, topic: str) -> None:
    assert not findings(text).has(topic)


@pytest.mark.parametrize("topic", _SAYINGS)
def test_every_way_of_saying_it_is_found(topic: str) -> None:
    field = "booker.name" if topic in _IN_NAMES else "notes.driver"
    assert [said for said in _SAYINGS[topic] if not findings(said, field).has(topic)] == []


@pytest.mark.parametrize("said", _HARMLESS)
def test_what_ordinary_customers_write_is_nothing_grave(said: str) -> None:
    assert findings(said).topics() & _GRAVE == frozenset()


@pytest.mark.parametrize(
    "name",
    [
        "Megan Lloyd",
        "John Constable",
        "Sarah Banks",
        "Card Family",
        "Tom Officer",
        "Anjali Bailiff",
        "Reception",
        "PC Doctor",
    ],
)
def test_a_name_is_a_name(name: str) -> None:
    assert not findings(name, "booker.name").topics()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("p.o.l.i.c.e o f f i c e r", ("police", "officer")),
        ("p.o.l.i.c.e o.f.f.i.c.e.r", ("police", "officer")),
        ("p o l i c e o f f i c e r", ("police", "officer")),
        ("t h e b a n k c a r d", ("the", "bankcard")),
        ("x q z v w k", ("xqzvwk",)),
        ("i.d. at the door", ("i", STOP, "d", STOP, "at", "the", "door")),
        ("no and/or", ("no", "and", "or")),
        ("p/u w/o ringing", ("pickup", "without", "ringing")),
        ("bank\ncard", ("bank", LINE, "card")),
        ("bank \r\n  card", ("bank", LINE, "card")),
        ("BANK\nCARD", ("bank", LINE, "card")),
        ("bank\nCard", ("bank", STOP, "card")),
        ("bank.\ncard", ("bank", STOP, "card")),
        ("bank\n\ncard", ("bank", STOP, "card")),
    ],
)
def test_letters_and_lines_are_put_together_as_they_were_meant(text: str, words: tuple[str, ...]) -> None:
    assert normalise.words(text) == words


@given(st.text(max_size=400))
def test_any_text_is_read(text: str) -> None:
    assert findings(text).has("cash") in (True, False)
