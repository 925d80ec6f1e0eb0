"""What `explain` shows in a terminal of 80 columns: the answer first, then what it was made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pickup_contracts.assessment import Assessment, StopPremises
from risk_scorer.explain.explained import Explanation, RuleTold
from risk_scorer.explain.redacted import Part
from risk_scorer.explain.signals import Origin, Shown

_CAUSES = {
    "booking_changed": "booking changed",
    "linked_booking": "a linked booking",
    "policy_changed": "policy changed",
    "outcome_reported": "outcome reported",
}
_ORIGINS: dict[Origin, str] = {
    "booking": "From the booking's fields",
    "free text": "From its free text",
    "places": "From what the places are",
    "course": "From what changed under way",
    "outcome": "From what driver and office reported",
    "history": "From the history: other bookings that share something",
    "not known": "Stored, and no signal of this version",
}
_COLOURS = {"allow": "green", "review": "yellow", "warn": "red", "hold_recommended": "bold red"}


def every(console: Console, name: str, made: Sequence[Assessment]) -> None:
    """All assessments of a booking, oldest first."""
    table = Table("version", "assessed (UTC)", "because", "decision", "score", title=name, title_justify="left")
    for one in made:
        table.add_row(
            str(one.booking_version),
            f"{one.assessed_at:%Y-%m-%d %H:%M:%S}",
            _CAUSES.get(one.cause, one.cause),
            _decision(one.decision),
            str(one.score),
        )
    console.print(table)


def explanation(console: Console, one: Explanation, *, rules: bool, unknown: bool) -> None:
    """One assessment. `rules` lists those that did not fire too, `unknown` the signals that were not known."""
    _head(console, one)
    _steps(console, one)
    _rules(console, one, all_of_them=rules)
    _lists(console, one)
    _signals(console, one, unknown=unknown)
    _booking(console, one)
    _again(console, one)


def _head(console: Console, one: Explanation) -> None:
    given = one.assessment
    console.print(
        f"[bold]{escape(given.operator_id)}/{escape(given.booking_id)}[/bold], version {given.booking_version}: "
        f"{_decision(given.decision)}, score {given.score} of 100",
        highlight=False,
    )
    again = {True: "the same answer", False: "NOT the same answer, see the end", None: "could not be, see the end"}
    rows = [
        ("assessed", f"{given.assessed_at:%Y-%m-%d %H:%M:%S} UTC, because: {_CAUSES.get(given.cause, given.cause)}"),
        ("looks like", given.pattern.replace("_", " ") if given.pattern != "none" else "none of the three shapes"),
        ("ruleset", f"{one.ruleset.name} {one.ruleset.version} ({one.ruleset.fingerprint[:12]})"),
        ("", one.ruleset.origin),
        ("act before", f"{given.act_before:%Y-%m-%d %H:%M} UTC" if given.act_before is not None else ""),
        ("too late", "the booking had been collected already" if given.too_late else ""),
        ("not seen", ", ".join(given.degraded) + " (could not be had then)" if given.degraded else ""),
        ("judged again", again[one.again.same]),
        ("id", str(given.assessment_id)),
    ]
    _grid(console, [(name, said) for name, said in rows if said])


def _steps(console: Console, one: Explanation) -> None:
    if not one.steps:
        return
    _title(console, "From points to decision")
    grid = _columns(("left", False), ("right", True), ("left", True))
    for step in one.steps:
        grid.add_row(escape(step.what), str(step.score), _decision(step.decision))
    console.print(Padding(grid, (0, 0, 0, 2)))
    if one.overrides is not None:
        bands = one.overrides.bands
        _line(
            console,
            f"By this operator's own settings of {one.overrides.published_at:%Y-%m-%d %H:%M} UTC: review from "
            f"{bands.review}, warn from {bands.warn}, hold recommended from {bands.hold_recommended}.",
        )
    if one.scorecard is not None:
        card = one.scorecard
        _line(console, f"Scorecard {card.version}, in shadow: {card.score} points, {_plain(card.decision)}.")


def _rules(console: Console, one: Explanation, *, all_of_them: bool) -> None:
    told = [rule for rule in one.rules if all_of_them or rule.outcome != "not fired"]
    silent = len(one.rules) - len(told)
    _title(console, "Rules")
    grid = _columns(("right", True), ("left", False))
    for rule in told:
        grid.add_row(*_rule(rule))
    if told:
        console.print(Padding(grid, (0, 0, 0, 2)))
    if silent:
        _line(console, f"{silent} {'more ' if told else ''}rules did not fire (--rules lists them)")
    elif not told:
        _line(console, "no rule fired")


def _rule(rule: RuleTold) -> tuple[str, Text]:
    effects = [f"at least {_plain(rule.floor)}"] if rule.floor else []
    effects += [f"at most {_plain(rule.ceiling)}"] if rule.ceiling else []
    if rule.outcome in ("shadow", "off here", "not in the ruleset"):
        where = {"shadow": "in shadow, does not count", "off here": "off at this operator, does not count"}
        effects.append(where.get(rule.outcome, rule.outcome))
    said = Text(rule.title, style="dim" if rule.outcome == "not fired" else "")
    said.append(f"\n{rule.rule_id}", style="dim")
    if effects:
        said.append(f"  {', '.join(effects)}", style="yellow")
    if rule.evidence:
        said.append(f"\nseen in: {', '.join(rule.evidence)}", style="dim")
    return f"{rule.points:+d}" if rule.points else "", said


def _lists(console: Console, one: Explanation) -> None:
    if not one.lists:
        return
    _title(console, "List entries met")
    for entry in one.lists:
        limit = "at least" if entry.list_name == "watch" else "at most"
        seen = f"; seen in: {', '.join(entry.evidence)}" if entry.evidence else ""
        title = entry.title or f"On the {entry.list_name} list"
        console.print(
            f"  {escape(title)}\n  [dim]{escape(entry.entry_id)}[/dim]  [yellow]{limit} {_plain(entry.band)}[/yellow]"
            f"[dim]{escape(seen)}[/dim]",
            highlight=False,
        )


def _signals(console: Console, one: Explanation, *, unknown: bool) -> None:
    for origin, title in _ORIGINS.items():
        known = [signal for signal in one.signals if signal.origin == origin]
        if not known:
            continue
        _title(console, title)
        grid = _columns(("left", True), ("right", True), ("left", False))
        for signal in known:
            grid.add_row(escape(signal.name), escape(_value(signal)), _said(signal))
        console.print(Padding(grid, (0, 0, 0, 2)))
        if origin == "places":
            _place(console, "The pickup", one.pickup)
            _place(console, "The drop-off", one.dropoff)
    _title(console, "Not known")
    if unknown:
        _line(console, ", ".join(one.unknown) or "nothing that was asked for")
    else:
        count = len(one.unknown)
        _line(console, f"{count} signals that rules ask for: no, none, or nobody said (--unknown lists them)")
    if one.unread:
        _line(console, f"{len(one.unread)} signals that no rule of this ruleset asks for")


def _said(signal: Shown) -> Text:
    """What it means and where it was seen; what was seen in the history is its own meaning."""
    if signal.origin == "history" or not signal.meaning:
        return Text(signal.source)
    first = " ".join(signal.meaning.split()).partition(". ")[0].rstrip(".")
    return Text(first).append(f"\nfrom {signal.source}", style="dim")


def _place(console: Console, name: str, place: StopPremises) -> None:
    lives = {"yes": "people live there", "no": "nobody lives there", "unknown": "nobody says if people live there"}
    sure = f", {100 * place.confidence:.0f} % sure" if place.source != "none" else ""
    _line(
        console,
        f"{name} is taken for: {place.kind.replace('_', ' ')}; {lives[place.residential]}. By: {place.source}{sure}.",
    )


def _booking(console: Console, one: Explanation) -> None:
    _title(console, "The booking as it was then, without what names or places anybody")
    if one.booking is None:
        _line(
            console,
            "What was booked was deleted 48 hours after the booking had ended or was last heard of. What was made of "
            "it is kept for twelve months: signals, rules, points, counts of the history and the ruleset, as above.",
        )
        return
    if one.forgotten:
        _line(console, "What was heard of it at first was deleted, 48 hours after it was last heard of. Since then:")
    _grid(console, [(part.name, _part(part)) for part in one.booking])


def _part(part: Part) -> str:
    coded = ", ".join(f"{name}: {value}" for name, value in part.coded.items())
    withheld = f"given, not shown: {', '.join(part.withheld)}" if part.withheld else ""
    return "\n".join(line for line in (coded, withheld) if line)


def _again(console: Console, one: Explanation) -> None:
    _title(console, "Judged again")
    again, given = one.again, one.assessment
    if again.same:
        _line(
            console,
            f"The same answer: the stored signals through {one.ruleset.name} {one.ruleset.version} give "
            f"{_plain(given.decision)}, score {given.score}, for the same reasons.",
            "green",
        )
    elif again.same is None:
        _line(console, f"Not judged again: {again.why}.", "red")
    else:
        _line(
            console,
            "NOT the same answer. What is stored does not lead to the assessment that was given: one of the two was "
            "changed afterwards, or this version judges otherwise.",
            "red",
        )
        for line in again.differences:
            _line(console, f"- {line}", "")
    if one.otherwise:
        _line(
            console,
            "Read again from the booking's events, these signals have other values than were stored: "
            f"{', '.join(one.otherwise)}. Either was changed afterwards, or this version reads bookings otherwise.",
            "yellow",
        )
    elif one.otherwise is not None:
        _line(console, "Read again from the booking's events, the signals of the booking alone are as stored.")


def _value(signal: Shown) -> str:
    value = signal.value
    if value is True:
        return "yes"
    return f"{value:,.0f}" if type(value) is float else str(value)


def _columns(*columns: tuple[str, bool]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for justify, whole in columns:
        grid.add_column(justify="right" if justify == "right" else "left", no_wrap=whole, overflow="fold")
    return grid


def _line(console: Console, said: str, style: str = "dim") -> None:
    """A line that stays indented where it is folded."""
    console.print(Padding(Text(said, style=style), (0, 0, 0, 2)))


def _grid(console: Console, rows: Iterable[tuple[str, str]]) -> None:
    grid = _columns(("left", True), ("left", False))
    for name, said in rows:
        grid.add_row(Text(name, style="dim"), Text(said))
    console.print(Padding(grid, (0, 0, 0, 2)))


def _title(console: Console, title: str) -> None:
    console.print(f"\n[bold]{title}[/bold]", highlight=False)


def _decision(decision: str) -> str:
    return f"[{_COLOURS[decision]}]{_plain(decision)}[/{_COLOURS[decision]}]"


def _plain(name: str) -> str:
    return name.replace("_", " ")
