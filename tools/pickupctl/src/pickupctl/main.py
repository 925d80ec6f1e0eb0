"""`pickupctl`: the command line."""

from __future__ import annotations

import sys

import typer

from pickupctl.commands.evaluate import EPILOG, evaluate
from pickupctl.errors import CommandFault

app = typer.Typer(
    help="Pickup Guard's command line: set it up, watch it, and see what it would decide.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command(epilog=EPILOG)(evaluate)


@app.callback()
def _main() -> None:
    """Pickup Guard's command line."""


def run() -> None:
    """The console script: what a person can mend is said in a sentence, without a traceback."""
    try:
        app()
    except CommandFault as error:
        sys.exit(f"pickupctl: {error}")


if __name__ == "__main__":
    run()
