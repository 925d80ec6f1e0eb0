"""Codes in words, as the office reads them. A code that is not known here stands as it is, without underlines."""

from __future__ import annotations

from pickup_contracts.booking import Observation

OBSERVATIONS: dict[Observation, str] = {
    "sender_confused": "Seemed confused, or had not ordered it",
    "mentioned_bank_or_police": "Mentioned a bank or the police",
    "told_not_to_talk": "Was told not to talk about it",
    "sender_on_phone": "Was on the phone the whole time",
    "felt_like_cash": "Felt like cash, or heavy for its size",
    "no_passenger_only_parcel": "No passenger came, only a parcel",
    "recipient_name_mismatch": "Another name was given at the drop-off",
    "recipient_masked": "Recipient hid their face",
    "asked_for_driver_number": "Asked for the driver's number",
    "asked_to_relay": "Asked to hand it to another driver",
    "item_changed": "The item was not what was booked",
    "nothing_odd": "Knew what it is and who it goes to: nothing odd",
}
#: What somebody on the phone with the person at the pickup can find out.
ON_THE_PHONE: tuple[Observation, ...] = (
    "mentioned_bank_or_police",
    "told_not_to_talk",
    "sender_confused",
    "sender_on_phone",
    "nothing_odd",
)
DONE = {
    "collected": "collected: it is on board",
    "refused": "the driver refused it",
    "not_collected": "not collected",
    "returned_to_sender": "returned to the sender",
    "taken_to_police": "taken to the police",
    "held_at_depot": "held at the depot",
    "cancelled": "cancelled",
}
FINDINGS = {
    "confirmed_scam": "a scam, confirmed",
    "suspected_scam": "a scam, suspected",
    "cleared": "harmless",
    "unknown": "not known",
}
DECISIONS = {"allow": "nothing to see", "review": "worth a look", "warn": "warning", "hold_recommended": "likely scam"}
STATES = {
    "open": "nobody is on it",
    "expired": "time is up, nobody took it on",
    "acknowledged": "taken on",
    "closed": "closed",
}
_BY_SYSTEM = {
    "requested": "asked for, not confirmed yet",
    "confirmed": "done, your system confirms",
    "refused": "refused by your system",
    "unanswered": "no answer from your system: check by phone",
}
#: Where no system is told.
_BY_HAND = {
    "requested": "not done yet: ring the driver, then say how it went",
    "confirmed": "done",
    "refused": "could not be done",
    "unanswered": "nobody has said that it is done: ring the driver, then say how it went",
}
CHANNELS = {
    "webhook": "your system",
    "sms": "text",
    "voice": "call",
    "email": "e-mail",
    "push": "driver page",
    "dispatch_note": "dispatch note",
    "apprise": "chat",
    "page": "this page",
}
TELLINGS = {
    "warning": "the warning",
    "recall": "the recall",
    "lowered": "that it is less urgent",
    "closed": "that it is closed",
    "expired": "that time is up",
    "unconfirmed": "that a command was not confirmed",
    "driver": "the warning, as the new driver",
    "command": "a command",
}
DELIVERIES = {
    "due": "on its way",
    "sent": "accepted, no receipt yet",
    "delivered": "arrived",
    "failed": "failed",
    "abandoned": "given up for the next channel",
    "superseded": "replaced by newer news",
    "cancelled": "no longer needed",
    "expired": "too late",
}
#: What was to be done and could not be, as `setting_aside.Work` has it.
LEFT_UNDONE = {
    "expiry": "nobody took it on in time, and the duty manager could not be told: ring them",
    "command": "your system has not confirmed a command, and the duty manager could not be told: check by phone",
    "receipt": "a message has no receipt, and could not be given up for the next channel",
    "message": "a message was tried, and that could not be noted on the alert: ask who was told. Not tried again",
    "question": "the driver could not be asked how it ended",
    "step": "a step is missing in your feed",
    "outcome": "what was found could not be passed on",
    "booking": "something new of this booking could not be taken in: look at it and ring the driver. Not tried again",
}
CLOSED = {
    "no_longer_matches": "no longer looks like one",
    "cleared": "cleared",
    "delivered": "booking delivered",
    "cancelled": "booking cancelled",
    "failed": "booking failed",
    "returned": "goods returned",
}


def command_states(connected: bool) -> dict[str, str]:
    """How a command stands, in words: told to the operator's system, or to be done by hand."""
    return _BY_SYSTEM if connected else _BY_HAND


def plainly(code: str | None) -> str:
    """A code without underlines; empty for none."""
    return (code or "").replace("_", " ")


#: What to ask the person who is at the pickup, or rides; nothing is asked of somebody who may be the runner.
QUESTIONS: dict[str, tuple[str, str]] = {
    "parcel_from_home": (
        "What is being sent, and who asked you to send it?",
        "Do you know the person at the other end?",
    ),
    "victim_as_passenger": (
        "What is the trip for, and who asked you to go?",
        "Did anybody tell you not to talk about it?",
    ),
}


def questions(pattern: str) -> tuple[str, ...]:
    """The two questions of the call-back, by what the booking resembles."""
    return () if pattern == "courier_as_passenger" else QUESTIONS.get(pattern, QUESTIONS["parcel_from_home"])
