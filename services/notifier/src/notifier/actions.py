"""What people, and the operator's own system, do about an alert: each action one transaction, with its outcome.

Every action takes an operator and gives the alert as it is afterwards, or a `Refusal`. Another operator's alert is not
there (`no_such_alert`). Doing again what is done already is no error where the answer is the same. With `seen`, the
mark of the alert that somebody decided on, an action is refused (`changed`) once the alert has become another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec import Struct

from notifier.alerts import holds, people, reports
from notifier.alerts.alert import Alert, Change, Progress, Refusal
from notifier.alerts.changes import on_board
from notifier.audit import entries
from notifier.batch import Batch
from notifier.messages import outcome_row
from notifier.store import Store
from notifier.telling import Teller
from notifier.tidings import Tidings
from notifier.watch import Watched, progress_of
from notifier.watched_rows import Key
from pickup_contracts.alert import Audience, CommandKind, alert_id
from pickup_contracts.booking import Observation
from pickup_contracts.office import HoldPolicy
from pickup_contracts.outcome import Outcome
from pickup_runtime.clock import Clock
from pickup_runtime.operators import OperatorDirectory

Role = Literal["driver", "dispatcher", "duty_manager", "operator_system"]
Done = Literal[
    "collected", "refused", "not_collected", "returned_to_sender", "taken_to_police", "held_at_depot", "cancelled"
]
Finding = Literal["confirmed_scam", "suspected_scam", "cleared", "unknown"]
#: What becomes of an alert now, with its booking's progress: `None` where nothing is heard of the booking any more.
_Act = Callable[[Alert, datetime, Progress | None], Change | Refusal | None]


class Actor(Struct, frozen=True):
    """Who acts: the name that the record shows (a person of staff, never a customer) and in which role."""

    name: str
    role: Role = "dispatcher"

    @property
    def audience(self) -> Audience:
        return "dispatcher" if self.role == "operator_system" else self.role


class Found(Struct, frozen=True):
    """What somebody found out. What is not said stays unknown."""

    finding: Finding = "unknown"
    action: Done | None = None
    clear_reason: str | None = None
    observations: tuple[Observation, ...] = ()
    police_reference: str | None = None
    comment: str | None = None


class Actions:
    """Acts on alerts. `teller` makes the messages that follow."""

    def __init__(self, store: Store, operators: OperatorDirectory, teller: Teller, clock: Clock) -> None:
        self._store = store
        self._operators = operators
        self._tidings = Tidings(teller)
        self._clock = clock

    async def acknowledge(
        self,
        operator_id: str,
        alert_id: UUID,
        actor: Actor,
        *,
        told_at: datetime | None = None,
        told_to: str | None = None,
    ) -> Alert | Refusal:
        """Take it on. A driver's acknowledgement leaves it with the office. `told_at` is when the message was made that
        is answered, `None` for somebody who sees the alert as it is; `told_to` the driver whom it told, here and of
        the other answers: one who no longer has the job is refused as overtaken."""

        def act(alert: Alert, now: datetime, _: Progress | None) -> Change | Refusal | None:
            if people.passed_on(alert, told_to) or (told_at is not None and people.overtaken(alert, told_at)):
                return Refusal("overtaken")
            return people.acknowledge(alert, actor.name, now=now, role=actor.audience)

        return await self._act(operator_id, alert_id, act)

    async def hold(self, operator_id: str, alert_id: UUID, actor: Actor, *, seen: str | None = None) -> Alert | Refusal:
        """Ask the operator's system to stop the job."""
        within = self._confirm_within(operator_id)
        return await self._act(
            operator_id,
            alert_id,
            lambda alert, now, _: holds.hold(alert, actor.name, within=within, now=now),
            seen=seen,
        )

    async def release(
        self, operator_id: str, alert_id: UUID, actor: Actor, *, seen: str | None = None
    ) -> Alert | Refusal:
        """Ask it to let the job go on."""
        within = self._confirm_within(operator_id)
        return await self._act(
            operator_id,
            alert_id,
            lambda alert, now, _: holds.release(alert, actor.name, within=within, now=now),
            seen=seen,
        )

    async def recall(
        self, operator_id: str, alert_id: UUID, actor: Actor, *, seen: str | None = None
    ) -> Alert | Refusal:
        """Ask it to turn round a job whose goods are on board."""
        within = self._confirm_within(operator_id)
        return await self._act(
            operator_id,
            alert_id,
            lambda alert, now, _: holds.recall(alert, actor.name, within=within, now=now),
            seen=seen,
        )

    async def clear(
        self, operator_id: str, alert_id: UUID, actor: Actor, code: str, *, seen: str | None = None
    ) -> Alert | Refusal:
        """Say that it is harmless, and by a code of the look-alike families why. A job that was held is released."""
        within = self._confirm_within(operator_id)

        def act(alert: Alert, now: datetime, _: Progress | None) -> Change | Refusal:
            return holds.cleared(alert, code, actor.name, within=within, now=now)

        return await self._act(operator_id, alert_id, act, actor, Found("cleared", clear_reason=code), seen=seen)

    async def confirm_scam(
        self, operator_id: str, alert_id: UUID, actor: Actor, *, seen: str | None = None
    ) -> Alert | Refusal:
        """Say that it is one; also of a closed alert, which comes back while its booking is under way."""

        def act(alert: Alert, now: datetime, progress: Progress | None) -> Change | Refusal:
            return people.confirm_scam(alert, actor.name, progress=progress, now=now)

        return await self._act(operator_id, alert_id, act, actor, Found("confirmed_scam"), seen=seen)

    async def release_record(self, operator_id: str, alert_id: UUID, actor: Actor) -> Alert | Refusal:
        """Say that nobody needs the record of a confirmed scam any more. That it was one still stands."""
        return await self._act(
            operator_id,
            alert_id,
            lambda alert, now, progress: people.release_record(alert, actor.name, progress=progress, now=now),
        )

    async def keep_record(self, operator_id: str, alert_id: UUID, actor: Actor) -> Alert | Refusal:
        """Take that back."""
        return await self._act(operator_id, alert_id, lambda alert, *_: people.keep_record(alert, actor.name))

    async def refer(self, operator_id: str, alert_id: UUID, actor: Actor, reference: str) -> Alert | Refusal:
        """Keep the police's reference."""

        def act(alert: Alert, now: datetime, _: Progress | None) -> Change | Refusal:
            return people.refer(alert, reference, actor.name, now=now)

        return await self._act(operator_id, alert_id, act, actor, Found(police_reference=reference))

    async def refuse(self, operator_id: str, alert_id: UUID, actor: Actor) -> Alert | Refusal:
        """The driver did not take it: an outcome, and an acknowledgement by whoever says so."""
        return await self.answer(operator_id, alert_id, actor, Found(action="refused"))

    async def answer(
        self,
        operator_id: str,
        alert_id: UUID,
        actor: Actor,
        found: Found,
        name: str | None = None,
        *,
        told_at: datetime | None = None,
        told_to: str | None = None,
    ) -> Alert | Refusal:
        """What somebody saw, did or was told on calling back: an outcome, also of a closed alert. Who answers has
        taken the alert on, as it was at `told_at`: of one that is told anew since, they have yet to hear. What is on
        board already is recalled. An answer that comes again under the same `name` is no second outcome."""

        def act(alert: Alert, now: datetime, _: Progress | None) -> Change | Refusal:
            if people.passed_on(alert, told_to):
                return Refusal("overtaken")
            late = told_at is not None and people.overtaken(alert, told_at)
            taken = None if late else people.acknowledge(alert, actor.name, now=now, role=actor.audience)
            heard = taken or Change(alert)
            aboard = on_board(heard.alert, now=now) if found.action == "collected" else None
            return holds.merged(heard, aboard) if aboard is not None else heard

        return await self._act(operator_id, alert_id, act, actor, found, name=name)

    async def report(self, outcome: Outcome, by: str, name: str) -> UUID | None:
        """What the operator's own system tells, of any of its bookings; gives the outcome's id, `None` when it came
        before under the same `name`. What it means for an alert that there is follows in the same transaction."""
        now = self._clock.now()
        row = outcome_row(outcome, name)
        async with self._store.batch() as batch:
            alert = (await batch.alerts([alert_id_of(outcome)])).get(alert_id_of(outcome))
            if not await batch.commands.add_new_outcome(row):
                return None
            if alert is not None:
                watched = await _followed(batch, alert)
                change = reports.reported(
                    alert,
                    outcome,
                    by,
                    self._policy(outcome.operator_id),
                    progress=_progress(alert, watched, now),
                    now=now,
                )
                if change is not None:
                    await self._tidings.write(batch, [(alert, change)], watched, now)
            batch.notes.append(entries.of_outcome(row, outcome, by))
            return row.event_id

    async def ask_for_call(
        self, operator_id: str, alert_id: UUID, actor: Actor, *, told_to: str | None = None
    ) -> Alert | Refusal:
        """The driver asks the office to call."""

        def act(alert: Alert, now: datetime, _: Progress | None) -> Change | Refusal | None:
            if people.passed_on(alert, told_to):
                return Refusal("overtaken")
            return people.ask_for_call(alert, actor.name, now=now)

        return await self._act(operator_id, alert_id, act)

    async def undo(self, operator_id: str, alert_id: UUID, actor: Actor) -> Alert | Refusal:
        """Take back a clearing, a finding or an acknowledgement. What was published of it is corrected: to unknown, or
        to the clearing that stood before."""

        def act(alert: Alert, now: datetime, progress: Progress | None) -> Change | Refusal:
            return people.undo(alert, actor.name, progress=progress, now=now)

        return await self._act(operator_id, alert_id, act, actor, _stands, only_if_found=True)

    async def answer_command(
        self, operator_id: str, correlation_id: UUID, answer: holds.Answer, actor: Actor
    ) -> Alert | Refusal:
        """What the operator's system says to a command. The same answer again is no error."""
        now = self._clock.now()
        async with self._store.batch() as batch:
            alert_id = await batch.commands.alert_of(operator_id, correlation_id)
            alert = (await batch.alerts([alert_id])).get(alert_id) if alert_id is not None else None
            command = await batch.commands.lock(operator_id, correlation_id)
            if alert is None or command is None:
                return Refusal("no_such_alert")
            if command.state == answer:
                return alert
            answered = holds.answer(alert, command, answer, actor.name, now=now)
            if isinstance(answered, Refusal):
                return answered
            known, change = answered
            await self._write(batch, alert, change, now)
            await batch.commands.write([known])
            return change.alert

    async def by_hand(
        self,
        operator_id: str,
        alert_id: UUID,
        kind: CommandKind,
        said: holds.Answer,
        actor: Actor,
        *,
        seen: str | None = None,
    ) -> Alert | Refusal:
        """A person has held, released or recalled a job themselves, or could not. Only where the operator's system is
        not told of commands (`changed` else): it has to hear of what is asked of it, and answers for itself."""
        if self.connected(operator_id):
            return Refusal("changed")
        now, within = self._clock.now(), self._confirm_within(operator_id)
        async with self._store.batch() as batch:
            alert = await _locked(batch, operator_id, alert_id, seen)
            if isinstance(alert, Refusal):
                return alert
            newest = await batch.commands.lock(operator_id, alert.command_id) if alert.command_id is not None else None
            done = holds.by_hand(alert, newest, kind, said, actor.name, within=within, now=now)
            if isinstance(done, Refusal):
                return done
            command, change = done
            await self._write(batch, alert, change, now)
            await batch.commands.write([command])
            return change.alert

    def connected(self, operator_id: str) -> bool:
        """Whether a system of the operator's is told of commands, by webhook. One that reads the feed is not known
        here."""
        profile = self._operators.get(operator_id)
        return profile is not None and profile.webhook is not None

    async def _act(
        self,
        operator_id: str,
        alert_id: UUID,
        act: _Act,
        actor: Actor | None = None,
        found: Found | Callable[[Alert], Found] | None = None,
        *,
        only_if_found: bool = False,
        name: str | None = None,
        seen: str | None = None,
    ) -> Alert | Refusal:
        now = self._clock.now()
        async with self._store.batch() as batch:
            alert = await _locked(batch, operator_id, alert_id, seen)
            if isinstance(alert, Refusal):
                return alert
            watched = await _followed(batch, alert)
            change = act(alert, now, _progress(alert, watched, now))
            if isinstance(change, Refusal):
                return change
            if change is None:
                return alert
            change = holds.automatic(change, self._policy(operator_id), now=now)
            await self._tidings.write(batch, [(alert, change)], watched, now)
            if actor is not None and found is not None and (alert.finding is not None or not only_if_found):
                said = found(change.alert) if callable(found) else found
                outcome = _outcome(alert, actor, said, now)
                row = outcome_row(outcome, name or now.isoformat())
                await batch.commands.add_outcomes([row])
                batch.notes.append(entries.of_outcome(row, outcome, actor.name))
            return change.alert

    async def _write(self, batch: Batch, before: Alert, change: Change, now: datetime) -> None:
        watched = await batch.bookings.of([(before.operator_id, before.booking_id)]) if change.tell else {}
        await self._tidings.write(batch, [(before, change)], watched, now)

    def _confirm_within(self, operator_id: str) -> timedelta:
        return timedelta(seconds=self._policy(operator_id).confirm_within_s)

    def _policy(self, operator_id: str) -> HoldPolicy:
        profile = self._operators.get(operator_id)
        return profile.holds if profile is not None else HoldPolicy()


