"""Words are short, begin with what to do, accuse nobody, hold nothing personal, and are whole from the start."""

from __future__ import annotations

import itertools
import re
from importlib import resources
from uuid import uuid4
from zoneinfo import ZoneInfo

import msgspec
import pyphen  # type: ignore[import-untyped]
import pytest
from alert_cases import NOW, raised
from alert_world import CHANNELS, booking, profile

from notifier.alerts.alert import Alert, Change, Kind, Telling
from notifier.alerts.templates import ENGLISH, WordingFault, all_texts, chosen, parse, plain
from notifier.alerts.wording import Worded, driver_words, message, wording
from notifier.channels.message import Message
from notifier.channels.segments import size
from notifier.channels.sms import text_of
from notifier.messages import to_person, webhook
from notifier.telling import Teller, driver_texts
from pickup_contracts.alert import Audience
from pickup_contracts.assessment import Decision, Pattern
from pickup_contracts.booking import Address, Contact, Stop
from pickup_runtime.operators import OperatorDirectory

_PATTERNS: tuple[Pattern, ...] = ("parcel_from_home", "victim_as_passenger", "courier_as_passenger", "none")
_KINDS: tuple[Kind, ...] = ("warning", "recall")
_DECISIONS: tuple[Decision, ...] = ("warn", "hold_recommended")
_OFFICE: tuple[tuple[Audience, Telling], ...] = (
    ("dispatcher", "warning"),
    ("duty_manager", "warning"),
    ("duty_manager", "expired"),
    ("duty_manager", "unconfirmed"),
)
#: A second text message begins after 160 letters of GSM-7, a third after 306.
TWO_TEXT_MESSAGES = 306
_NEVER = (
    *("fraudster", "criminal", "thief", "crook", "victim", "accuse", "confront", "suspect"),
    *("open the parcel", "ask them", "question them", "search"),
)
_SYLLABLES = pyphen.Pyphen(lang="en_GB")
LONDON = ZoneInfo("Europe/London")
#: As long as an operator's booking ids usually are.
BOOKING = "J-2041-88213"


def alerts() -> list[Alert]:
    return [
        msgspec.structs.replace(raised(), decision=decision, kind=kind, pattern=pattern, booking_id=BOOKING)
        for decision, kind, pattern in itertools.product(_DECISIONS, _KINDS, _PATTERNS)
    ]


each = pytest.mark.parametrize("alert", alerts(), ids=lambda alert: f"{alert.kind}-{alert.decision}-{alert.pattern}")


def office_texts(alert: Alert, channel: str) -> list[Worded]:
    return [
        message(
            alert,
            telling,
            audience,
            channel,
            texts=chosen(ENGLISH, frozenset()),
            office_phone="+441632960100",
            zone=LONDON,
        )
        for audience, telling in _OFFICE
    ]


