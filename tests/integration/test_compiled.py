"""The compiled scorer answers as the Python that it was made of: its own tests, run against what the image has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.compiled import compile_into

_ROOT = Path(__file__).parents[2]
_HELD_TO = (
    "services/risk-scorer/tests",
    "tests/integration/test_history_oracle.py",
    "tests/integration/test_scorer.py",
    "tests/integration/reassess",
)


@pytest.mark.timeout(600)
def test_what_is_compiled_passes_the_tests_of_what_is_not(tmp_path: Path) -> None:
    why_not = compile_into(tmp_path / "compiled")
    if why_not is not None and "needs a C compiler" in why_not:
        pytest.skip(why_not)
    assert why_not is None
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "compiled")}
    env.pop("PYTEST_CURRENT_TEST", None)

    where = "import risk_scorer.judging as one, risk_scorer.signals.item as two; print(one.__file__, two.__file__)"
    found = subprocess.run([sys.executable, "-c", where], env=env, capture_output=True, text=True, check=True)
    assert [Path(one).suffix for one in found.stdout.split()] == [".so", ".so"]

    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--durations=0", *_HELD_TO]
    ran = subprocess.run(tests, cwd=_ROOT, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-4000:]
