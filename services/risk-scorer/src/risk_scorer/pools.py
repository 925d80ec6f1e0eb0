"""The scorer's two pools of connections to its database."""

from __future__ import annotations

from pickup_runtime.postgres import Pool, open_pool

_SCHEMA = "scorer"


async def open_pools(dsn: str) -> tuple[Pool, Pool]:
    """One whose commits are on disk, and one whose commits others see at once and the next commit of the first takes to
    the disk with it (ADR 0072). Both wait until the server answers.

    Every statement of a batch is planned alike, whatever it asks. There are no more connections than batches can use: a
    new one has the catalogue and the statements to learn, and until then takes twice the time.
    """
    kept = await open_pool(dsn, schema=_SCHEMA, max_size=6, planned_once=True)
    return kept, await open_pool(dsn, schema=_SCHEMA, max_size=2, planned_once=True, on_disk=False)
