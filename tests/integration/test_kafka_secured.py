"""Kafka with passwords and TLS: every client of ours gets in, and one that is refused says what to set."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from structlog.testing import capture_logs

from pickup_contracts import topics
from pickup_contracts.booking import booking_key
from pickup_contracts.topics import ASSESSMENTS, BOOKING_EVENTS
from pickup_runtime.broker import Broker, Protocol
from pickup_runtime.embedded.child import Child
from pickup_runtime.embedded.kafka import EmbeddedKafka
from pickup_runtime.embedded.ports import free_port
from pickup_runtime.embedded.postgres import EmbeddedPostgres
from pickup_runtime.errors import SettingsFault
from pickup_runtime.kafka import ensure_topics, new_consumer, start_consumer, start_producer, started
from pickup_runtime.operators import read_all
from pickup_runtime.settings import KafkaSettings
from pickup_runtime.testing.plugin import MakePool
from pickupctl.stack.local import ready

from . import secured
from .events import raw, scam
from .secured import Certificates


class Site:
    """The broker, its authority, and one that it does not know."""

    def __init__(self, kafka: EmbeddedKafka, ours: Certificates, theirs: Certificates) -> None:
        self.kafka = kafka
        self.ours = ours
        self.theirs = theirs
        self.client = ours.sign("client")

    def env(self, protocol: Protocol, mechanism: str | None = None, **more: Any) -> Mapping[str, str]:
        """What a process needs that gets in."""
        tls = protocol.endswith("SSL")
        given = {
            "mechanism": mechanism,
            "authority": self.ours.file if tls else None,
            "certificate": self.client if protocol == "SSL" else None,
            **more,
        }
        return secured.settings(self.kafka, protocol, **given)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("secured")
    ours, theirs = Certificates(folder, "ours"), Certificates(folder, "theirs")
    server = secured.broker(folder / "kafka", ours)
    server.start()
    asyncio.run(ensure_topics(server.bootstrap, topics.ALL))
    yield Site(server, ours, theirs)
    server.stop()


def described(env: Mapping[str, str]) -> Broker:
    """The broker as a service's settings describe it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        return KafkaSettings().broker()  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("protocol", "mechanism"),
    [
        ("SASL_PLAINTEXT", "PLAIN"),
        ("SASL_PLAINTEXT", "SCRAM-SHA-256"),
        ("SASL_SSL", "PLAIN"),
        ("SASL_SSL", "SCRAM-SHA-512"),
        ("SSL", None),
    ],
)
async def test_every_client_gets_in(site: Site, protocol: Protocol, mechanism: str | None) -> None:
    broker = described(site.env(protocol, mechanism))
    topic = topics.Topic(f"t-{uuid.uuid4().hex[:8]}", 1)
    assert await ensure_topics(broker, [topic]) == [topic.name]
    producer = await start_producer(broker)
    await producer.send_and_wait(topic.name, b"told")
    await producer.stop()
    consumer = await start_consumer(broker, [topic], group=topic.name)
    record = await asyncio.wait_for(consumer.getone(), 15)
    assert record.value == b"told"
    await consumer.stop()
    assert isinstance(await read_all(broker), list)


_NOT_LET_IN = "^PICKUP_KAFKA_SASL_USERNAME, PICKUP_KAFKA_SASL_PASSWORD: 127.0.0.1:[0-9]+ refuses them$"
_NOT_TRUSTED = "^PICKUP_KAFKA_CA_FILE: the certificate of 127.0.0.1:[0-9]+ is not trusted: "


@pytest.mark.parametrize(
    ("protocol", "mechanism", "password", "authority", "said"),
    [
        ("SASL_PLAINTEXT", "PLAIN", "no", None, _NOT_LET_IN),
        ("SASL_PLAINTEXT", "SCRAM-SHA-512", "no", None, _NOT_LET_IN),
        ("SASL_SSL", "SCRAM-SHA-256", "no", "ours", _NOT_LET_IN),
        ("SASL_SSL", "PLAIN", secured.PASSWORD, "theirs", _NOT_TRUSTED),
        ("SASL_SSL", "PLAIN", secured.PASSWORD, None, _NOT_TRUSTED),
        ("SSL", None, "", "theirs", _NOT_TRUSTED),
    ],
)
async def test_who_is_refused_says_what_to_set(
    site: Site, protocol: Protocol, mechanism: str | None, password: str, authority: str | None, said: str
) -> None:
    file = getattr(site, authority).file if authority is not None else None
    await refused(described(site.env(protocol, mechanism, password=password, authority=file)), said)


