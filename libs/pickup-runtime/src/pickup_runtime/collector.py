"""The garbage collector of a process that works in batches."""

from __future__ import annotations

import gc


def calm() -> None:
    """Let it look less often, and never again at what is there now.

    A batch makes some hundred thousand objects that reference counting frees by itself; at Python's own thresholds
    the collector walked all of them, and every rule and phrase, hundreds of times a second: a fifth of the scorer's
    time (see docs/benchmarks.md).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)
