"""`pickupctl`: the command line."""

from __future__ import annotations

import logging
import sys

import typer

from pickup_runtime import logs
from pickup_runtime.errors import RuntimeFault
from pickupctl.commands import audit, console, dlq, drill, evidence, keys, learn, operator, secret
from pickupctl.commands.evaluate import EPILOG, evaluate
from pickupctl.commands.explain import EPILOG as EXPLAIN_EPILOG
from pickupctl.commands.explain import explain
from pickupctl.commands.setup import migrate, topics
from pickupctl.commands.traffic import traffic
from pickupctl.demo.command import demo
from pickupctl.errors import CommandFault
from pickupctl.policy import command as policy

app = typer.Typer(
    help="Pickup Guard's command line: set it up, watch it, and see what it would decide.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command()(demo)
app.command(epilog=EPILOG)(evaluate)
app.command(epilog=EXPLAIN_EPILOG)(explain)
app.command()(traffic)
app.command()(topics)
app.command()(migrate)
app.add_typer(keys.app, name="keys")
app.add_typer(operator.app, name="operator")
app.add_typer(secret.app, name="secret")
app.add_typer(console.app, name="console")
app.add_typer(policy.app, name="policy")
app.add_typer(dlq.app, name="dlq")
app.add_typer(drill.app, name="drill")
app.add_typer(learn.app, name="learn")
app.add_typer(audit.app, name="audit")
app.add_typer(evidence.app, name="evidence")


def run() -> None:
    """The console script: what a person can mend is said in a sentence, without a traceback; status 2. What the Kafka
    client says on the way to that is said once, by us."""
    logs.configure("pickupctl", level="ERROR", form="console")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        app()
    except (CommandFault, RuntimeFault) as error:
        sys.stderr.write(f"pickupctl: {error}\n")
        raise SystemExit(2) from None


if __name__ == "__main__":
    run()
