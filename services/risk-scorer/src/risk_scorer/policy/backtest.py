"""What another ruleset would have decided about bookings of the past, from the signals that were read at the time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct

from pickup_contracts.assessment import ALERTING, DECISIONS, Decision, rank
from pickup_contracts.policy import ListName, OperatorOverrides
from risk_scorer.policy.compile import Program, unknown_signals
from risk_scorer.policy.lists import apply
from risk_scorer.policy.overrides import OperatorProgram
from risk_scorer.policy.ruleset import Rule
from risk_scorer.policy.values import Value
from risk_scorer.policy.verdict import Scale, Verdict, judge


class Past(Struct, frozen=True):
    """One state of a booking as it was assessed: the signals that were known, and what the lists said of it."""

    operator_id: str
    booking_id: str
    at: datetime
    signals: dict[str, Value]
    listed: tuple[tuple[ListName, Decision], ...] = ()


class Flip(Struct):
    """A booking whose highest decision would have been another, with the rules that make the difference: that fired in
    one ruleset only, or with another effect. None of them: it is the bands."""

    operator_id: str
    booking_id: str
    before: Decision
    after: Decision
    rules_gained: list[str]
    rules_lost: list[str]
    rules_changed: list[str]


class OperatorChange(Struct):
    """One operator's bookings and alerts. `budget` is how many alerts per 1,000 bookings it wants at most."""

    bookings: int = 0
    alerts_before: int = 0
    alerts_after: int = 0
    budget: float | None = None

    @property
    def over_budget(self) -> bool:
        return self.budget is not None and self.alerts_after * 1000 > self.budget * self.bookings


class DayChange(Struct):
    alerts_before: int = 0
    alerts_after: int = 0


class ShadowCount(Struct):
    """A rule in shadow: of how many bookings it was true, and how many more would have been alerts if it counted."""

    bookings: int = 0
    alerts_more: int = 0


class Report(Struct):
    """The whole of a backtest. `moves` counts bookings by decision before and after; flips are all that moved."""

    bookings: int
    states: int
    first: datetime | None
    last: datetime | None
    before: dict[Decision, int]
    after: dict[Decision, int]
    alerts_before: int
    alerts_after: int
    alerts_gained: int
    alerts_lost: int
    moves: list[tuple[Decision, Decision, int]]
    days: dict[date, DayChange]
    operators: dict[str, OperatorChange]
    shadow: dict[str, ShadowCount]
    flips: list[Flip]

    @property
    def more_than_doubles(self) -> bool:
        """Whether there would be more than twice as many alerts."""
        return self.alerts_after > 2 * self.alerts_before


class _Booking:
    """The highest that a booking reached by each ruleset, and by each rule in shadow if it counted."""

    __slots__ = ("at", "best", "shadow")

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.best: list[Verdict | None] = [None, None]
        self.shadow: dict[str, Decision] = {}


