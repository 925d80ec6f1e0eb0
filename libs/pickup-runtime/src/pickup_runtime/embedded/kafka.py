"""One Kafka broker on loopback: Apache Kafka 4.1 in KRaft mode, from the jars that Maven fetches once."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from pickup_runtime.broker import Protocol
from pickup_runtime.embedded.child import Child
from pickup_runtime.embedded.errors import DidNotStart, MissingTool
from pickup_runtime.embedded.ports import answers, free_port

VERSION = "4.1.0"
_JAVA = (
    "Java 17 or newer is needed for the embedded Kafka: install it, "
    "for example with `apt-get install openjdk-17-jre-headless`."
)
_MAVEN = "Maven is needed once, to fetch Kafka's jars: install it, for example with `apt-get install maven`."

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners={listeners},CONTROLLER://127.0.0.1:{controller}
advertised.listeners={listeners}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,{protocols}
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=5
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=16777216
"""

Step = Callable[[str], None]


class EmbeddedKafka:
    """A broker over one data folder. Stopped and started again it has its data, on the same port.

    `also` are protocols that it speaks beside PLAINTEXT, each on a port of its own, as `properties`, Kafka's own, say.
    `scram` are users and passwords, known from the first start on.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        on_step: Step | None = None,
        also: Sequence[Protocol] = (),
        properties: Mapping[str, str] | None = None,
        scram: Mapping[str, str] | None = None,
    ) -> None:
        self._folder = folder
        self._port = port
        self._ports: dict[Protocol, int | None] = dict.fromkeys(also)
        self._properties = dict(properties or {})
        self._scram = dict(scram or {})
        self._say = on_step or (lambda _: None)
        self._child = Child("Kafka", folder / "kafka.log")

    @property
    def bootstrap(self) -> str:
        """`host:port`, once it has been started."""
        return f"127.0.0.1:{self._port}"

    def address(self, protocol: Protocol) -> str:
        """`host:port` for one of the other protocols, once it has been started."""
        return f"127.0.0.1:{self._ports[protocol]}"

    @property
    def running(self) -> bool:
        return self._child.running

    def start(self) -> str:
        """Start and wait until it answers; returns the bootstrap address.

        Raises:
            MissingTool: no Java or, the first time, no Maven.
            DidNotStart: quoting its log.
        """
        java = require_java()
        jars = fetch_jars(self._say)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._port = free_port(self._port)
        config = self._folder / "server.properties"
        data = self._folder / "kafka-data"
        config.write_text(self._described(data))
        base = [java, f"-Dlog4j2.configurationFile={_embedded_folder() / 'log4j2.yaml'}", "-cp", f"{jars}/*"]
        if not (data / "meta.properties").exists():
            self._say("formatting Kafka's storage")
            self._format(base, config)
        self._say(f"starting Kafka {VERSION} on port {self._port}")
        heap = ["-Xmx512m", "-Xms256m", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:TieredStopAtLevel=1"]
        self._child.start([base[0], *heap, *base[1:], "kafka.Kafka", str(config)])
        port = self._port
        self._child.wait_until(lambda: answers(port), timeout_s=60)
        return self.bootstrap

    def _described(self, data: Path) -> str:
        """Its server.properties."""
        self._ports = {protocol: free_port(port) for protocol, port in self._ports.items()}
        ports = {"PLAINTEXT": self._port, **self._ports}
        text = _PROPERTIES.format(
            listeners=",".join(f"{protocol}://127.0.0.1:{port}" for protocol, port in ports.items()),
            protocols=",".join(f"{protocol}:{protocol}" for protocol in ports),
            controller=free_port(),
            data=data,
        )
        return text + "".join(f"{name}={value}\n" for name, value in self._properties.items())

    def stop(self) -> None:
        """A clean stop; the data stays."""
        self._child.stop(timeout_s=20)

    def kill(self) -> None:
        """As if the power went."""
        self._child.kill()

    def restart(self) -> None:
        """Stop and start on the same port with the same data."""
        self.stop()
        self.start()

    def __enter__(self) -> EmbeddedKafka:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _format(self, base: list[str], config: Path) -> None:
        cluster = uuid.uuid4().hex[:22]
        users = [
            argument
            for user, password in self._scram.items()
            for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
            for argument in ("--add-scram", f"{mechanism}=[name={user},password={password}]")
        ]
        done = subprocess.run(
            [*base, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(config), *users],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise DidNotStart(f"Kafka's storage could not be formatted:\n{(done.stderr or done.stdout)[-1500:]}")


def require_java() -> str:
    """The path of a Java that is new enough.

    Raises:
        MissingTool: there is none.
    """
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java") or (str(Path(home) / "bin" / "java") if home else None)
    if java is None:
        raise MissingTool(_JAVA)
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    except OSError:
        raise MissingTool(_JAVA) from None
    found = re.search(r'version "(\d+)', told.stderr + told.stdout)
    if found is None or int(found[1]) < 17:
        raise MissingTool(_JAVA)
    return java


def fetch_jars(say: Step) -> Path:
    """The folder with Kafka's jars; fetched by Maven the first time, whole or not at all."""
    cache = Path(os.environ.get("PICKUP_CACHE", Path.home() / ".cache" / "pickup-guard"))
    jars = cache / f"kafka-{VERSION}"
    if jars.exists():
        return jars
    maven = shutil.which("mvn")
    if maven is None:
        raise MissingTool(_MAVEN)
    say(f"fetching Kafka {VERSION} (43 MB, once)")
    cache.mkdir(parents=True, exist_ok=True)
    landing = Path(tempfile.mkdtemp(prefix="kafka-", dir=cache))
    done = subprocess.run(
        [
            maven,
            "-q",
            "-B",
            "-f",
            str(_embedded_folder() / "pom.xml"),
            "dependency:copy-dependencies",
            f"-DoutputDirectory={landing}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        shutil.rmtree(landing, ignore_errors=True)
        raise DidNotStart(f"Maven could not fetch Kafka's jars:\n{(done.stdout + done.stderr)[-1500:]}")
    try:
        landing.rename(jars)
    except OSError:
        # Another process was first; its jars are the same.
        shutil.rmtree(landing, ignore_errors=True)
    return jars


def _embedded_folder() -> Path:
    """`deploy/embedded` of the checkout."""
    for parent in Path(__file__).resolve().parents:
        folder = parent / "deploy" / "embedded"
        if (folder / "pom.xml").exists():
            return folder
    raise DidNotStart("deploy/embedded/pom.xml was not found: the embedded broker runs from a checkout only")
