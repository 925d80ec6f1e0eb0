"""A service that is started where another listens ends with a sentence, instead of taking a part of its requests."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from pickup_runtime import serve
from pickup_runtime.entry import run_service
from pickup_runtime.errors import SettingsFault
from pickup_runtime.settings import RuntimeSettings


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which a server listens that would share it, as ours do."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_taken_port_is_said(taken: int) -> None:
    for host in ("127.0.0.1", "0.0.0.0"):
        with pytest.raises(SettingsFault, match=f"^PICKUP_X_PORT: something listens on port {taken} already"):
            serve.claim(PICKUP_X_PORT=(host, taken))


def test_a_port_that_was_left_is_free_at_once_even_with_connections_that_close(taken: int) -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            accepted, _ = server.accept()
            # Closed on this side first: the address waits for what may still come.
            accepted.close()
    for _ in range(2):
        serve.claim(PICKUP_X_PORT=("127.0.0.1", port))


def test_two_settings_that_name_one_port_are_said_whatever_listens_there(taken: int) -> None:
    with pytest.raises(SettingsFault, match=f"^PICKUP_B: port {taken} is PICKUP_A's already"):
        serve.claim(PICKUP_A=("127.0.0.1", taken), PICKUP_B=("127.0.0.1", taken))


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_that_is_not_this_machines_is_said(host: str) -> None:
    with pytest.raises(SettingsFault, match=f"^PICKUP_X_PORT: port 8080 of {host} can't be had: "):
        serve.claim(PICKUP_X_PORT=(host, 8080))


def test_the_process_ends_with_the_sentence(
    taken: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["made-up"])
    # The other tests' logs are not to go where this one's are captured.
    monkeypatch.setattr("pickup_runtime.logs.configure", lambda *_, **__: None)

    async def main(_: Any) -> None:
        serve.claim(PICKUP_X_PORT=("127.0.0.1", taken))
        raise AssertionError("it went on")

    with pytest.raises(SystemExit) as ended:
        run_service("made-up", RuntimeSettings, main)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said == (
        f"made-up: PICKUP_X_PORT: something listens on port {taken} already, perhaps another process of this service\n"
    )
