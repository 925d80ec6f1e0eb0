"""Build the images, bring compose up, see a warning, tear it down. Says in a word when there is no container engine.

On a machine without one, PICKUP_CONTAINER_ENGINE may name a program that provides one: it is called as
`ENGINE build -- COMMAND …` and `ENGINE run -- COMMAND …`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
IMAGES = {
    "pickup-guard/pickupctl": "tools/pickupctl/Dockerfile",
    "pickup-guard/booking-ingest": "services/booking-ingest/Dockerfile",
    "pickup-guard/risk-scorer": "services/risk-scorer/Dockerfile",
    "pickup-guard/notifier": "services/notifier/Dockerfile",
}


def say(text: str) -> None:
    sys.stdout.write(f"· {text}\n")
    sys.stdout.flush()


def engine(purpose: str) -> list[str] | None:
    """What to put before a command so that it has an engine; `None` when there is none."""
    named = os.environ.get("PICKUP_CONTAINER_ENGINE")
    if named:
        return [named, purpose, "--"]
    if shutil.which("docker") and subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0:
        return []
    return None


def run(purpose: str, script: str) -> None:
    prefix = engine(purpose)
    assert prefix is not None
    subprocess.run([*prefix, "bash", "-euc", script], cwd=ROOT, check=True)


def main() -> None:
    """Exit status 0 when the warning was seen, or when there is no engine."""
    if engine("build") is None:
        say("skipped: no container engine answers (`docker info`)")
        return
    started = time.monotonic()
    for image in IMAGES:
        say(f"building {image}")
    builds = [f"docker build -q --network=host -t {image} -f {file} ." for image, file in IMAGES.items()]
    lint = 'if command -v hadolint >/dev/null; then hadolint --failure-threshold error "$@"; fi'
    files = " ".join(IMAGES.values())
    run("build", f"lint() {{ {lint}; }}; lint {files}; {'; '.join(builds)}")
    say(f"built in {time.monotonic() - started:.0f} s; bringing compose up")
    run("run", f"exec {sys.executable} -m tests.compose.smoke")
    say(f"a scam-shaped booking became an alert; everything torn down, {time.monotonic() - started:.0f} s in all")


if __name__ == "__main__":
    main()
