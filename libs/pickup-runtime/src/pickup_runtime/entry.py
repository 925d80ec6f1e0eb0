"""How every service starts: settings read, logs set up, its main run; what a person can mend said in a sentence."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from pydantic import ValidationError

from pickup_runtime import logs, serve
from pickup_runtime.errors import SettingsFault
from pickup_runtime.settings import RuntimeSettings

#: A folder of files, each named like a setting in lower case, as container engines mount secrets.
SECRETS_DIR = "PICKUP_SECRETS_DIR"

S = TypeVar("S", bound=RuntimeSettings)


def run_service(service: str, settings_of: type[S], main: Callable[[S], Coroutine[Any, Any, None]]) -> None:
    """Run `main` until it is told to stop. Exit status 2 with the settings' names when some are missing. There are no
    arguments; `--help` lists the settings."""
    if asked := sys.argv[1:]:
        if asked[0] not in ("-h", "--help"):
            _say(service, "takes no arguments; --help lists its settings, which come from the environment")
        sys.stdout.write(_described(service, settings_of))
        return
    try:
        settings = settings_of(_secrets_dir=os.environ.get(SECRETS_DIR))  # type: ignore[call-arg]
    except ValidationError as error:
        _say(service, "; ".join(faults(error)))
    try:
        logs.configure(service, level=settings.log_level, form=settings.log_format)
        serve.run(main(settings))
    except SettingsFault as error:
        _say(service, str(error))


def faults(error: ValidationError) -> list[str]:
    """What is wrong with settings, each with its name."""
    return [f"PICKUP_{_name(part['loc'])}: {_lowered(part['msg'])}" for part in error.errors()]


def _described(service: str, settings_of: type[RuntimeSettings]) -> str:
    """Every setting with what it is for, and what it is when it is not set."""
    lines = [f"{service} takes its settings from the environment, or from files in {SECRETS_DIR}:"]
    for name, field in settings_of.model_fields.items():
        unset = "needed" if field.is_required() else "not set" if field.default is None else field.default
        what = f"  {field.description}" if field.description else ""
        lines.append(f"  PICKUP_{name.upper()} ({unset}){what}")
    return "\n".join(lines) + "\n"


def _lowered(sentence: str) -> str:
    """A sentence to stand after a colon. What it quotes stays as it is: 'DEBUG' is a level, 'debug' is none."""
    return sentence[:1].lower() + sentence[1:]


def _name(path: tuple[int | str, ...]) -> str:
    return "_".join(map(str, path)).upper()


def _say(service: str, sentence: str) -> None:
    sys.stderr.write(f"{service}: {sentence}\n")
    raise SystemExit(2)
