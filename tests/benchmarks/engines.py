"""Rule engines with one face: the same rules, written as each wants them, and what fired as reasons."""

from __future__ import annotations

import importlib
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from typing import Any

from msgspec import Struct

from risk_scorer.facts import Facts
from risk_scorer.policy.compile import CompiledRule, Program, Value, reasons
from risk_scorer.signals.catalogue import evidence_of

Signals = Mapping[str, Value]
#: Id, title and points of a rule that fired.
Fired = tuple[str, str, int]
#: An engine's answer on a booking's signals; `Facts` are there for an engine that words its evidence.
Ask = Callable[[Signals, Facts], list[Fired]]


class Engine(Struct, frozen=True):
    """An engine that is ready to be asked, or the reason why it is not (`left_out`)."""

    name: str
    how: str
    ask: Ask | None
    left_out: str = ""


def ours(program: Program) -> list[Engine]:
    """The product's engine as it runs, and with no verdict remembered."""

    def remembering(signals: Signals, facts: Facts) -> list[Fired]:
        verdict = program.evaluate(signals)
        words = {fired.rule.id: evidence_of(fired.signals, facts) for fired in verdict.fired}
        return [(one.rule_id, one.title, one.points) for one in reasons(verdict, words)]

    def forgetting(signals: Signals, facts: Facts) -> list[Fired]:
        verdict = program._decide(signals)
        words = {fired.rule.id: evidence_of(fired.signals, facts) for fired in verdict.fired}
        return [(one.rule_id, one.title, one.points) for one in reasons(verdict, words)]

    return [
        Engine("Pickup Guard", "as it runs: verdicts remembered by value; with evidence and decision", remembering),
        Engine("Pickup Guard", "each verdict computed anew; with evidence and decision", forgetting),
    ]


def rivals(rules: Sequence[CompiledRule]) -> list[Engine]:
    """The others, each with these rules; what is not installed or will not load is left out with its reason."""
    return [
        _loaded(
            "zen-engine", "GoRules JDM: a decision table, all hits collected, from a static loader", zen_engine, rules
        ),
        _loaded("ezrules", "its rule engine alone: a Python function a rule", ez_rules, rules),
    ]


def _loaded(
    package: str, how: str, load: Callable[[Sequence[CompiledRule]], Ask], rules: Sequence[CompiledRule]
) -> Engine:
    try:
        name = f"{package} {metadata.version(package)}"
        return Engine(name, how, load(rules))
    except Exception as error:
        # Whatever keeps a rival from loading is what the table should say.
        return Engine(package, how, None, f"{type(error).__name__}: {str(error).splitlines()[0]}")


def zen_engine(rules: Sequence[CompiledRule]) -> Ask:
    """GoRules: one table, a row a rule, with the condition in its expression language. A decision made by the loader
    is compiled once; one made by `create_decision` is a tenth as fast (zen-engine 2.1.3)."""
    zen: Any = importlib.import_module("zen")
    outputs = ("id", "title", "points")
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": "when", "name": "when"}],
        "outputs": [{"id": name, "name": name, "field": name} for name in outputs],
        "rules": [
            {
                "_id": one.rule.id,
                "when": _worded(one.condition),
                **{name: json.dumps(getattr(one.rule, name), ensure_ascii=False) for name in outputs},
            }
            for one in _strongest_first(rules)
        ],
    }
    place = {"x": 0, "y": 0}
    document = {
        "nodes": [
            {"id": "in", "name": "in", "type": "inputNode", "position": place},
            {"id": "rules", "name": "rules", "type": "decisionTableNode", "position": place, "content": table},
            {"id": "out", "name": "out", "type": "outputNode", "position": place},
        ],
        "edges": [
            {"id": "first", "sourceId": "in", "targetId": "rules", "type": "edge"},
            {"id": "second", "sourceId": "rules", "targetId": "out", "type": "edge"},
        ],
    }
    evaluate = zen.ZenEngine({"loader": {"type": "static", "content": {"rules": document}}}).evaluate

    def ask(signals: Signals, _: Facts) -> list[Fired]:
        return [(hit["id"], hit["title"], hit["points"]) for hit in evaluate("rules", signals)["result"]]

    return ask


def ez_rules(rules: Sequence[CompiledRule]) -> Ask:
    """ezrules: every rule a Python function over `$fields`, that returns an outcome when it fires. Its package wants
    settings of a database and a web page when it is imported; none is reached."""
    for name, value in {"DB_ENDPOINT": "sqlite://", "APP_SECRET": "unused", "ORG_ID": "1"}.items():
        os.environ.setdefault(f"EZRULES_{name}", value)
    factory: Any = importlib.import_module("ezrules.core.rule_engine").RuleEngineFactory
    known = {one.rule.id: (one.rule.id, one.rule.title, one.rule.points) for one in rules}
    engine = factory.from_json(
        [
            {
                "rid": one.rule.id,
                "description": one.rule.title,
                "logic": f"if {_dollars(_worded(one.condition), one.signals)}:\n\treturn '{one.rule.points}'",
            }
            for one in _strongest_first(rules)
        ]
    )

    def ask(signals: Signals, _: Facts) -> list[Fired]:
        return [known[rule] for rule in engine(signals)["rule_results"]]

    return ask


def _strongest_first(rules: Sequence[CompiledRule]) -> list[CompiledRule]:
    return sorted(rules, key=lambda one: -one.rule.points)


def _worded(when: str) -> str:
    """CEL's signs as the words that both other languages have. Holds for rules without text, which is checked by
    comparing the answers."""
    return re.sub(r"!(?!=)", "not ", when.replace("&&", "and").replace("||", "or"))


def _dollars(condition: str, signals: Sequence[str]) -> str:
    return re.sub(rf"\b({'|'.join(signals)})\b", r"$\1", condition)
