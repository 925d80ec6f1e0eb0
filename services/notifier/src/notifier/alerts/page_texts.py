"""What the driver's page says, beside the warning that is read out: short lines, and a label for everything to tap."""

from __future__ import annotations

from msgspec import Struct


class Lines(Struct, frozen=True, forbid_unknown_fields=True):
    """A headline that is understood at a glance, and at most four steps."""

    headline: str
    steps: tuple[str, ...]


class Taps(Struct, frozen=True, forbid_unknown_fields=True):
    """The four large buttons."""

    understood: str
    refused: str
    have_it: str
    help: str


class Seen(Struct, frozen=True, forbid_unknown_fields=True):
    """One tap for each observation of the contract, in the order in which they are shown."""

    mentioned_bank_or_police: str
    told_not_to_talk: str
    sender_confused: str
    sender_on_phone: str
    felt_like_cash: str
    no_passenger_only_parcel: str
    item_changed: str
    asked_for_driver_number: str
    asked_to_relay: str
    recipient_name_mismatch: str
    recipient_masked: str
    nothing_odd: str


class Labels(Struct, frozen=True, forbid_unknown_fields=True):
    """The rest. `sent`, `kept`, `failed`, `overtaken` say what became of a tap; `noted_*` what follows from one.
    `asked` is the message that asks once more how a booking ended."""

    job: str
    call: str
    danger: str
    listen: str
    quiet: str
    which: str
    odd: str
    sent: str
    kept: str
    kept_help: str
    failed: str
    overtaken: str
    offline: str
    noted_refused: str
    noted_help: str
    push: str
    push_on: str
    push_denied: str
    no_script: str
    asked: str


class DriverPage(Struct, frozen=True, forbid_unknown_fields=True):
    """One language's page. `over` when the booking has ended."""

    labels: Labels
    taps: Taps
    taps_ride: Taps
    seen: Seen
    parcel: Lines
    hold: Lines
    ride: Lines
    runner: Lines
    recall: Lines
    recall_ride: Lines
    carry_on: Lines
    over: Lines
