"""A server process that never outlives its parent, and is out of reach of the terminal's Ctrl-C."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pickup_runtime.embedded.errors import DidNotStart

_PR_SET_PDEATHSIG = 1


class Child:
    """One process: started, watched until it answers, stopped or killed."""

    def __init__(self, name: str, log: Path) -> None:
        self.name = name
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(
        self,
        command: Sequence[str],
        *,
        env: dict[str, str] | None = None,
        user: str | None = None,
        on_parent_death: signal.Signals = signal.SIGKILL,
    ) -> None:
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=env,
                user=user,
                start_new_session=True,
                preexec_fn=_dies_with_parent(on_parent_death),
            )

    def wait_until(self, ready: Callable[[], bool], *, timeout_s: float) -> None:
        """Wait for the server to answer.

        Raises:
            DidNotStart: it ended, or did not answer in time.
        """
        deadline = time.monotonic() + timeout_s
        while not ready():
            if not self.running:
                raise DidNotStart(f"{self.name} ended while starting; its log says:\n{self.last_words()}")
            if time.monotonic() > deadline:
                raise DidNotStart(
                    f"{self.name} did not answer in {timeout_s:.0f} s; its log says:\n{self.last_words()}"
                )
            time.sleep(0.05)

    def last_words(self, lines: int = 12) -> str:
        """The end of its log."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def stop(self, how: signal.Signals = signal.SIGTERM, *, timeout_s: float = 15.0) -> None:
        """Ask it to end, and kill it when it does not."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def _dies_with_parent(how: signal.Signals) -> Callable[[], None] | None:
    """On Linux the kernel signals the child when the thread that started it ends, however it ends."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def prepare() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(how))
        if os.getppid() != parent:
            os._exit(1)

    return prepare
