"""The scorer's composition root: settings in, resources opened and closed in order, the worker run."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime

from litestar import Litestar

from pickup_runtime import logs, serve
from pickup_runtime.clock import SystemClock
from pickup_runtime.entry import run_service
from pickup_runtime.errors import SettingsFault
from pickup_runtime.health import HealthBoard
from pickup_runtime.kafka import start_producer
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.ops_http import ops_routes
from pickup_runtime.postgres import answers, open_pool
from risk_scorer.assess import Assessor
from risk_scorer.batch import SERVICE, BatchProcessor
from risk_scorer.errors import RulesetFault
from risk_scorer.policy import shipped
from risk_scorer.policy.checked import checked
from risk_scorer.policy.compile import Program
from risk_scorer.policy_feed import PolicyFeed
from risk_scorer.policy_store import PolicyStore
from risk_scorer.settings import ScorerSettings
from risk_scorer.store import Store
from risk_scorer.worker import attach, build_app

VERSION = "0.1.0"


async def main(settings: ScorerSettings) -> None:
    """Run until cancelled, or until something that it needs ends."""
    log = logs.get("main")
    keys = settings.keys()
    program = _program(settings)
    log.info("ruleset", ruleset=program.ruleset.name, version=program.ruleset.version, rules=len(program.rules))
    directory = OperatorDirectory()
    pool = await open_pool(settings.dsn(), schema="scorer")
    policies = PolicyFeed(
        program, worker_id=f"{socket.gethostname()}-{os.getpid()}", clock=SystemClock(), store=PolicyStore(pool)
    )
    producer = await start_producer(settings.kafka_bootstrap)
    app = build_app(settings.kafka_bootstrap)
    board = HealthBoard(SERVICE, VERSION)

    async def consuming() -> bool:
        return bool(app.started and app.consumer.assignment() is not None and not app.crashed)

    async def database() -> bool:
        return await answers(pool)

    board.register("database", database)
    board.register("consumer", consuming)
    board.describe("policy", policies.describe)
    assessor = Assessor(
        Store(pool),
        program,
        keys,
        opted_in=lambda operator: (profile := directory.get(operator)) is not None and profile.cross_operator_links,
        now=lambda: datetime.now(UTC),
        policy=policies.current,
    )
    attach(
        app,
        BatchProcessor(assessor, producer),
        batch_events=settings.batch_events,
        batch_wait_s=settings.batch_wait_s,
    )

    async def consume() -> None:
        app.finalize()
        await directory.loaded.wait()
        await policies.loaded.wait()
        try:
            async with app:
                await app.wait_until_stopped()
        finally:
            await app.stop()

    web = Litestar(list(ops_routes(board)), openapi_config=None)
    try:
        await serve.first_failure(
            directory.follow(settings.kafka_bootstrap),
            policies.follow(settings.kafka_bootstrap),
            policies.report(),
            consume(),
            serve.serve(web, host=settings.http_host, port=settings.scorer_port),
        )
    finally:
        await producer.stop()
        await pool.close()


def run() -> None:
    """The console script."""
    run_service(SERVICE, ScorerSettings, main)


def _program(settings: ScorerSettings) -> Program:
    if settings.ruleset_file is None:
        return shipped.program()
    try:
        return checked(settings.ruleset_file.read_text(), source=str(settings.ruleset_file))
    except (RulesetFault, OSError) as error:
        raise SettingsFault(f"PICKUP_RULESET_FILE: {error}") from None


if __name__ == "__main__":
    run()
