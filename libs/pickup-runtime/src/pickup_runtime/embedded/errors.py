"""Why an embedded server could not be had.

EmbeddedFault
├── MissingTool     Java or Maven is not there or too old; says what to install
└── DidNotStart     the server ended or did not answer in time; quotes its log
"""

from __future__ import annotations

from pickup_runtime.errors import RuntimeFault


class EmbeddedFault(RuntimeFault):
    """An embedded server could not be had."""


class MissingTool(EmbeddedFault):
    """A program that is needed is not installed."""


class DidNotStart(EmbeddedFault):
    """A server did not come up."""
