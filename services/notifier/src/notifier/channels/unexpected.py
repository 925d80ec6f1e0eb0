"""What an error makes of an attempt. One that a channel did not foresee is logged without its message, which may hold
what was sent, and to whom."""

from __future__ import annotations

import traceback
from pathlib import Path

from notifier.channels.channel import Attempt
from notifier.errors import ForbiddenAddress, NoAnswer, SecretFault
from pickup_runtime import logs

_log = logs.get("channels")


def unexpected(channel: str, error: Exception) -> Attempt:
    """Log what kind of error it was and where it came from; the attempt is tried again."""
    frames = traceback.extract_tb(error.__traceback__)
    at = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else None
    _log.error("attempt_failed", channel=channel, error=type(error).__name__, at=at)
    return Attempt("try_again", type(error).__name__)


def ended_by(channel: str, error: Exception) -> Attempt:
    """An attempt that ended by an error: tried again where nobody answered or a secret can't be had, refused where the
    address may not be asked, and whatever else is unexpected."""
    if isinstance(error, (NoAnswer, SecretFault)):
        return Attempt("try_again", str(error))
    if isinstance(error, ForbiddenAddress):
        return Attempt("refused", str(error))
    return unexpected(channel, error)
