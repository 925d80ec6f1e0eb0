"""An error that a channel did not foresee: logged without its message, which may hold what was sent, and to whom."""

from __future__ import annotations

import traceback
from pathlib import Path

from notifier.channels.channel import Attempt
from pickup_runtime import logs

_log = logs.get("channels")


def unexpected(channel: str, error: Exception) -> Attempt:
    """Log what kind of error it was and where it came from; the attempt is tried again."""
    frames = traceback.extract_tb(error.__traceback__)
    at = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else None
    _log.error("attempt_failed", channel=channel, error=type(error).__name__, at=at)
    return Attempt("try_again", type(error).__name__)
