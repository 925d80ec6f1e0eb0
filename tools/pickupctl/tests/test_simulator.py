"""The demo's dispatch systems send as the documents ask every system to."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from pickupctl.demo.simulator import Simulator


class Ingest:
    """Answers in turn with what it is given, and keeps what came."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.got: list[Any] = []

    async def take(self, request: web.Request) -> web.Response:
        self.got.append(await request.json())
        return web.Response(status=self.statuses.pop(0), headers={"Retry-After": "0"})


async def test_what_was_refused_for_a_moment_is_sent_again_until_it_is_taken() -> None:
    ingest, sent = Ingest(429, 503, 429, 202), list[int]()
    app = web.Application()
    app.router.add_post("/v1/bookings/events", ingest.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    simulator = Simulator(url, {"op-a": "pg_x_y"}, per_s=1.0, on_sent=sent.append, seed=1)
    await simulator._post("op-a", {"event_id": "e-1"})
    assert sent == [429, 503, 429, 202]
    assert ingest.got == [{"event_id": "e-1"}] * 4
    ingest.statuses = [422]
    await simulator._post("op-a", {"event_id": "e-2"})
    assert sent[4:] == [422], "what is wrong is not sent again"
    await simulator._client.aclose()
    await runner.cleanup()