def reading_grade(text: str) -> float:
    """The years at school that a text asks for (Flesch and Kincaid, US Navy 1975). Figures and ids are read as one
    syllable each; telephone numbers are left out."""
    text = re.sub(r"\+\d{6,}|" + re.escape(BOOKING), "it", text)
    sentences = [part for part in re.split(r"[.!?:;\n]", text) if re.search(r"[A-Za-z0-9]", part)]
    words = re.findall(r"[A-Za-z0-9']+", text)
    syllables = sum(len(_SYLLABLES.positions(word.lower())) + 1 for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


def test_the_reading_grade_tells_plain_from_heavy_words() -> None:
    assert reading_grade("Do not hand it over. Come back to us.") < 3
    heavy = (
        "Circumstances necessitating immediate precautionary intervention regarding potential misappropriation exist."
    )
    assert reading_grade(heavy) > 15


@each
def test_a_drivers_text(alert: Alert) -> None:
    for phone in (None, "+441632960100"):
        brief = driver_words(alert, all_texts()[ENGLISH], office_phone=phone)
        assert len(brief.short) <= TWO_TEXT_MESSAGES
        assert re.match(r"[A-Z'. ]{8,}", brief.short), "what to do comes first, in capitals"
        assert BOOKING in brief.short
        assert "999" in brief.short
        assert "9 9 9" in brief.spoken, "read out figure by figure"
        assert "999" not in brief.spoken
        for text in (brief.short, brief.spoken):
            assert reading_grade(text) <= 5, "read at a glance, by somebody who is driving"
            assert not [word for word in _NEVER if word in text.lower()]
            assert phone is None or phone in text


@each
def test_an_offices_text(alert: Alert) -> None:
    for channel in ("sms", "voice", "email"):
        for worded in office_texts(alert, channel):
            assert re.match(r"[A-Z ]{4,}|Pickup Guard", worded.text)
            assert BOOKING in worded.text
            assert not [word for word in _NEVER if word in worded.text.lower().replace("question the passenger", "")]
            assert channel == "email" or len(worded.text) <= TWO_TEXT_MESSAGES
            assert channel == "email" or reading_grade(worded.text) <= 6
            assert "999" in worded.text or "9 9 9" in worded.text
            assert len(worded.subject or "") <= 70
            assert "{" not in worded.text + (worded.subject or "")
            if channel == "email":
                assert wording(alert, office_phone="+441632960100").driver in worded.text, "what the driver was told"


@each
def test_an_offices_steps(alert: Alert) -> None:
    told = wording(alert)
    assert 2 <= len(told.office) <= 6
    assert len(told.headline) <= 70
    assert "nothing but that there is a delay" in told.office[-1]
    assert all(reading_grade(step) <= 9 for step in told.office)


def test_a_ride_to_look_at_has_nobody_asked_what_they_send() -> None:
    runner = msgspec.structs.replace(raised(), decision="review", pattern="courier_as_passenger")
    told = " ".join(wording(runner).office)
    assert "Do not ring or question the passenger" in told
    ride = msgspec.structs.replace(runner, pattern="victim_as_passenger")
    assert "Ring the passenger on a number" in " ".join(wording(ride).office)
    for alert in (runner, ride):
        said = " ".join((wording(alert).headline, *wording(alert).office))
        assert not re.search("collects|sending|at the pickup", said)


def test_a_review_asks_nothing_of_the_driver() -> None:
    assert wording(msgspec.structs.replace(raised(), decision="review")).driver == ""


def test_what_is_on_board_is_not_said_to_be_collected_yet() -> None:
    looked_at = msgspec.structs.replace(raised(), decision="review", pattern="parcel_from_home")
    assert wording(looked_at).headline == "Worth a look before the driver collects"
    was_recalled = msgspec.structs.replace(looked_at, kind="recall")
    for said in (wording(looked_at, collected=True), wording(was_recalled)):
        assert "collects" not in said.headline
        assert any("not hand it over" in step for step in said.office)
    ride = msgspec.structs.replace(looked_at, pattern="victim_as_passenger")
    assert wording(ride, collected=True) == wording(ride)


def test_what_goes_on_is_said_plainly() -> None:
    brief = driver_words(raised(), all_texts()[ENGLISH], office_phone=None, carry_on=True)
    assert brief.short.startswith("CARRY ON with job b.")
    assert "999" in brief.short


def test_the_webhook_of_a_change_is_always_the_same() -> None:
    alert = raised()
    assert webhook(alert, NOW) == webhook(alert, NOW)
    assert webhook(msgspec.structs.replace(alert, change=2), NOW).delivery_id != webhook(alert, NOW).delivery_id


def test_no_name_number_or_address_of_a_customer_in_any_message() -> None:
    operators = OperatorDirectory()
    operators.put(profile(office_phone="+441632960100"))
    watched = booking("d-1")
    watched.booking.pickup = Stop(
        address=Address(line1="14 Meadow Close", town="Royston", postcode="SG8 5AA"),
        contact=Contact(name="Mrs Example", phone="+447700900333", email="mrs@example.org"),
    )
    watched.booking.dropoff = Stop(address=Address(line1="Station Approach", postcode="WD17 1AA"))
    for alert in alerts():
        for telling in ("warning", "recall", "expired", "unconfirmed", "closed"):
            held = msgspec.structs.replace(alert, command="hold")
            change = Change(held, telling=telling)
            for one in Teller(operators, channels=CHANNELS).deliveries(change, watched, NOW):
                body = one.body.decode()
                for personal in ("Meadow", "Royston", "SG8", "Example", "900333", "example.org", "Station App", "WD17"):
                    assert personal not in body


def test_welsh_is_off_until_an_operator_asks_for_it() -> None:
    assert not all_texts()["cy"].reviewed
    assert driver_texts(profile(driver_languages={"d-1": "cy"}), "d-1").language == "en"
    asked = profile(driver_languages={"d-1": "cy"}, unreviewed_languages=["cy"])
    assert driver_texts(asked, "d-1").language == "cy"
    assert driver_texts(asked, "d-2").language == "en"
    assert driver_texts(profile(language="xx"), None).language == "en"
    text = driver_words(raised(), driver_texts(asked, "d-1"), office_phone=None).short
    assert text.startswith("GWIRIWCH CYN CASGLU")
    office = message(
        raised(), "warning", "dispatcher", "email", texts=driver_texts(asked, "d-1"), office_phone=None, zone=LONDON
    )
    assert text in office.text, "the office sees what the driver was told, in the driver's words"


#: The letters of a text message that has 160 of them (3GPP TS 23.038), as far as anybody types them.
_GSM_7 = re.compile(r"^[A-Za-z0-9 \n@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ!\"#¤%&'()*+,\-./:;<=>?¡ÄÖÑÜ§¿äöñüà]*$")


@each
def test_english_text_messages_fit_in_two(alert: Alert) -> None:
    texts = [one.text for one in office_texts(alert, "sms")]
    for text in (*texts, driver_words(alert, all_texts()[ENGLISH], office_phone="+441632960100").short):
        assert _GSM_7.match(text), "one letter outside of it halves the length of a text message"


def test_every_language_is_short() -> None:
    for texts in all_texts().values():
        for alert in alerts():
            # Letters such as ŵ and â make a part 67 letters long (UCS-2): four parts at most.
            assert len(driver_words(alert, texts, office_phone="+441632960100").short) <= 4 * 67


def english() -> str:
    return (resources.files("notifier") / "data" / "wording" / "en.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{call} now. Danger: 999.", "{cal} now. Danger: 999.", "driver.hold.short: nothing fills {cal}"),
        ("{call} now. Danger: 999.", "Danger: 999.", "driver.hold.short: lacks {call}"),
        ("job {booking}. It looks like", "it. It looks like", "driver.hold.short: lacks {booking}"),
        ("STOP. DO NOT COLLECT job {booking}.", "STOP {booking} {", "a brace without its partner"),
        ('call: Call the office\n', 'call: ""\n', "phrases.call: is empty"),
        ("  carry_on:\n", "  go_on:\n", "driver"),
        ("Check job {booking} by {by}", "Check job {booking}, {customer_name}", "nothing fills {customer_name}"),
        ("reviewed: true", "reviewed: perhaps", "reviewed"),
        ("phrases:", "phrases: [", "en.yaml"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_whole_is_refused_when_it_is_loaded(old: str, new: str, says: str) -> None:
    assert old in english()
    with pytest.raises(WordingFault, match=re.escape(says)):
        parse(english().replace(old, new, 1), "en.yaml")


def test_hostile_text_in_a_booking_id_stays_text() -> None:
    hostile = "J\r\nBcc: a@b.example\u202e<script>alert(1)</script>{call}"
    assert plain(hostile) == "JBcc: a@b.example<script>alert(1)</sc..."
    alert = msgspec.structs.replace(raised(), booking_id=hostile)
    worded = office_texts(alert, "email")[0]
    assert "\n" not in (worded.subject or "")
    assert "\r" not in worded.text
    body = msgspec.json.decode(to_person(worded, "a@x.example", "email", "https://x/?a=1&b=2"), type=Message)
    assert "<script>" not in (body.html or "")
    assert "&lt;script&gt;" in (body.html or "")
    assert 'href="https://x/?a=1&amp;b=2"' in (body.html or "")


@each
def test_a_driver_reads_how_to_answer_and_all_of_it_fits_two_texts(alert: Alert) -> None:
    tellings: tuple[tuple[Telling, bool], ...] = (("warning", True), ("recall", True), ("closed", False))
    for telling, there in tellings:
        worded = message(
            alert,
            telling,
            "driver",
            "sms",
            texts=chosen(ENGLISH, frozenset()),
            office_phone="+441632960100",
            zone=LONDON,
        )
        assert (worded.hint is not None) == there
        sent, cut = text_of(Message("+447700900111", worded.text, hint=worded.hint), uuid4(), at_most=2)
        assert not cut
        assert size(sent).segments <= 2
        spoken = message(
            alert, telling, "driver", "voice", texts=chosen(ENGLISH, frozenset()), office_phone=None, zone=LONDON
        )
        assert spoken.hint is not None
        assert "1" in spoken.hint
        for hint in filter(None, (worded.hint, spoken.hint)):
            assert ("passenger" in hint, bool(re.search(r"\bit\b", hint))) == (alert.ride, not alert.ride)
    assert all(worded.hint is None for channel in ("sms", "email", "push") for worded in office_texts(alert, channel))