async def _locked(batch: Batch, operator_id: str, alert_id: UUID, seen: str | None) -> Alert | Refusal:
    """An operator's alert, to be acted on; not if it is no longer as it was `seen`."""
    alert = (await batch.alerts([alert_id])).get(alert_id)
    if alert is None or alert.operator_id != operator_id:
        return Refusal("no_such_alert")
    return Refusal("changed") if seen is not None and seen != alert.mark else alert


async def _followed(batch: Batch, alert: Alert) -> dict[Key, Watched]:
    """A locked alert's booking, if it is followed; whoever changes it waits for the lock."""
    return await batch.bookings.of([(alert.operator_id, alert.booking_id)])


def _progress(alert: Alert, watched: Mapping[Key, Watched], now: datetime) -> Progress | None:
    known = watched.get((alert.operator_id, alert.booking_id))
    return progress_of(known) if known is not None and (known.ended or not known.over(now)) else None


def _stands(alert: Alert) -> Found:
    """What is found of an alert after something was taken back."""
    return Found("cleared", clear_reason=alert.clear_reason) if alert.finding == "cleared" else Found()


def _outcome(alert: Alert, actor: Actor, found: Found, now: datetime) -> Outcome:
    return Outcome(
        operator_id=alert.operator_id,
        booking_id=alert.booking_id,
        at=now,
        reported_by=actor.role,
        alert_id=alert.alert_id,
        action=found.action,
        finding=found.finding,
        clear_reason=found.clear_reason,
        observations=list(found.observations),
        police_reference=found.police_reference,
        comment=found.comment,
    )


def alert_id_of(outcome: Outcome) -> UUID:
    """The alert of the booking that an outcome is about."""
    return alert_id(outcome.operator_id, outcome.booking_id)
