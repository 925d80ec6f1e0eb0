"""A local stack: what it starts, in order, and what it stops, in the other order."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from urllib.error import URLError
from urllib.request import urlopen

from msgspec import Struct

from pickup_contracts import topics
from pickup_runtime.embedded.child import Child
from pickup_runtime.embedded.kafka import EmbeddedKafka
from pickup_runtime.embedded.ports import free_port, port_is_free
from pickup_runtime.embedded.postgres import EmbeddedPostgres
from pickup_runtime.kafka import ensure_topics
from pickupctl.stack.schemas import SCHEMAS, bring_up_to_date
from pickupctl.stack.secrets import ensure

Step = Callable[[str], None]


class Service(Struct, frozen=True):
    """One service as a process: its module, and the setting and wish for its port, and for that of its metrics where
    they have one of their own."""

    name: str
    module: str
    port_setting: str
    port: int
    ops_setting: str | None = None
    ops_port: int = 0


SERVICES = (
    Service("booking-ingest", "booking_ingest.main", "PICKUP_INGEST_PORT", 8080),
    Service("risk-scorer", "risk_scorer.main", "PICKUP_SCORER_PORT", 8081),
    Service("notifier", "notifier.main", "PICKUP_NOTIFIER_PORT", 8082, "PICKUP_NOTIFIER_OPS_PORT", 8083),
)
_RESTART_AFTER_S = 0.5


class LocalStack:
    """Everything over one folder. Stopped and started again it has its data. `postgres` are settings of that server."""

    def __init__(
        self,
        folder: Path,
        *,
        on_step: Step | None = None,
        throwaway: bool = False,
        usual_ports: bool = False,
        postgres: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self._say = on_step or (lambda _: None)
        self._usual_ports = usual_ports
        self.kafka = EmbeddedKafka(folder, port=self._port("Kafka", 19092), on_step=on_step)
        self.postgres = EmbeddedPostgres(
            folder,
            port=self._port("PostgreSQL", 15432),
            throwaway=throwaway,
            on_step=on_step,
            settings=postgres,
        )
        self.children = {service.name: Child(service.name, folder / f"{service.name}.log") for service in SERVICES}
        self.ports: dict[str, int] = {}
        self.env: dict[str, str] = {}
        self._wanted: set[str] = set()
        self._supervisor: threading.Thread | None = None
        self._ending = threading.Event()
        self._lock = threading.Lock()

    def start(self, services: Iterable[str] | None = None) -> None:
        """Start servers, topics, schemas and services, and wait until the services are ready.

        Raises:
            EmbeddedFault: a server could not be had; the message says what to do.
        """
        self.start_servers()
        self.start_services([service.name for service in SERVICES] if services is None else list(services))

    def start_servers(self) -> None:
        """Broker and database, with topics and schemas."""
        self.folder.mkdir(parents=True, exist_ok=True)
        secrets = ensure(self.folder / "secrets")
        bootstrap = self.kafka.start()
        self.postgres.start()
        self._say("making topics")
        asyncio.run(ensure_topics(bootstrap, topics.ALL))
        self._say("running migrations")
        dsns = {schema.name: self.postgres.dsn(user=schema.role) for schema in SCHEMAS}
        passwords = {schema.name: secrets[f"PICKUP_{schema.name.upper()}_PASSWORD"] for schema in SCHEMAS}
        asyncio.run(bring_up_to_date(self.postgres.dsn(), dsns, passwords))
        for service in SERVICES:
            self.ports[service.name] = self._port(service.name, service.port) or free_port()
            if service.ops_setting is not None:
                self.ports[service.ops_setting] = (
                    self._port(f"{service.name}'s metrics", service.ops_port) or free_port()
                )
        self.env = {
            "PICKUP_KAFKA_BOOTSTRAP": bootstrap,
            "PICKUP_ADMIN_DSN": self.postgres.dsn(),
            **{f"PICKUP_{schema.upper()}_DSN": dsn for schema, dsn in dsns.items()},
            **{service.port_setting: str(self.ports[service.name]) for service in SERVICES},
            **{one.ops_setting: str(self.ports[one.ops_setting]) for one in SERVICES if one.ops_setting is not None},
            **secrets,
            "PICKUP_PUBLIC_URL": self.url("notifier"),
            "PICKUP_WEBHOOK_ALLOW_PRIVATE": "true",
        }

    def start_services(self, names: Iterable[str]) -> None:
        """Start services and wait until each says that it is ready; one that dies is started again."""
        chosen = list(names)
        for name in chosen:
            self._say(f"starting {name} on port {self.ports[name]}")
            self._launch(name)
        if self._supervisor is None:
            self._supervisor = threading.Thread(target=self._supervise, daemon=True)
            self._supervisor.start()
        for name in chosen:
            self._say(f"waiting for {name}")
            port = self.ports[name]
            self.children[name].wait_until(lambda port=port: ready(port), timeout_s=60)  # type: ignore[misc]

    def kill_service(self, name: str) -> None:
        """SIGKILL; the supervisor starts it again."""
        self.children[name].kill()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def metrics_url(self, name: str) -> str:
        """Where a service says what it counts."""
        service = next(one for one in SERVICES if one.name == name)
        return f"http://127.0.0.1:{self.ports[service.ops_setting or name]}/metrics"

    def stop(self) -> None:
        """Stop what was started, services first."""
        self._ending.set()
        if self._supervisor is not None:
            self._supervisor.join(timeout=10)
            self._supervisor = None
        for child in reversed(list(self.children.values())):
            child.stop()
        self.kafka.stop()
        self.postgres.stop()
        self._ending.clear()
        self._wanted.clear()

    def __enter__(self) -> LocalStack:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _port(self, what: str, usual: int) -> int | None:
        """The usual port when it is wanted and free, else none in particular."""
        if not self._usual_ports:
            return None
        if port_is_free(usual):
            return usual
        self._say(f"port {usual} is taken: {what} gets another one")
        return None

    def _launch(self, name: str) -> None:
        service = next(service for service in SERVICES if service.name == name)
        with self._lock:
            if not self._ending.is_set():
                self.children[name].start([sys.executable, "-m", service.module], env={**os.environ, **self.env})
                self._wanted.add(name)

    def _supervise(self) -> None:
        """As a container engine would: what ends by itself is started again."""
        away: set[str] = set()
        while not self._ending.wait(0.2):
            for what, server in (("Kafka", self.kafka), ("PostgreSQL", self.postgres)):
                if server.running:
                    away.discard(what)
                elif what not in away:
                    away.add(what)
                    self._say(f"{what} has ended, and nothing works without it: stop all of this and start it again")
            for name in list(self._wanted):
                if not self.children[name].running:
                    self._say(f"{name} has ended and is started again; why stands in {self.children[name].log}")
                    time.sleep(_RESTART_AFTER_S)
                    if not self._ending.is_set():
                        self._launch(name)


def ready(port: int) -> bool:
    """Whether the service there answers that it is ready."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
