"""OperatorProfile: how one firm is set up. Published whole; secrets are named in it, never held."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta, Struct

from pickup_contracts.booking import OperatorId
from pickup_contracts.dispatch import DispatchNote, dispatch_faults
from pickup_contracts.office import STAFF_CHANNELS, AlertBudget, HoldPolicy, Ladders, OfficeContact, Rung

Language = Annotated[str, Meta(pattern=r"^[a-z]{2}$")]


class Webhook(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where alerts are posted. `secret` names the signing secret that the notifier keeps."""

    url: Annotated[str, Meta(pattern=r"^https?://[^\s]+$", max_length=2000)]
    secret: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")] = "webhook"


class OperatorProfile(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One operator. `default_lead_time_s` stands in for a deadline when a booking has neither pickup time nor
    ETA. `time_zone` is an IANA name; with one, times without an offset are taken as local, without one they are
    refused. Links across operators are off unless `cross_operator_links` is true. `driver_languages` gives a driver's
    language by the operator's own id of the driver; a language whose texts nobody has reviewed is used only when
    `unreviewed_languages` names it."""

    operator_id: OperatorId
    name: Annotated[str, Meta(min_length=1, max_length=120)]
    country: Annotated[str, Meta(pattern=r"^[A-Z]{2}$")] = "GB"
    time_zone: Annotated[str, Meta(max_length=64)] | None = None
    services: list[Literal["courier", "taxi"]] = []
    language: Language = "en"
    webhook: Webhook | None = None
    default_lead_time_s: Annotated[int, Meta(ge=60, le=86_400)] = 900
    dispatch_note: DispatchNote | None = None
    office_phone: Annotated[str, Meta(max_length=32)] | None = None
    cross_operator_links: bool = False
    contacts: Annotated[list[OfficeContact], Meta(max_length=100)] = []
    ladders: Ladders = Ladders()
    holds: HoldPolicy = HoldPolicy()
    alert_budget: AlertBudget = AlertBudget()
    driver_languages: dict[str, Language] = {}
    unreviewed_languages: list[Language] = []


class ProfileFault(Struct, frozen=True):
    """Something in a profile that can't work. `path` leads to it, as in `("ladders", "warning", 2)`."""

    path: tuple[str | int, ...]
    reason: str


def profile_faults(profile: OperatorProfile) -> Iterator[ProfileFault]:
    """What the parts of a profile ask of one another, beyond each part's own form."""
    for index, contact in enumerate(profile.contacts):
        if not any(contact.address(by) for by in STAFF_CHANNELS):
            yield ProfileFault(("contacts", index), "has no channel: give sms, voice, email or apprise")
        if (contact.rota or contact.quiet_hours) and profile.time_zone is None:
            yield ProfileFault(("contacts", index), "has hours, and the profile has no time_zone to read them in")
    if profile.dispatch_note is not None:
        for field, fault in dispatch_faults(profile.dispatch_note):
            yield ProfileFault(("dispatch_note", field), fault)
    for name in ("warning", "recall", "expired"):
        rungs: list[Rung] = getattr(profile.ladders, name)
        if rungs and all(rung.who == "driver" for rung in rungs):
            yield ProfileFault(("ladders", name), "tells only the driver; the office is always told too")
        seen: set[tuple[str, str]] = set()
        for index, rung in enumerate(rungs):
            place = ("ladders", name, index)
            if (reason := _unreachable(profile, rung)) is not None:
                yield ProfileFault(place, reason)
            same = (rung.who, rung.by)
            if same in seen:
                yield ProfileFault(place, "is there twice: a channel tells somebody once")
            seen.add(same)


def _unreachable(profile: OperatorProfile, rung: Rung) -> str | None:
    if rung.by in ("webhook", "dispatch_note") and getattr(profile, rung.by) is None:
        return f"tells by {rung.by}, and the profile has none"
    if rung.who == "driver" or rung.by not in STAFF_CHANNELS:
        return None
    if any(one.role == rung.who and one.address(rung.by) for one in profile.contacts):
        return None
    return f"tells the {rung.who.replace('_', ' ')} by {rung.by}, and no such contact has it"
