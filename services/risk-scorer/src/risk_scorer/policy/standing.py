"""The policy that stands at one moment: a compiled ruleset, operators' overrides and the lists, judged together."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from pickup_contracts.assessment import Reason
from pickup_contracts.codec import encode
from pickup_contracts.policy import OperatorOverrides
from risk_scorer.links import Hashed
from risk_scorer.policy.compile import Program
from risk_scorer.policy.lists import Hit, Lists, apply, listed
from risk_scorer.policy.overrides import OperatorProgram, Part
from risk_scorer.policy.values import Value
from risk_scorer.policy.verdict import Verdict, reasons
from risk_scorer.signals.catalogue import Reader


class Judged(Struct, frozen=True):
    """A booking judged by everything that stands. `edition` names what it was judged by: the ruleset's fingerprint and,
    where they took part, the operator's overrides and the entries that were met. `by_rules` is the verdict before the
    lists, `None` where nothing but the ruleset took part; `part` is the part that the operator's overrides had."""

    verdict: Verdict
    edition: str
    hits: tuple[Hit, ...] = ()
    by_rules: Verdict | None = None
    part: Part | None = None

    def reasons(self, evidence: Mapping[str, list[str]]) -> list[Reason]:
        """Watch list first, then rules, strongest first, then trust."""
        fired = reasons(self.verdict, evidence)
        if self.by_rules is None:
            return fired
        first, last = listed(self.hits, self.by_rules)
        return [*first, *fired, *last]


class Policy:
    """Everything that judges, as of one moment. Another ruleset, entry or override makes another `Policy`; this one
    is not changed, so a batch that holds it is judged by one policy throughout. Only its counts go on."""

    def __init__(
        self,
        program: Program,
        *,
        overrides: Mapping[str, OperatorOverrides] | None = None,
        lists: Lists | None = None,
        reader: Reader | None = None,
        counted: Counted | None = None,
    ) -> None:
        self.program = program
        self.reader = reader if reader is not None else Reader(program.signals)
        self.lists = lists if lists is not None else Lists()
        self.counted = counted if counted is not None else Counted()
        self.overrides = dict(overrides or {})
        self._of = {name: OperatorProgram(program, one) for name, one in self.overrides.items()}
        self._edition = program.ruleset.fingerprint[:12]

    def judge(self, operator_id: str, signals: Mapping[str, Value], scopes: Sequence[Hashed], at: datetime) -> Judged:
        """The verdict on one booking of an operator, whose entities are `scopes`; lists are read as of `at`."""
        verdict = self.program.evaluate(signals)
        own = self._of.get(operator_id)
        scale = self.program.scale
        part: Part | None = None
        if own is not None:
            part = own.part_in(verdict)
            verdict, scale = own.rejudge(verdict), own.scale
        self.counted.take(verdict)
        hits = self.lists.hits(scopes, operator_id, at)
        if own is None and not hits:
            return Judged(verdict, self._edition)
        asked = [(hit.entry.list_name, hit.entry.band) for hit in hits]
        return Judged(apply(verdict, asked, scale), self._named(own, hits), hits, verdict, part)

    @property
    def edition(self) -> str:
        """What names the ruleset and all overrides together: another one may judge any booking otherwise."""
        digest = hashlib.sha256(b"".join(encode(self.overrides[name]) for name in sorted(self.overrides)))
        return f"{self._edition}+{digest.hexdigest()[:12]}"

    def with_lists(self, lists: Lists) -> Policy:
        """The same with other lists; nothing is compiled, nothing remembered is lost."""
        return Policy(self.program, overrides=self.overrides, lists=lists, reader=self.reader, counted=self.counted)

    def with_overrides(self, overrides: Mapping[str, OperatorOverrides]) -> Policy:
        """The same with other overrides."""
        return Policy(self.program, overrides=overrides, lists=self.lists, reader=self.reader, counted=self.counted)

    def faults(self) -> dict[str, str]:
        """What is not as it was published, by operator."""
        return {name: own.fault for name, own in self._of.items() if own.fault is not None}

    def _named(self, own: OperatorProgram | None, hits: Sequence[Hit]) -> str:
        digest = hashlib.sha256(encode(own.overrides) if own is not None else b"")
        for hit in hits:
            digest.update(encode(hit.entry))
        return f"{self._edition}+{digest.hexdigest()[:12]}"


class Counted:
    """What one ruleset has judged in this process: how many states of bookings, and how often each rule in shadow was
    true of one."""

    def __init__(self) -> None:
        self.assessed = 0
        self.shadow: Counter[str] = Counter()

    def take(self, verdict: Verdict) -> None:
        """Count one verdict."""
        self.assessed += 1
        for compiled in verdict.shadow:
            self.shadow[compiled.rule.id] += 1
