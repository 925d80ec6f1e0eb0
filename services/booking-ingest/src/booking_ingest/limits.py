"""How much one caller may send, and how much may wait here. Pure: no caller makes this process grow without end."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

#: One, but for what adding up parts of seconds loses.
_WHOLE = 1.0 - 1e-9


class Buckets:
    """A token bucket for each name: `burst` at once, refilled with `rate_per_s`. Of more than `most` names, the one
    that was not heard of for longest is forgotten, which fills its bucket. A rate of 0 is no limit."""

    def __init__(
        self, rate_per_s: float, burst: int, *, most: int = 10_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate_per_s
        self._burst = float(burst)
        self._most = most
        self._clock = clock
        #: What is left, and when that was so.
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    @property
    def names(self) -> int:
        """How many are remembered."""
        return len(self._left)

    def take(self, name: str) -> float:
        """Take one and return 0; where there is none, the seconds until there is one."""
        now = self._clock()
        left = self._now_left(name, now)
        wait_s = self._missing(left)
        if self._rate:
            self._left[name] = (left if wait_s else left - 1.0, now)
            self._left.move_to_end(name)
            if len(self._left) > self._most:
                self._left.popitem(last=False)
        return wait_s

    def give_back(self, name: str) -> None:
        """Undo a `take`."""
        if name in self._left:
            left, at = self._left[name]
            self._left[name] = (min(self._burst, left + 1.0), at)

    def _now_left(self, name: str, now: float) -> float:
        left, at = self._left.get(name, (self._burst, now))
        return min(self._burst, left + (now - at) * self._rate)

    def _missing(self, left: float) -> float:
        return (1.0 - left) / self._rate if self._rate and left < _WHOLE else 0.0


class Room:
    """Bytes that may wait here at once."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.taken = 0

    def enter(self, size: int) -> bool:
        """Whether there is room for `size` more; it is taken then."""
        if self.taken + size > self._size:
            return False
        self.taken += size
        return True

    def leave(self, size: int) -> None:
        self.taken -= size
