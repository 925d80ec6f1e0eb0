"""A small world for the alert machine: one booking's alert, its messages, a clock, and all that can happen to them.

It does in memory what the notifier does in the database: the same pure functions, in the same order.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from alert_cases import LEAD, NOW, assessed

from notifier.alerts import holds, people
from notifier.alerts.alert import Alert, Change, Command, Progress, Refusal
from notifier.alerts.budget import Bucket, full, ration
from notifier.alerts.changes import expire, on_assessment, on_board, on_message, on_progress
from notifier.alerts.rungs import LIVE, Moved, OnItsWay, RungState, advance, following
from notifier.messages import feed
from notifier.rung_rows import Delivery
from notifier.telling import Teller
from notifier.watch import Watched
from pickup_contracts.alert import Audience
from pickup_contracts.assessment import Decision
from pickup_contracts.booking import BookingEvent, Driver
from pickup_contracts.dispatch import DispatchNote
from pickup_contracts.office import AlertBudget, HoldPolicy, OfficeContact
from pickup_contracts.operator import OperatorProfile, Webhook
from pickup_runtime.operators import OperatorDirectory

CHANNELS = frozenset({"webhook", "sms", "voice", "email", "push", "dispatch_note"})
WITHIN = timedelta(seconds=120)
#: Budgets small enough to run out.
PER_HOUR, PER_DRIVER = 8, 4


def profile(**more: object) -> OperatorProfile:
    made = OperatorProfile(
        operator_id="op",
        name="X",
        time_zone="Europe/London",
        webhook=Webhook(url="https://x.example/hook"),
        contacts=[
            OfficeContact(role="dispatcher", name="Desk", sms="+447700900001", voice="+447700900001"),
            OfficeContact(role="dispatcher", name="Desk two", sms="+447700900002"),
            OfficeContact(role="duty_manager", name="Ada", sms="+447700900003", email="ada@x.example"),
        ],
        dispatch_note=DispatchNote(
            url="https://x.example/jobs/{booking_id}/notes", visible_to="driver", body={"text": "{text}"}
        ),
        alert_budget=AlertBudget(per_hour=PER_HOUR, per_driver_per_hour=PER_DRIVER),
    )
    return msgspec.structs.replace(made, **more)


def booking(driver: str | None, *, phone: str | None = "+447700900111") -> Watched:
    event = BookingEvent(event_id="e", booking_id="b", occurred_at=NOW, operator_id="op")
    if driver is not None:
        event.driver = Driver(id=driver, phone=phone)
    return Watched(event, (0, NOW))


class World:
    """One booking's alert and what is told of it. `made` counts messages that were ever made, by change and telling."""

    def __init__(self, *, automatic: bool = False, flooded: bool = False) -> None:
        policy = HoldPolicy(hold_recommended="automatic", recall="automatic") if automatic else HoldPolicy()
        self.profile = profile(holds=policy)
        operators = OperatorDirectory()
        operators.put(self.profile)
        self.teller = Teller(operators, channels=CHANNELS)
        self.now = NOW
        self.alert: Alert | None = None
        self.progress = Progress()
        self.messages: dict[object, OnItsWay] = {}
        self.commands: dict[object, Command] = {}
        empty = Bucket(0.0, NOW)
        self.budgets = (empty, empty) if flooded else (full(PER_HOUR, NOW), full(PER_DRIVER, NOW))
        self.news: list[Delivery] = []
        self.published: set[UUID] = set()

    def assess(self, decision: Decision, version: int, *, too_late: bool, eta: int | None) -> Change | None:
        change = on_assessment(
            self.alert, assessed(decision, version, too_late=too_late, eta=eta), self.progress, lead=LEAD, now=self.now
        )
        return self._take(change)

    def go(self, status: str, driver: str | None, eta: int | None) -> Change | None:
        self.progress = Progress(
            status=status,
            ended=status in ("delivered", "cancelled"),
            collected=status in ("collected", "delivered"),
            act_before=NOW + timedelta(minutes=eta) if eta is not None else self.progress.act_before,
            driver=driver or self.progress.driver,
        )
        return self._take(on_progress(self.alert, self.progress, now=self.now)) if self.alert is not None else None

    def act(self, what: str) -> Change | None:
        """What a person does; a refusal changes nothing."""
        if self.alert is None:
            return None
        # Nobody does two things in the same microsecond.
        self.now += timedelta(milliseconds=1)
        alert, now = self.alert, self.now
        deeds: dict[str, Callable[[], Change | Refusal | None]] = {
            "acknowledge": lambda: people.acknowledge(alert, "desk", now=now),
            "aboard": lambda: on_board(alert, now=now),
            "call me": lambda: people.ask_for_call(alert, "driver", now=now),
            "understood": lambda: people.acknowledge(alert, "driver", now=now, role="driver"),
            "clear": lambda: people.clear(alert, "N17", "desk", now=now),
            "confirm": lambda: people.confirm_scam(alert, "desk", progress=self.progress, now=now),
            "undo": lambda: people.undo(alert, "desk", progress=self.progress, now=now),
            "release record": lambda: people.release_record(alert, "desk", progress=self.progress, now=now),
            "keep record": lambda: people.keep_record(alert, "desk"),
            "hold": lambda: holds.hold(alert, "desk", within=WITHIN, now=now),
            "release": lambda: holds.release(alert, "desk", within=WITHIN, now=now),
            "recall": lambda: holds.recall(alert, "desk", within=WITHIN, now=now),
        }
        done = deeds[what]()
        return None if isinstance(done, Refusal) else self._take(done)

    def answer(self, said: holds.Answer, nth: int) -> Change | None:
        if self.alert is None or not self.commands:
            return None
        command = list(self.commands.values())[nth % len(self.commands)]
        answered = holds.answer(self.alert, command, said, "system", now=self.now)
        if isinstance(answered, Refusal):
            return None
        self.commands[command.correlation_id] = answered[0]
        return self._take(answered[1])

    def fare(self, result: RungState, nth: int) -> None:
        """How the attempt at one of the messages that are due ended, or the receipt of one that was sent."""
        live = [
            one
            for one in self.messages.values()
            if one.state == "sent" or (one.state == "due" and one.due_at <= self.now)
        ]
        if not live or self.alert is None:
            return
        one = live[nth % len(live)]
        if one.state == "sent" and result in ("due", "sent"):
            return
        tried = msgspec.structs.replace(one, state=result, attempts=one.attempts + 1)
        if result in ("failed", "abandoned", "expired") and self.alert.state != "closed":
            self._move(advance(list(self.messages.values()), one, now=self.now))
        self.messages[one.delivery_id] = tried
        if one.telling == "command":
            return
        self._take(
            on_message(
                self.alert,
                "delivered" if result == "delivered" else "attempted",
                one.audience,
                sent_at=one.begun_at,
                now=self.now,
            )
        )

    def wait(self, by: timedelta) -> None:
        """Let time pass, and sweep what is past its time."""
        self.now += by
        for one in list(self.messages.values()):
            if one.state == "sent" and one.give_up_at <= self.now:
                self.fare_of(one, "abandoned")
        for overdue in (expire, holds.unanswered):
            if self.alert is not None:
                self._take(overdue(self.alert, now=self.now))

    def fare_of(self, one: OnItsWay, result: RungState) -> None:
        self._move(advance(list(self.messages.values()), one, now=self.now))
        self.messages[one.delivery_id] = msgspec.structs.replace(one, state=result)

    def live(self, audience: Audience | None = None) -> list[OnItsWay]:
        return [one for one in self.messages.values() if one.state in LIVE and audience in (None, one.audience)]

    def _take(self, change: Change | None) -> Change | None:
        before = self.alert
        self.news = []
        if change is None or change.alert == before:
            if change is not None and change.steps:
                self.alert = change.alert
            return None
        buckets = [(self.budgets[0], PER_HOUR), (self.budgets[1], PER_DRIVER)]
        change, left = ration(change, buckets, now=self.now)
        self.budgets = (left[0], left[1])
        change = holds.automatic(change, self.profile.holds, now=self.now)
        for row in feed(change.alert, change.steps, self.now):
            assert row.event_id not in self.published, "every step is published"
            self.published.add(row.event_id)
        self._move(following(before, change, list(self.messages.values())))
        self.news = self.teller.deliveries(change, booking(change.alert.driver), self.now)
        for one in self.news:
            assert one.delivery_id not in self.messages, "what is told has an id of its own"
            self.messages[one.delivery_id] = one.on_its_way()
        if change.command is not None:
            self.commands[change.command.correlation_id] = change.command
        self.alert = change.alert
        return change

    def _move(self, moved: list[Moved]) -> None:
        for one in moved:
            known = self.messages[one.delivery_id]
            self.messages[one.delivery_id] = msgspec.structs.replace(
                known,
                state=one.state,
                deadline=one.deadline,
                due_at=one.due_at,
                give_up_at=one.give_up_at,
                opens=one.opens,
            )


def after_minutes(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)
