"""A circuit breaker: a service that keeps failing is left alone for a while, then asked once. Pure."""

from __future__ import annotations


class Breaker:
    """Opens after `failures` in a row and stays open for `open_s` seconds, or as long as the service itself asks for;
    then one trial at a time goes through, and its success closes it. `now` is any clock in seconds that never runs
    back."""

    def __init__(self, *, failures: int, open_s: float) -> None:
        self._limit = failures
        self._open_s = open_s
        self._failed = 0
        self._open_until = 0.0
        self._trial_until = 0.0

    def allows(self, now: float) -> bool:
        """Whether a request may go out; a yes while the breaker is opening again is the one trial."""
        if now < self._open_until or now < self._trial_until:
            return False
        if self._failed >= self._limit:
            # A trial of which nothing is heard does not hold up the next one for ever.
            self._trial_until = now + self._open_s
        return True

    def succeeded(self) -> None:
        self._failed = 0
        self._open_until = self._trial_until = 0.0

    def failed(self, now: float, *, retry_after_s: float | None = None) -> None:
        """Count a failure. `retry_after_s` opens at once: the service has said when to come back."""
        self._failed += 1
        if retry_after_s is not None:
            self._failed = max(self._failed, self._limit)
        if self._failed >= self._limit:
            self._open_until = now + max(self._open_s, retry_after_s or 0.0)
            self._trial_until = 0.0

    def is_open(self, now: float) -> bool:
        return now < self._open_until
