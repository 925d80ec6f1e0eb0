"""`pickupctl demo`: one command, and a warning within a minute."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.text import Text

from pickup_contracts.operator import OperatorProfile, Webhook
from pickupctl.commands import console as console_keys
from pickupctl.commands import keys, operator, secret
from pickupctl.demo.folder import held
from pickupctl.demo.office import Office
from pickupctl.demo.simulator import Simulator
from pickupctl.stack.local import LocalStack
from pickupctl.traffic.world import OPERATORS

_TITLES = {
    "pickup.alert.expired": ("Nobody took it on", "red"),
    "pickup.alert.unconfirmed": ("Command not confirmed", "red"),
    "pickup.alert.warning": ("Warning", "dark_orange"),
    "pickup.alert.recall": ("Recall", "magenta"),
    "pickup.alert.closed": ("Closed", "dim"),
}


def demo(
    folder: Annotated[Path, typer.Option(help="Where data, logs and secrets are kept.")] = Path(".pickup-guard/demo"),
    fresh: Annotated[bool, typer.Option(help="Start with nothing: what an earlier demo kept is deleted.")] = False,
    rate: Annotated[float, typer.Option(min=0.1, max=200, help="New ordinary bookings a second.")] = 1.0,
    seconds: Annotated[float | None, typer.Option(help="Stop by itself after so long.")] = None,
) -> None:
    """Start everything on this machine, send ordinary bookings and now and then a scam, and show the warnings.

    Ctrl-C stops all of it. The data is kept for the next time, unless that one is --fresh.
    """
    console = Console()
    with held(folder, fresh=fresh):
        _run(folder, console, rate, seconds)


def _run(folder: Path, console: Console, rate: float, seconds: float | None) -> None:
    stack = LocalStack(folder.resolve(), on_step=lambda step: console.print(f"[dim]·[/dim] {step}"), usual_ports=True)
    # Servers are stopped in order also when the terminal is closed or the process is told to end.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.default_int_handler)
    try:
        stack.start()
        _write_env(stack)
        asyncio.run(_show(stack, console, rate, seconds))
    except KeyboardInterrupt:
        pass
    finally:
        # A second Ctrl-C must not leave anything running.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        console.print("[dim]·[/dim] stopping everything")
        stack.stop()
        console.print("[dim]·[/dim] stopped; the data is kept")


class Board:
    """What the terminal shows: warnings as they come, and one line of figures below them."""

    def __init__(self, console: Console, page: str, key: str) -> None:
        self._console = console
        self._page = page
        self._key = key
        self._sent: Counter[int] = Counter()
        self._told: Counter[str] = Counter()

    def sent(self, status: int) -> None:
        self._sent[status] += 1

    def told(self, message: dict[str, Any]) -> None:
        """A signed webhook came: show it as a driver would get it."""
        kind, alert = message["type"], message["data"]
        if kind.startswith("pickup.command."):
            self._console.print(f"[dim]{alert['command']} of {alert['booking_id']} asked for[/dim]")
            return
        if kind == "pickup.alert.driver":
            # An address that is broken into lines can't be clicked or copied.
            self._console.print(f"[dim]driver of {alert['booking_id']}: {alert['driver_link']}[/dim]", soft_wrap=True)
            return
        title, style = _TITLES[kind]
        if kind == "pickup.alert.warning" and alert["decision"] == "hold_recommended":
            title, style = "Hold", "red"
        self._told[title] += 1
        if kind == "pickup.alert.closed":
            reason = alert["close_reason"].replace("_", " ")
            self._console.print(f"[dim]alert of {alert['booking_id']} closed: {reason}[/dim]")
            return
        why = [Text(f"  · {reason['title']}") for reason in alert["reasons"][:4] if reason["points"] >= 0]
        body = Group(Text(alert["driver_text"], style="bold"), Text("Why:", style="dim"), *why)
        name = f"{title} · {alert['operator_id']} · booking {alert['booking_id']}"
        self._console.print(Panel(body, title=name, title_align="left", border_style=style))

    def line(self) -> Text:
        """The figures, and where to look."""
        again = sum(count for status, count in self._sent.items() if status == 429 or status >= 500)
        refused = sum(count for status, count in self._sent.items() if status >= 300) - again
        told = ", ".join(f"{count} {title.lower()}" for title, count in self._told.items()) or "none yet"
        line = Text.assemble((f"{self._sent[202]} events taken", "bold"), f" · told: {told}")
        if again:
            line.append(f" · {again} times told to send again", "yellow")
        if refused:
            line.append(f" · {refused} refused", "red")
        line.append(f"\nPage: {self._page}   Key: {self._key}   Ctrl-C stops everything", "cyan")
        return line


async def _show(stack: LocalStack, console: Console, rate: float, seconds: float | None) -> None:
    os.environ.update(stack.env)
    secrets = {one.operator_id: secret.new_secret() for one in OPERATORS}
    api_keys = {one.operator_id: await keys.add(one.operator_id, "demo") for one in OPERATORS}
    page_key = await console_keys.add(OPERATORS[0].operator_id, "Demo desk")
    board = Board(console, stack.url("notifier"), page_key)
    office = Office(secrets, board.told)
    await office.start()
    for one in OPERATORS:
        await secret.put(one.operator_id, "webhook", secrets[one.operator_id])
        profile = OperatorProfile(
            operator_id=one.operator_id,
            name=one.name,
            time_zone="Europe/London",
            services=["courier" if one.kind == "courier" else "taxi"],
            webhook=Webhook(url=f"http://127.0.0.1:{office.port}/{one.operator_id}"),
        )
        await operator.publish(stack.env["PICKUP_KAFKA_BOOTSTRAP"], profile)
    console.print(f"\nThe dispatcher's page of {OPERATORS[0].name}: [bold]{stack.url('notifier')}[/bold]")
    console.print(f"Log in there with a console key: [bold]{page_key}[/bold]", soft_wrap=True)
    console.print(f"Commands against this stack: [bold]set -a; . {_env_file(stack)}; set +a[/bold]\n", soft_wrap=True)
    simulator = Simulator(
        stack.url("booking-ingest"), api_keys, per_s=rate, on_sent=board.sent, seed=int.from_bytes(os.urandom(4), "big")
    )
    running = asyncio.create_task(simulator.run())
    ends = asyncio.get_running_loop().time() + seconds if seconds is not None else None
    try:
        # A pipe or a log gets the warnings only; the moving line is for a terminal.
        if console.is_terminal:
            with Live(board.line(), console=console, refresh_per_second=4, redirect_stdout=False) as live:
                await _until(running, ends, lambda: live.update(board.line()))
        else:
            await _until(running, ends, lambda: None)
            console.print(board.line())
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await office.stop()


async def _until(running: asyncio.Task[None], ends: float | None, tick: Any) -> None:
    loop = asyncio.get_running_loop()
    while not running.done() and (ends is None or loop.time() < ends):
        tick()
        await asyncio.sleep(0.25)
    if running.done():
        running.result()


def _env_file(stack: LocalStack) -> Path:
    file = stack.folder / "env"
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file


def _write_env(stack: LocalStack) -> None:
    """The stack's settings, so that `pickupctl` commands reach it from another terminal; for its owner only."""
    file = stack.folder / "env"
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}={value}\n" for name, value in sorted(stack.env.items())))
