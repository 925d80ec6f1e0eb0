"""The import rules hold, and would be seen broken."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_MEMBERS = {
    "pickup_contracts": "libs/pickup-contracts",
    "pickup_runtime": "libs/pickup-runtime",
    "booking_ingest": "services/booking-ingest",
    "risk_scorer": "services/risk-scorer",
    "notifier": "services/notifier",
    "pickupctl": "tools/pickupctl",
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """import-linter over the packages in `folder`, which stand before the installed ones."""
    code = (
        "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command; lint_imports_command()"
    )
    return subprocess.run(
        [sys.executable, "-c", code, "--config", str(ROOT / "pyproject.toml"), "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("module", "planted", "rule"),
    [
        ("notifier/feed.py", "import risk_scorer.merge", "Services never import each other"),
        ("pickup_contracts/topics.py", "import pickup_runtime.clock", "Tools over services"),
        ("risk_scorer/signals/item.py", "import asyncpg", "Pure rooms do no input or output"),
        ("risk_scorer/policy/compile.py", "import risk_scorer.store", "Pure rooms do no input or output"),
    ],
)
def test_a_planted_violation_is_found(tmp_path: Path, module: str, planted: str, rule: str) -> None:
    for package, member in _MEMBERS.items():
        shutil.copytree(ROOT / member / "src" / package, tmp_path / package)
    file = tmp_path / module
    file.write_text(file.read_text() + f"\n{planted}  # planted\n")
    found = lint(tmp_path)
    assert found.returncode == 1, found.stdout + found.stderr
    assert re.search(rf"{rule}.* BROKEN", found.stdout), found.stdout


def test_no_web_application_takes_the_logs_away() -> None:
    """Litestar puts handlers of its own at the root of `logging` unless it is told not to, and what libraries log would
    pass ours by: with whatever their errors say."""
    made = [
        (file, call)
        for member in _MEMBERS.values()
        for file in (ROOT / member / "src").rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Litestar"
    ]
    assert len(made) >= 4
    for file, call in made:
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        setting = given.get("logging_config")
        assert isinstance(setting, ast.Constant) and setting.value is None, file  # noqa: PT018


def test_kafkas_clients_are_made_in_one_place() -> None:
    """One that is made elsewhere would be without the password and the certificates that others have."""
    kinds = {"AIOKafkaConsumer", "AIOKafkaProducer", "AIOKafkaAdminClient"}
    made = {
        file.relative_to(ROOT).as_posix()
        for member in _MEMBERS.values()
        for file in (ROOT / member / "src").rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in kinds
    }
    assert made == {"libs/pickup-runtime/src/pickup_runtime/kafka.py"}
