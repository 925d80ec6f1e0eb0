"""What the scorer knows of one booking: the ruleset that judged it, and its entities as keyed hashes."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from pickup_contracts.assessment import Assessment
from pickupctl import connect
from pickupctl.errors import CommandFault
from risk_scorer import shapes
from risk_scorer.assess import Document
from risk_scorer.entities import Keys, entities_of, own
from risk_scorer.facts import Facts
from risk_scorer.store import Store

_LAST_ASSESSMENT = """
select assessment from steps
where operator_id = $1 and booking_id = $2 and assessment is not null order by version desc, seq desc limit 1
"""
_ROLES = {
    shapes.BOOKER: "booker",
    shapes.PICKUP_CONTACT: "pickup contact",
    shapes.RECIPIENT: "recipient",
    shapes.PASSENGER_ROLE: "passenger",
    shapes.PICKUP: "pickup",
    shapes.DROPOFF: "drop-off",
    shapes.VIA: "via",
    shapes.ACCOUNT: "account",
    shapes.DEVICE: "device",
    shapes.TOKEN: "payment token",
}


class EntityHash(Struct, frozen=True):
    """One entity of a booking."""

    kind: str
    role: str
    hash: str


class Scored(Struct, frozen=True):
    """`ruleset` is `None`, and `entities` empty, where the scorer's database or keys are not at hand. Also without
    entities is a booking of which the scorer has forgotten what was booked: `forgotten` says so."""

    ruleset: str | None = None
    entities: tuple[EntityHash, ...] = ()
    forgotten: bool = False


async def scored(operator_id: str, booking_id: str) -> Scored:
    """What the scorer knows of a booking.

    Raises:
        CommandFault: its keys are none.
    """
    if not connect.optional("PICKUP_SCORER_DSN"):
        return Scored()
    async with connect.pool("PICKUP_SCORER_DSN", "scorer") as pool:
        known = (await Store(pool).bookings([(operator_id, booking_id)])).get((operator_id, booking_id))
        raw = await pool.fetchval(_LAST_ASSESSMENT, operator_id, booking_id)
    assessment = msgspec.json.decode(raw, type=Assessment) if raw is not None else None
    ruleset = f"{assessment.ruleset.name} {assessment.ruleset.version}" if assessment is not None else None
    if known is None or known.state is None or not connect.optional("PICKUP_ENTITY_KEY"):
        return Scored(ruleset, forgotten=known is not None and known.state is None)
    document = msgspec.json.decode(known.state, type=Document)
    return Scored(ruleset, _hashes(operator_id, Facts(document.state, known.occurred_at)))


def _hashes(operator_id: str, facts: Facts) -> tuple[EntityHash, ...]:
    try:
        key = bytes.fromhex(connect.setting("PICKUP_ENTITY_KEY"))
    except ValueError:
        raise CommandFault("PICKUP_ENTITY_KEY must be hexadecimal") from None
    entities = tuple(one for one in entities_of(facts) if one.role in _ROLES)
    hashed = own(Keys(key, b""), operator_id, facts, entities).entities
    return tuple(
        EntityHash(entity.kind, _ROLES[role], f"{value & (1 << 64) - 1:016x}")
        for entity, (value, role) in zip(entities, hashed, strict=True)
    )
