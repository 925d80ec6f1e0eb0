"""How an operator's people are told of an alert: who is there, by which channel, when; holds; the alert budget."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ClockTime = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Phone = Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}$")]
Email = Annotated[str, Meta(pattern=r"^[^@\s<>,;]{1,64}@[^@\s<>,;]{1,190}$")]
SecretName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Share = Annotated[float, Meta(ge=0, le=1)]

Who = Literal["driver", "dispatcher", "duty_manager"]
By = Literal["page", "webhook", "dispatch_note", "sms", "voice", "push", "email", "apprise"]
#: Channels that need an address of a member of staff.
STAFF_CHANNELS: frozenset[str] = frozenset({"sms", "voice", "email", "apprise"})
DRIVER_CHANNELS: frozenset[str] = frozenset({"webhook", "dispatch_note", "sms", "voice", "push"})
OFFICE_CHANNELS: frozenset[str] = STAFF_CHANNELS | {"page", "webhook", "dispatch_note"}


class Hours(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """A span of the day on the operator's own clock, which daylight saving moves with the people. `days` are those on
    which it begins, every day when none are given; a span whose end is not after its begin ends on the next day."""

    from_: ClockTime
    to: ClockTime
    days: list[Day] = []

    def __post_init__(self) -> None:
        if self.from_ == self.to:
            raise ValueError("begins and ends at the same minute; leave the hours out to mean always")


class OfficeContact(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Somebody of the office, by the channels on which they can be told. `rota` is when they are on duty, always when
    there is none; when nobody of a role is on duty, all of them are told. In `quiet_hours` only a recall, an expired
    alert or `hold_recommended` reaches them. `apprise` names the secret that holds their Apprise address."""

    role: Literal["dispatcher", "duty_manager"]
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    sms: Phone | None = None
    voice: Phone | None = None
    email: Email | None = None
    apprise: SecretName | None = None
    rota: list[Hours] = []
    quiet_hours: list[Hours] = []

    def address(self, by: str) -> str | None:
        """Their address on a channel; `None` when they have none there."""
        found: str | None = getattr(self, by) if by in STAFF_CHANNELS else None
        return found


class Rung(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Tell `who`, `by` a channel: at once, after a share of the time until the deadline, or after seconds."""

    who: Who
    by: By
    after_share: Share | None = None
    after_s: Annotated[int, Meta(ge=0, le=86_400)] | None = None

    def __post_init__(self) -> None:
        if self.after_share is not None and self.after_s is not None:
            raise ValueError("has both after_share and after_s; one of them says when")
        allowed = DRIVER_CHANNELS if self.who == "driver" else OFFICE_CHANNELS
        if self.by not in allowed:
            raise ValueError(
                f"a {self.who.replace('_', ' ')} is not told by {self.by}; one of {', '.join(sorted(allowed))}"
            )


Rungs = Annotated[list[Rung], Meta(max_length=20)]


class Ladders(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Who is told, and when: of a warning, of a recall (the goods are on board), and of an alert that nobody took on
    before its deadline. One that is left out is the product's own."""

    warning: Rungs = []
    recall: Rungs = []
    expired: Rungs = []


Policy = Literal["recommend", "automatic"]


class HoldPolicy(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Whether the operator's system is told to hold without waiting for a person, per decision. `recommend` leaves it
    to the dispatcher. A command that is not confirmed in `confirm_within_s` goes to the duty manager."""

    warn: Policy = "recommend"
    hold_recommended: Policy = "recommend"
    recall: Policy = "recommend"
    confirm_within_s: Annotated[int, Meta(ge=15, le=3600)] = 120


class AlertBudget(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How many alerts an hour people are told of, for the whole operator and for one driver; a quarter of it may come
    at once. What is over it stays on the page. `hold_recommended` is always told."""

    per_hour: Annotated[int, Meta(ge=4, le=100_000)] = 240
    per_driver_per_hour: Annotated[int, Meta(ge=1, le=1000)] = 12
