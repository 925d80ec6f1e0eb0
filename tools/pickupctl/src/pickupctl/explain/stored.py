"""What `explain` needs, gathered: one stored assessment, and the ruleset that it was judged by."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import msgspec
from msgspec import Struct

from pickup_contracts.errors import ContractError
from pickupctl import connect
from pickupctl.errors import CommandFault, InputFault
from pickupctl.files import text_of
from risk_scorer.errors import RulesetFault
from risk_scorer.explain.explained import Explanation, Held, explain, read_stored
from risk_scorer.explain_store import ExplainStore, MadeRow
from risk_scorer.past import Stored
from risk_scorer.policy import shipped
from risk_scorer.policy.checked import checked


class Wanted(Struct, frozen=True):
    """Which assessment of a booking: by version, by id, or the newest. `ruleset` is a file to judge by when the ruleset
    of then is stored nowhere."""

    operator_id: str
    booking_id: str
    version: int | None = None
    assessment_id: UUID | None = None
    ruleset: Path | None = None

    @property
    def name(self) -> str:
        return f"{self.operator_id}/{self.booking_id}"


async def assessments(wanted: Wanted) -> list[MadeRow]:
    """Every stored assessment of the booking, oldest first.

    Raises:
        CommandFault: there is none.
    """
    async with connect.pool("PICKUP_SCORER_DSN", "scorer") as pool:
        return await _rows(ExplainStore(pool), wanted)


async def explained(wanted: Wanted) -> Explanation:
    """The assessment that is wanted, explained.

    Raises:
        CommandFault: the booking or that assessment of it is not stored; says which there are.
    """
    async with connect.pool("PICKUP_SCORER_DSN", "scorer") as pool:
        store = ExplainStore(pool)
        row = _choose(await _rows(store, wanted), wanted)
        stored = read_stored(row.signals)
        try:
            made = await store.made(row)
        except (msgspec.MsgspecError, ContractError):
            raise CommandFault(
                f"{wanted.name}: an event of version {row.version} is stored and can't be read"
            ) from None
        held = await _held(store, row, stored, wanted.ruleset)
    return explain(made, stored, held)


async def _rows(store: ExplainStore, wanted: Wanted) -> list[MadeRow]:
    try:
        rows = await store.assessments(wanted.operator_id, wanted.booking_id)
    except msgspec.MsgspecError:
        raise CommandFault(f"{wanted.name}: an assessment is stored and can't be read: the table was changed") from None
    if not rows:
        raise CommandFault(
            f"{wanted.name}: no assessment is stored. Name it as the operator does, OPERATOR/BOOKING, upper and lower "
            "case as there; `pickupctl dlq list` shows events that could not be read"
        )
    return rows


def _choose(rows: list[MadeRow], wanted: Wanted) -> MadeRow:
    for row in reversed(rows):
        if wanted.assessment_id is not None and row.assessment.assessment_id != wanted.assessment_id:
            continue
        if wanted.version is None or row.version == wanted.version:
            return row
    which = f"version {wanted.version}" if wanted.version is not None else f"id {wanted.assessment_id}"
    there = ", ".join(str(row.version) for row in rows[-20:])
    raise CommandFault(
        f"{wanted.name}: no assessment with {which}; there are those of version {there} (--all lists them)"
    )


async def _held(store: ExplainStore, row: MadeRow, stored: Stored | None, file: Path | None) -> Held:
    """The ruleset that an assessment was judged by: of the file that was named, as published, or as shipped."""
    ref = row.assessment.ruleset
    name = f"{ref.name} {ref.version}"
    if stored is None or not stored.by:
        return Held(None, missing=f"{name}: its fingerprint was not kept")
    if file is not None:
        return _of_file(file, name, stored.by)
    document = await store.ruleset(stored.by)
    if document is not None:
        origin = f"published {document.published_at:%Y-%m-%d %H:%M} UTC"
        return _compiled(document.text, name, origin)
    if shipped.program().ruleset.fingerprint.startswith(stored.by):
        return Held(shipped.program(), "shipped with this version")
    return Held(
        None,
        missing=f"the ruleset of then, {name} ({stored.by}), is neither among the published ones nor shipped with this "
        "version. Name its file with --ruleset",
    )


def _of_file(file: Path, name: str, by: str) -> Held:
    text = text_of(file)
    try:
        program = checked(text, source=str(file))
    except RulesetFault as error:
        raise InputFault(f"{file} can't be used:\n{error}") from None
    if not program.ruleset.fingerprint.startswith(by):
        raise InputFault(f"{file} is another ruleset than {name} ({by}): its fingerprint differs")
    return Held(program, f"read from {file}")


def _compiled(text: str, name: str, origin: str) -> Held:
    try:
        return Held(checked(text, source=name), origin)
    except RulesetFault as error:
        first = str(error).splitlines()[0]
        return Held(
            None, origin, f"this version of Pickup Guard can't use {name} any more ({first}). Ask one of its own time"
        )
