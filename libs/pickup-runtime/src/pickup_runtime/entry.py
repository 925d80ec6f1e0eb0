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
    """Run `main` until it is told to stop. Exit status 2 with the settings' names when some are missing."""
    try:
        settings = settings_of(_secrets_dir=os.environ.get(SECRETS_DIR))  # type: ignore[call-arg]
    except ValidationError as error:
        _say(service, "; ".join(f"PICKUP_{_name(part['loc'])}: {part['msg'].lower()}" for part in error.errors()))
    try:
        logs.configure(service, level=settings.log_level, form=settings.log_format)
        serve.run(main(settings))
    except SettingsFault as error:
        _say(service, str(error))


def _name(path: tuple[int | str, ...]) -> str:
    return "_".join(map(str, path)).upper()


def _say(service: str, sentence: str) -> None:
    sys.stderr.write(f"{service}: {sentence}\n")
    raise SystemExit(2)
