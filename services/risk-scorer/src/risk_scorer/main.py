"""The scorer's composition root: settings in, resources opened and closed in order, the worker run."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime, timedelta

from litestar import Litestar

from pickup_runtime import logs, serve
from pickup_runtime.clock import SystemClock
from pickup_runtime.entry import run_service
from pickup_runtime.errors import SettingsFault
from pickup_runtime.health import HealthBoard
from pickup_runtime.kafka import start_producer, stop
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.ops_http import ops_routes
from pickup_runtime.postgres import answers
from risk_scorer.assess import Assessor
from risk_scorer.batch import SERVICE, BatchProcessor
from risk_scorer.breaker import Breaker
from risk_scorer.claims import Claims
from risk_scorer.due import DueStore
from risk_scorer.errors import RulesetFault
from risk_scorer.fairness import DecisionCounts
from risk_scorer.forgetting import Forgetting
from risk_scorer.judging import Judging
from risk_scorer.os_places import OsPlaces
from risk_scorer.outage import Outage, Stopgap
from risk_scorer.outcomes.consumer import OutcomeConsumer
from risk_scorer.outcomes.store import OutcomeStore
from risk_scorer.policy import shipped
from risk_scorer.policy.checked import checked
from risk_scorer.policy.compile import Program
from risk_scorer.policy_feed import PolicyFeed
from risk_scorer.policy_store import PolicyStore
from risk_scorer.pools import open_pools
from risk_scorer.premises.settle import Ages
from risk_scorer.premises_knowledge import Lookups, PremisesKnowledge
from risk_scorer.premises_store import PremisesStore
from risk_scorer.reassess import Reassessor
from risk_scorer.reassess_loop import ReassessLoop
from risk_scorer.scorecard import Scorecard, read_scorecard
from risk_scorer.settings import ScorerSettings
from risk_scorer.store import Store
from risk_scorer.worker import assigned, attach, build_app, partitions

VERSION = "0.1.0"


async def main(settings: ScorerSettings) -> None:
    """Run until cancelled, or until something that it needs ends."""
    log = logs.get("main")
    serve.claim(PICKUP_SCORER_PORT=(settings.http_host, settings.scorer_port))
    keys, kafka = settings.keys(), settings.broker()
    program = _program(settings)
    log.info("ruleset", ruleset=program.ruleset.name, version=program.ruleset.version, rules=len(program.rules))
    scorecard = _scorecard(settings)
    if scorecard is not None:
        strangers = scorecard.points.keys() - {compiled.rule.id for compiled in program.rules}
        log.info("scorecard_in_shadow", version=scorecard.version, rules_not_in_ruleset=len(strangers))
    directory = OperatorDirectory()
    pool, early = await open_pools(settings.dsn())
    clock = SystemClock()
    policies = PolicyFeed(
        program,
        worker_id=f"{socket.gethostname()}-{os.getpid()}",
        clock=clock,
        store=PolicyStore(pool),
        on_change=lambda changes: again.on_change(changes),
    )
    producer = await start_producer(kafka)
    app = build_app(kafka)
    board = HealthBoard(SERVICE, VERSION)

    async def consuming() -> bool:
        return bool(app.started and assigned(app) is not None and not app.crashed)

    async def database() -> bool:
        return await answers(pool)

    board.register("database", database)
    board.register("consumer", consuming)
    board.describe("policy", policies.describe)
    lookups = _lookups(settings)
    outcomes = OutcomeStore(pool, keys)
    judging = Judging(
        Store(pool, early),
        program,
        keys,
        opted_in=lambda operator: (profile := directory.get(operator)) is not None and profile.cross_operator_links,
        now=lambda: datetime.now(UTC),
        policy=policies.current,
        premises=PremisesKnowledge(PremisesStore(pool, early), keys, lookups=lookups),
        outcomes=outcomes,
        scorecard=scorecard,
    )
    claims = Claims()
    due, counts = DueStore(pool), DecisionCounts()
    again = ReassessLoop(
        Reassessor(judging, due, claims),
        judging,
        due,
        producer,
        clock,
        partitions=lambda: partitions(app),
        policy=policies.current,
        counts=counts,
    )
    outage = Outage()
    attach(app, BatchProcessor(Assessor(judging), producer, counts, outage), settings, claims)
    stopgap = Stopgap(
        outage,
        judging,
        producer,
        kafka=kafka,
        group=app.conf.id,
        partitions=lambda: partitions(app),
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

    web = Litestar(list(ops_routes(board)), openapi_config=None, logging_config=None)
    try:
        await serve.first_failure(
            directory.follow(kafka),
            policies.follow(kafka),
            policies.report(),
            consume(),
            again.run(),
            Forgetting(pool, outcomes, clock).run(),
            stopgap.run(),
            OutcomeConsumer(outcomes, producer, again.on_outcome).run(kafka),
            serve.serve(web, host=settings.http_host, port=settings.scorer_port),
        )
    finally:
        await stop(producer)
        if lookups is not None:
            await lookups.client.close()
        await early.close()
        await pool.close()


def run() -> None:
    """The console script."""
    run_service(SERVICE, ScorerSettings, main)


def _lookups(settings: ScorerSettings) -> Lookups | None:
    if settings.os_places_key is None or not settings.os_places_key.get_secret_value():
        return None
    client = OsPlaces(
        settings.os_places_key.get_secret_value(),
        base_url=settings.os_places_url,
        timeout_s=settings.os_places_timeout_s,
        at_most=settings.os_places_at_most,
        breaker=Breaker(failures=settings.os_places_failures, open_s=settings.os_places_pause_s),
    )
    return Lookups(
        client,
        below=settings.os_places_below,
        time_box_s=settings.os_places_timeout_s,
        ages=Ages(timedelta(days=settings.os_places_found_days), timedelta(days=settings.os_places_nothing_days)),
    )


def _program(settings: ScorerSettings) -> Program:
    if settings.ruleset_file is None:
        return shipped.program()
    try:
        return checked(settings.ruleset_file.read_text(), source=str(settings.ruleset_file))
    except (RulesetFault, OSError) as error:
        raise SettingsFault(f"PICKUP_RULESET_FILE: {error}") from None


def _scorecard(settings: ScorerSettings) -> Scorecard | None:
    if settings.scorecard_file is None:
        return None
    try:
        return read_scorecard(settings.scorecard_file.read_text(), source=str(settings.scorecard_file))
    except (RulesetFault, OSError) as error:
        raise SettingsFault(f"PICKUP_SCORECARD_FILE: {error}") from None


if __name__ == "__main__":
    run()