async def refused(broker: Broker, said: str) -> None:
    """The same is said of a client that waits for the broker and of one that does not."""
    async with asyncio.timeout(30):
        with pytest.raises(SettingsFault, match=said):
            await start_producer(broker)
        consumer = new_consumer(broker)
        with pytest.raises(SettingsFault, match=said):
            await started(consumer, broker)
        await consumer.stop()


async def test_what_is_no_broker_and_what_hangs_up(site: Site) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ready\r\n")
        await writer.drain()
        writer.close()

    mail = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = mail.sockets[0].getsockname()[1]
    env = {**site.env("SSL"), "PICKUP_KAFKA_BOOTSTRAP": f"127.0.0.1:{port}"}
    await refused(described(env), f"^PICKUP_KAFKA_SECURITY_PROTOCOL=SSL: no TLS with 127.0.0.1:{port} ")
    mail.close()
    await mail.wait_closed()
    # A broker that restarts hangs up, too: whoever waits for it goes on waiting, and says how it speaks.
    with capture_logs() as logged:
        waiting = asyncio.create_task(start_producer(described(site.env("SSL", certificate=None))))
        await asyncio.sleep(1.0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert {(line["event"], line["protocol"]) for line in logged} == {("broker_unavailable", "SSL")}


def test_the_command_line_gets_in_and_says_why_not(site: Site) -> None:
    def operators_of(env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pickupctl.main", "operator", "list"],
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    done = operators_of(site.env("SASL_SSL", "SCRAM-SHA-512"))
    assert done.returncode == 0, done.stderr
    turned_away = operators_of(site.env("SASL_SSL", "SCRAM-SHA-512", password="no"))
    assert turned_away.returncode == 2
    assert turned_away.stderr.startswith("pickupctl: PICKUP_KAFKA_SASL_USERNAME, PICKUP_KAFKA_SASL_PASSWORD: ")
    unset = operators_of({**site.env("SASL_SSL", "PLAIN"), "PICKUP_KAFKA_SASL_PASSWORD": ""})
    assert unset.returncode == 2
    assert "PICKUP_KAFKA_SASL_PASSWORD is not set" in unset.stderr


@pytest.mark.parametrize(("protocol", "mechanism"), [("SASL_SSL", "SCRAM-SHA-256"), ("SSL", None)])
async def test_the_scorer_works_over_it(
    site: Site,
    protocol: Protocol,
    mechanism: str | None,
    database: MakePool,
    postgres: EmbeddedPostgres,
    operator_id: str,
    tmp_path: Path,
) -> None:
    pool = await database("risk_scorer", "scorer")
    port = free_port()
    env = {
        **os.environ,
        **site.env(protocol, mechanism),
        "PICKUP_SCORER_DSN": postgres.dsn(await pool.fetchval("select current_database()"), "pickup_scorer"),
        "PICKUP_ENTITY_KEY": "1" * 64,
        "PICKUP_SHARED_KEY": "2" * 64,
        "PICKUP_SCORER_PORT": str(port),
    }
    scorer = Child("risk-scorer", tmp_path / "scorer.log")
    scorer.start([sys.executable, "-m", "risk_scorer.main"], env=env)
    try:
        await asyncio.to_thread(scorer.wait_until, lambda: ready(port), timeout_s=60)
        broker = described(site.env(protocol, mechanism))
        reader = new_consumer(broker)
        await started(reader, broker)
        partitions = [TopicPartition(ASSESSMENTS.name, index) for index in range(ASSESSMENTS.partitions)]
        reader.assign(partitions)
        for partition, offset in (await reader.end_offsets(partitions)).items():
            reader.seek(partition, offset)
        producer = await start_producer(broker)
        key = booking_key(operator_id, "b-1")
        await producer.send_and_wait(
            BOOKING_EVENTS.name, raw({**scam("b-1"), "operator_id": operator_id}), key=key, headers=[]
        )
        async with asyncio.timeout(30):
            while (assessment := await reader.getone()).key != key:
                pass
        assert b"hold_recommended" in assessment.value
        await producer.stop()
        await reader.stop()
    finally:
        scorer.stop()
    log = (tmp_path / "scorer.log").read_text()
    assert secured.PASSWORD not in log
