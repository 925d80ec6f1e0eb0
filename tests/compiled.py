"""The scorer as its image has it: built as a wheel with `PICKUP_COMPILE=1`, and unpacked into a folder of its own.

`python -m tests.compiled FOLDER` is what `make bench` calls; whoever puts the folder first on Python's path runs it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

_SCORER = Path(__file__).parents[1] / "services" / "risk-scorer"


def compile_into(folder: Path) -> str | None:
    """Make `folder` anew; returns why it can't be done, in a sentence, or `None` when it is."""
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as wheels:
        built = subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", wheels],
            cwd=_SCORER,
            env={**os.environ, "PICKUP_COMPILE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if built.returncode:
            return (built.stderr.strip().splitlines() or ["hatchling said nothing"])[-1]
        (wheel,) = Path(wheels).glob("*.whl")
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(folder)
    return None


def main() -> None:
    """Compile into the folder that is named, or say why not; neither is an error."""
    why_not = compile_into(Path(sys.argv[1]))
    if why_not is not None:
        sys.stderr.write(f"· measured as plain Python. {why_not}\n")


if __name__ == "__main__":
    main()
