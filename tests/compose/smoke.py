"""What is asked of a running compose: up and healthy, a scam-shaped booking in, its alert out, all gone afterwards."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from typing import Any
from urllib.request import Request, urlopen

from tests.integration.events import scam

COMPOSE = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]
OPERATOR = "op-compose"


def compose(*arguments: str, quiet: bool = False) -> str:
    done = subprocess.run([*COMPOSE, *arguments], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode and not quiet:
        subprocess.run([*COMPOSE, "logs", "--tail", "30"], check=False)
        sys.exit(f"`docker compose {' '.join(arguments)}` failed: {done.stdout[-2000:]}")
    return done.stdout


def call(url: str, key: str, body: object = None) -> Any:
    request = Request(
        url,
        data=json.dumps(body).encode() if body is not None else None,
        headers={"authorization": f"Bearer {key}", "content-type": "application/json"},
    )
    with urlopen(request, timeout=10) as answer:
        return json.load(answer)


def pickupctl(*arguments: str) -> str:
    return compose("run", "--rm", "-T", "pickupctl", *arguments).strip().splitlines()[-1]


def main() -> None:
    compose("down", "-v", "--remove-orphans", quiet=True)
    try:
        # The services; the jobs they wait for come up, and end, with them.
        compose("up", "-d", "--no-build", "--pull", "never", "--wait", "booking-ingest", "risk-scorer", "notifier")
        api_key = pickupctl("keys", "create", OPERATOR)
        console_key = pickupctl("console", "key", "create", OPERATOR, "Compose desk")
        call("http://127.0.0.1:8080/v1/bookings/events", api_key, scam("compose-1"))
        ends = time.monotonic() + 30
        while not (alerts := call("http://127.0.0.1:8082/v1/alerts", console_key)["alerts"]):
            if time.monotonic() > ends:
                compose("logs", "--tail", "50", quiet=True)
                sys.exit("no alert came in 30 s")
            time.sleep(0.5)
        assert alerts[0]["booking_id"] == "compose-1", alerts
        assert alerts[0]["decision"] == "hold_recommended", alerts
        sys.stdout.write(f"· alert: {alerts[0]['headline']}\n")
    finally:
        compose("down", "-v", "--remove-orphans", quiet=True)


if __name__ == "__main__":
    main()
