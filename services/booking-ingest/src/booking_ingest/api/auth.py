"""Who calls: the API key in the request, looked up and remembered for a few seconds; and how much a caller may send.

Strangers cost a look-up each, so what they may ask for is bounded by where they come from, and nothing that they send
makes a caller with a key wait.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable

from booking_ingest.errors import NotAvailable, TooMany, Unauthorised
from booking_ingest.keys import PREFIX, ApiKey
from booking_ingest.limits import Buckets
from booking_ingest.store import Store
from pickup_runtime import logs, tokens
from pickup_runtime.postgres import UNAVAILABLE

#: A key is looked up again after this long, so a revoked one works for no longer. While look-ups fail because the
#: database is away, keys that were in use here go on working, revoked ones too.
CACHE_S = 5.0
#: A key that was just made works after at most this long, when it was tried before.
UNKNOWN_S = 2.0
_KEYS = 10_000
_UNKNOWN_KEYS = 1_000
#: How often one key's being over its limit is logged.
_SAY_AGAIN_S = 60.0
_WRONG_KEYS = "with keys that open nothing"
_log = logs.get("auth")


class Gate:
    """Lets operators in by their keys. `rate` is what one key may send, `refusals` how often one source may come with a
    key that opens nothing."""

    def __init__(
        self,
        store: Store,
        *,
        rate: Buckets | None = None,
        refusals: Buckets | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._rate = rate if rate is not None else Buckets(0, 1)
        self._refusals = refusals if refusals is not None else Buckets(0, 1)
        self._clock = clock
        #: Keys that there are, with when that was read; and ids that there is no key of.
        self._known: OrderedDict[str, tuple[float, ApiKey]] = OrderedDict()
        self._unknown: OrderedDict[str, float] = OrderedDict()
        self._asked: dict[str, asyncio.Future[ApiKey | None]] = {}
        self._said: dict[str, float] = {}

    async def operator_of(self, authorization: str | None, source: str = "") -> str:
        """The operator that the key in an `Authorization` header belongs to. `source` is where the request comes from.

        Raises:
            Unauthorised: there is none, or it is not known, or it was revoked.
            TooMany: the key has sent more than one may, or the source came with too many that open nothing.
            NotAvailable: the database does not answer.
        """
        presented = tokens.parse_bearer(PREFIX, authorization)
        key_id = presented.key_id if presented is not None else ""
        # A look-up is paid for before it is made, since many come at the same moment, and given back when the key opens
        # something. Who has a key that is known, or being looked up, pays nothing: others may come from that address.
        charged = key_id not in self._known and key_id not in self._asked
        if charged and (wait_s := self._refusals.take(source)):
            raise TooMany(wait_s, _WRONG_KEYS)
        try:
            key = await self._key(key_id) if presented is not None else None
        except NotAvailable:
            if charged:
                self._refusals.give_back(source)
            raise
        if (
            presented is None
            or key is None
            or key.revoked_at is not None
            or not tokens.opens(key.secret_sha256, presented)
        ):
            if not charged and (wait_s := self._refusals.take(source)):
                raise TooMany(wait_s, _WRONG_KEYS)
            raise Unauthorised
        if charged:
            self._refusals.give_back(source)
        if wait_s := self._rate.take(key.key_id):
            self._say(key)
            raise TooMany(wait_s, "with this key")
        return key.operator_id

    async def _key(self, key_id: str) -> ApiKey | None:
        now = self._clock()
        known = self._known.get(key_id)
        if known is not None and now - known[0] < CACHE_S:
            return known[1]
        missed = self._unknown.get(key_id)
        if missed is not None and now - missed < UNKNOWN_S:
            return None
        if key_id not in self._asked:
            self._asked[key_id] = asyncio.ensure_future(self._look_up(key_id, now))
            self._asked[key_id].add_done_callback(lambda _: self._asked.pop(key_id, None))
        # One look-up for all who came meanwhile; a caller that hangs up does not end it for the others.
        return await asyncio.shield(self._asked[key_id])

    async def _look_up(self, key_id: str, now: float) -> ApiKey | None:
        try:
            async with asyncio.timeout(5.0):
                key = await self._store.key(key_id)
        except UNAVAILABLE:
            if (known := self._known.get(key_id)) is not None:
                # A database that is away must not look like a wrong key. What that lets in is not accepted: an event is
                # remembered in the same database first.
                return known[1]
            raise NotAvailable("the database") from None
        self._remember(key_id, key, now)
        return key

    def _remember(self, key_id: str, key: ApiKey | None, now: float) -> None:
        """Strangers' ids are kept apart: however many there are, they push out no key that opens something."""
        self._known.pop(key_id, None)
        self._unknown.pop(key_id, None)
        if key is not None:
            self._known[key_id] = (now, key)
            if len(self._known) > _KEYS:
                self._known.popitem(last=False)
        else:
            self._unknown[key_id] = now
            if len(self._unknown) > _UNKNOWN_KEYS:
                self._unknown.popitem(last=False)

    def _say(self, key: ApiKey) -> None:
        now = self._clock()
        if now - self._said.get(key.key_id, -_SAY_AGAIN_S) >= _SAY_AGAIN_S:
            self._said[key.key_id] = now
            _log.warning("over_its_rate", operator=key.operator_id, key_id=key.key_id)