class Backtest:
    """Takes states of bookings in any order; `report` may be asked for at any time. Both rulesets are judged with the
    same overrides and the same entries of the lists."""

    def __init__(
        self, before: Program, after: Program, types: Mapping[str, type], overrides: Mapping[str, OperatorOverrides]
    ) -> None:
        self._nothing = unknown_signals(types)
        self._types = types
        self._programs = (before, after)
        self._overrides = overrides
        self._own = {
            name: (OperatorProgram(before, one), OperatorProgram(after, one)) for name, one in overrides.items()
        }
        self._bookings: dict[tuple[str, str], _Booking] = {}
        self._states = 0
        self._first: datetime | None = None
        self._last: datetime | None = None

    def take(self, past: Past) -> tuple[Verdict, Verdict]:
        """Judge one state by both rulesets."""
        return self.judge_by(0, past), self.judge_by(1, past)

    def judge_by(self, which: int, past: Past) -> Verdict:
        """Judge one state by the first (0) or the second (1) of the rulesets. Every booking has to come by both."""
        verdict, scale = self._judged(past, {**self._nothing, **_typed(past.signals, self._types)}, which)
        booking = self._bookings.setdefault((past.operator_id, past.booking_id), _Booking(past.at))
        booking.at = min(booking.at, past.at)
        booking.best[which] = _higher(booking.best[which], verdict)
        if which == 1:
            self._states += 1
            self._first = past.at if self._first is None else min(self._first, past.at)
            self._last = past.at if self._last is None else max(self._last, past.at)
            for compiled in verdict.shadow:
                name = compiled.rule.id
                counting = apply(judge([*verdict.fired, compiled], [], scale), past.listed, scale).decision
                booking.shadow[name] = max(booking.shadow.get(name, counting), counting, key=rank)
        return verdict

    def _judged(self, past: Past, signals: Mapping[str, Value], which: int) -> tuple[Verdict, Scale]:
        program = self._programs[which]
        verdict, scale = program.evaluate(signals), program.scale
        own = self._own.get(past.operator_id)
        if own is not None:
            verdict, scale = own[which].rejudge(verdict), own[which].scale
        return apply(verdict, past.listed, scale), scale

    def report(self) -> Report:
        """What came of it."""
        before: Counter[Decision] = Counter()
        after: Counter[Decision] = Counter()
        moves: Counter[tuple[Decision, Decision]] = Counter()
        days: dict[date, DayChange] = {}
        operators: dict[str, OperatorChange] = {}
        shadow: dict[str, ShadowCount] = {
            one.rule.id: ShadowCount() for one in self._programs[1].rules if one.rule.shadow
        }
        flips: list[Flip] = []
        for (operator_id, booking_id), booking in sorted(self._bookings.items()):
            first, second = booking.best
            if first is None or second is None:
                raise ValueError("a booking was judged by one of the rulesets only")
            was, now = first.decision, second.decision
            before[was] += 1
            after[now] += 1
            moves[was, now] += 1
            day = days.setdefault(booking.at.date(), DayChange())
            operator = operators.setdefault(operator_id, self._operator(operator_id))
            operator.bookings += 1
            for row in (day, operator):
                row.alerts_before += was in ALERTING
                row.alerts_after += now in ALERTING
            for name, counting in booking.shadow.items():
                shadow[name].bookings += 1
                shadow[name].alerts_more += counting in ALERTING and now not in ALERTING
            if was != now:
                flips.append(_flip(operator_id, booking_id, first, second))
        return Report(
            bookings=len(self._bookings),
            states=self._states,
            first=self._first,
            last=self._last,
            before={decision: before[decision] for decision in DECISIONS},
            after={decision: after[decision] for decision in DECISIONS},
            alerts_before=sum(n for decision, n in before.items() if decision in ALERTING),
            alerts_after=sum(n for decision, n in after.items() if decision in ALERTING),
            alerts_gained=sum(n for (was, now), n in moves.items() if was not in ALERTING and now in ALERTING),
            alerts_lost=sum(n for (was, now), n in moves.items() if was in ALERTING and now not in ALERTING),
            moves=sorted((was, now, n) for (was, now), n in moves.items()),
            days=dict(sorted(days.items())),
            operators=operators,
            shadow=shadow,
            flips=flips,
        )

    def _operator(self, operator_id: str) -> OperatorChange:
        own = self._overrides.get(operator_id)
        return OperatorChange(budget=own.alert_budget if own is not None else None)


def _higher(best: Verdict | None, other: Verdict) -> Verdict:
    return other if best is None or other.score > best.score else best


def _flip(operator_id: str, booking_id: str, before: Verdict, after: Verdict) -> Flip:
    was = {one.rule.id: one.rule for one in before.fired}
    now = {one.rule.id: one.rule for one in after.fired}
    return Flip(
        operator_id,
        booking_id,
        before.decision,
        after.decision,
        sorted(now.keys() - was.keys()),
        sorted(was.keys() - now.keys()),
        sorted(name for name in was.keys() & now.keys() if _effect(was[name]) != _effect(now[name])),
    )


def _effect(rule: Rule) -> tuple[object, ...]:
    return rule.points, rule.band_floor, rule.band_ceiling


def _typed(signals: Mapping[str, Value], types: Mapping[str, type]) -> dict[str, Value]:
    """Signals as JSON had them, in the types that the rules know; those that are no more are left out."""
    return {name: float(value) if types[name] is float else value for name, value in signals.items() if name in types}
