"""What people are told: action first, no accusation, what to do next. No name, phone or address in any of it."""

from __future__ import annotations

from msgspec import Struct

from notifier.alerts.alert import Alert


class Wording(Struct, frozen=True):
    """`headline` for the office, `driver` for the driver (read at a glance), `office` as steps in order."""

    headline: str
    driver: str
    office: tuple[str, ...]


_CALL_BACK = (
    "Ring the person at the pickup on a number that the booker did NOT give: directory, earlier bookings.",
    "Ask: what are you sending, and who asked you to send it? Do you know the person at the other end?",
    "They mention a bank, the police, or 'I was told not to say': do not send. Call 999 if it is happening or "
    "just happened, 101 otherwise.",
)
_SAY_NOTHING = "Tell the booker nothing but that there is a delay."

_PARCEL = Wording(
    "Possible scam collection: check before the driver collects",
    "CHECK BEFORE YOU COLLECT. This may be a scam collection. Call the office first. Do not go in or discuss it. "
    "If someone is worried or mentions a bank or police, do not take it: leave and call us. Danger: 999.",
    (*_CALL_BACK, "In doubt, hold the job.", _SAY_NOTHING),
)
_PARCEL_HOLD = Wording(
    "Likely scam collection: hold this job",
    "STOP. DO NOT COLLECT. This looks like a scam collection. Do not go to the door. Call the office. Danger: 999.",
    ("Stop the driver now.", *_CALL_BACK, _SAY_NOTHING),
)
_RIDE = Wording(
    "Possible scam: this passenger may be acting under pressure",
    "CALL THE OFFICE before you set off. Your passenger may be the target of a scam. Be friendly, ask nothing. "
    "If they mention a bank, police or secrecy, tell us when you can talk. Danger: 999.",
    (
        "Ring the passenger on a number that a third party did NOT give.",
        "Ask: what is the trip for, and did anybody tell you to go or not to talk about it?",
        "They mention a bank, the police or keeping it secret: do not go. Call 999 if it is happening, 101 otherwise.",
        _SAY_NOTHING,
    ),
)
_RUNNER = Wording(
    "Possible scam: this ride may be to collect from somebody's home",
    "CALL THE OFFICE when you can talk. This ride may be part of a scam collection. Stay in the car, ask nothing. "
    "Danger: 999.",
    (
        "Do not question the passenger. Ring the driver when it is safe to talk.",
        "Note the address, the time and the booker's number.",
        "Somebody at the address may be losing money now: call 999. Otherwise report to 101.",
        _SAY_NOTHING,
    ),
)
_RECALL = Wording(
    "Already collected: do not let it be handed over",
    "DO NOT HAND IT OVER. Do not deliver. Tell nobody why. Come back to the office or go to the nearest police "
    "station, and call us. Danger: 999.",
    (
        "Call the driver: do not deliver, come back or go to the nearest police station.",
        "Hide the vehicle's live position: the booker is watching the map.",
        "Call 999 with the pickup address: somebody there may be losing money now.",
        "Return the item only to the sender, with police or family aware.",
        _SAY_NOTHING,
    ),
)
_RECALL_RIDE = Wording(
    "Passenger on board: this may be a scam",
    "CALL THE OFFICE when you can talk. Your passenger may be part of or the target of a scam. Be friendly, ask "
    "nothing. Danger: 999.",
    (
        "Ring the driver when it is safe to talk. Do not have the passenger questioned.",
        "Somebody may be losing money now: call 999. Otherwise report to 101.",
        _SAY_NOTHING,
    ),
)
_REVIEW = Wording(
    "Worth a look before the driver collects",
    "",
    ("Look at the reasons. If they don't fit this customer:", *_CALL_BACK[:2], _SAY_NOTHING),
)


def wording(alert: Alert) -> Wording:
    """What to tell of an alert. A `review` has no text for the driver: only the office looks."""
    if not alert.alerting:
        return _REVIEW
    rides = alert.pattern in ("victim_as_passenger", "courier_as_passenger")
    if alert.kind == "recall":
        return _RECALL_RIDE if rides else _RECALL
    if alert.pattern == "courier_as_passenger":
        return _RUNNER
    if alert.pattern == "victim_as_passenger":
        return _RIDE
    return _PARCEL_HOLD if alert.decision == "hold_recommended" else _PARCEL
