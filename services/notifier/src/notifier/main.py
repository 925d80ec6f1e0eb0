"""The notifier's composition root: settings in, resources opened and closed in order, its loops and its page run."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer
from litestar import Litestar

from notifier.actions import Actions
from notifier.addressees import Addressees
from notifier.alerts.templates import all_texts
from notifier.answers import Answers
from notifier.audit import checkpoints
from notifier.audit.ledger import Ledger
from notifier.audit.views import ViewLog
from notifier.channels.build import build as build_channels
from notifier.channels.build import routes as channel_routes
from notifier.channels.links import Links, derived
from notifier.channels.push import public_key
from notifier.console.app import build
from notifier.console.auth import Doorkeeper
from notifier.console.desk import Desk
from notifier.console.holds_api import holds_route
from notifier.console.login_local import LocalLogin
from notifier.console.login_openid import OpenIdLogin, provider_client
from notifier.console.profile_page import profile_routes
from notifier.console.sign_in import SignIn
from notifier.console_keys import ConsoleKeys
from notifier.consumer import READS, SERVICE, Consumer
from notifier.delivery import DeliveryLoop
from notifier.drills.alarm import Alarm
from notifier.drills.course import Course
from notifier.drills.store import DrillStore
from notifier.driver_page.answering import Answering
from notifier.driver_page.links import DriverLinks
from notifier.driver_page.question import Questions
from notifier.driver_page.routes import DriverPages
from notifier.driver_page.subscriptions import Subscriptions
from notifier.escalation import Escalation
from notifier.feed import publish_feed
from notifier.forgetting import Forgetting
from notifier.guesses import GuessStore
from notifier.live import Bell, listen
from notifier.outbox import Outbox
from notifier.people import PeopleStore
from notifier.receipts import Receipts
from notifier.secret_box import SecretBox
from notifier.setting_aside import Aside
from notifier.settings import NotifierSettings
from notifier.store import Store
from notifier.telling import Teller
from pickup_runtime import metrics, serve
from pickup_runtime.broker import Broker
from pickup_runtime.clock import Clock, SystemClock
from pickup_runtime.entry import run_service
from pickup_runtime.health import HealthBoard
from pickup_runtime.kafka import consume, reachable, start_consumer, start_producer, stop
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.ops_http import ops_routes
from pickup_runtime.postgres import UNAVAILABLE, answers, open_pool

VERSION = "0.1.0"
#: Every booking and assessment passes here; few at a time cost as much as many, and a warning may take a second.
_PAUSE_S = 0.02


async def main(settings: NotifierSettings) -> None:
    """Run until cancelled, or until something that it needs ends."""
    serve.claim(
        PICKUP_NOTIFIER_PORT=(settings.http_host, settings.notifier_port),
        PICKUP_NOTIFIER_OPS_PORT=(settings.http_host, settings.notifier_ops_port),
    )
    kafka, dsn = settings.broker(), settings.dsn()
    box, session_secret = settings.box(), settings.session_secret()
    signer, providers = settings.signer(), settings.providers()
    clock = SystemClock()
    pool = await open_pool(dsn, schema="notifier")
    producer = await start_producer(kafka)
    feed_producer = await start_producer(kafka, idempotent=False)
    operators = OperatorDirectory()
    store = Store(pool)
    bell = Bell()
    links = Links(derived(session_secret, "links"))
    driver_links = DriverLinks(derived(session_secret, "driver"), settings.public_url)
    phones = Subscriptions(pool, box)
    channels = build_channels(settings, operators, SecretBox(pool, box), links, clock, push_gone=phones.gone)
    # Texts are checked now: a message must not find out at night that it lacks a word.
    all_texts()
    teller = Teller(
        operators, channels=frozenset(channels.channels), link_for=driver_links.link_for, unseal=phones.opened
    )
    deliveries = DeliveryLoop(store, dict(channels.channels), clock, bell)
    actions = Actions(store, operators, teller, clock)
    receipts = Receipts(store, clock)
    answered = Answers(Addressees(pool), receipts, actions)
    driver_pages = DriverPages(
        Answering(pool, store, actions, receipts, clock),
        driver_links,
        operators,
        phones,
        clock,
        push_key=public_key(settings.vapid_key.get_secret_value()) if settings.vapid_key is not None else None,
    )
    escalation = Escalation(store, teller, clock, bell)
    board = HealthBoard(SERVICE, VERSION)

    async def database() -> bool:
        return await answers(pool)

    async def broker() -> bool:
        return await reachable(producer)

    board.register("database", database)
    board.register("broker", broker)
    people, guesses, views = PeopleStore(pool), GuessStore(pool), ViewLog(pool, clock)
    secure = settings.public_url.startswith("https://")
    doorkeeper = Doorkeeper(ConsoleKeys(pool), people, clock, secure=secure)
    provider_http = provider_client()
    sign_in = SignIn(
        doorkeeper,
        LocalLogin(people, guesses, clock, key=session_secret),
        {
            name: OpenIdLogin(one, provider_http, clock, public_url=settings.public_url)
            for name, one in providers.items()
        },
        people,
        clock,
        session_secret=session_secret,
        secure=secure,
        hops=settings.proxy_hops,
    )
    page = build(
        store,
        Desk(store, operators, clock, teller),
        doorkeeper,
        sign_in,
        views,
        Ledger(pool),
        bell,
        board,
        session_secret=session_secret,
        secure=secure,
        routes=[
            holds_route(actions, lambda request: doorkeeper.require_key(request, "hold")),
            *channel_routes(settings, answered, links, clock),
            driver_pages.router(),
            *profile_routes(
                operators, producer, store, clock, lambda request: doorkeeper.require(request, "edit_profile")
            ),
        ],
    )
    drills = None
    if settings.drill_key is not None:
        drills = Course(
            DrillStore(pool),
            clock,
            url=settings.drill_ingest_url,
            api_key=settings.drill_key.get_secret_value(),
            allowed_s=settings.drill_allowed_s,
            settle_s=settings.drill_settle_s,
            alarm=Alarm(store, operators, clock, frozenset(channels.channels)),
        )
    consumer = Consumer(store, producer, operators, clock, teller)
    try:
        await serve.first_failure(
            operators.follow(kafka),
            listen(dsn, bell),
            _consume(kafka, consumer, operators),
            deliveries.run(),
            escalation.run(),
            Questions(store, teller, clock).run(),
            publish_feed(Outbox(pool, clock), feed_producer, bell),
            _tend(store, Aside(pool, clock)),
            Forgetting(store, clock).run(),
            _tend_accounts(people, guesses, views, phones, clock),
            views.run(),
            checkpoints.tend(pool, signer, clock),
            *([drills.run()] if drills is not None else []),
            serve.serve(page, host=settings.http_host, port=settings.notifier_port),
            serve.serve(
                Litestar(list(ops_routes(board)), openapi_config=None, logging_config=None),
                host=settings.http_host,
                port=settings.notifier_ops_port,
            ),
        )
    finally:
        await channels.close()
        await provider_http.aclose()
        if drills is not None:
            await drills.close()
        await stop(feed_producer)
        await stop(producer)
        await pool.close()


async def _consume(kafka: Broker, consumer: Consumer, operators: OperatorDirectory) -> None:
    """Alerts are made with their operators' profiles, so those are read first."""
    await operators.loaded.wait()
    source: AIOKafkaConsumer = await start_consumer(kafka, list(READS), group=SERVICE)
    try:
        await consume(source, consumer.handle, pause_s=_PAUSE_S)
    finally:
        await stop(source)


async def _tend(store: Store, aside: Aside) -> None:
    """Count what is open and what is set aside."""
    while True:
        try:
            await aside.tend()
            metrics.alerts_open.set(await store.count_unclosed())
        except UNAVAILABLE:
            pass
        await asyncio.sleep(15.0)


async def _tend_accounts(
    people: PeopleStore, guesses: GuessStore, views: ViewLog, phones: Subscriptions, clock: Clock
) -> None:
    """Forget sessions and guesses that count no more, looks of more than twelve months ago, and drivers' phones that
    were not seen for long."""
    while True:
        try:
            await phones.forget(clock.now())
            await people.forget(clock.now())
            await guesses.forget(clock.now())
            while await views.forget(clock.now()):
                pass
        except UNAVAILABLE:
            pass
        await asyncio.sleep(600.0)


def run() -> None:
    """The console script."""
    run_service(SERVICE, NotifierSettings, main)


if __name__ == "__main__":
    run()
