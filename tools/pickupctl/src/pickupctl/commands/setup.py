"""`pickupctl topics` and `pickupctl migrate`: what has to be there before the services start."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pickup_contracts import topics as catalogue
from pickup_runtime.kafka import SAFE_REPLICATION, ensure_topics
from pickupctl import connect
from pickupctl.stack.schemas import SCHEMAS, bring_up_to_date

_console = Console()


def topics(
    replication: Annotated[int, typer.Option(help="Copies of each partition; at most the number of brokers.")] = 1,
    show: Annotated[bool, typer.Option("--list", help="Show the topics and change nothing.")] = False,
) -> None:
    """Make the topics that are not there. Existing ones are left as they are. With three copies, what is acknowledged
    is on two brokers at least (min.insync.replicas=2).

    Example: PICKUP_KAFKA_BOOTSTRAP=kafka:9092 pickupctl topics --replication 3
    """
    if show:
        table = Table("topic", "partitions", "cleanup", "retention")
        for topic in catalogue.ALL:
            days = f"{topic.retention_ms // 86_400_000} days" if topic.retention_ms else "newest of each key"
            table.add_row(topic.name, str(topic.partitions), topic.cleanup, days)
        _console.print(table)
        return
    made = connect.run(ensure_topics(connect.broker(), catalogue.ALL, replication=replication))
    _console.print(f"{len(made)} topics made, {len(catalogue.ALL) - len(made)} were there")
    if made and replication == 1:
        typer.echo(
            "pickupctl: each partition is on one broker, and what was accepted goes with it when it is lost. That will "
            f"do for trying things out; with three brokers: --replication {SAFE_REPLICATION}",
            err=True,
        )


def migrate() -> None:
    """Bring every service's schema up to date; safe to repeat, and for several to run at once.

    PICKUP_ADMIN_DSN makes roles and schemas; each role then migrates its own schema through PICKUP_INGEST_DSN,
    PICKUP_SCORER_DSN and PICKUP_NOTIFIER_DSN. With PICKUP_INGEST_PASSWORD and so on set, the roles get those passwords.
    """
    dsns = {schema.name: connect.setting(f"PICKUP_{schema.name.upper()}_DSN") for schema in SCHEMAS}
    passwords = {schema.name: connect.optional(f"PICKUP_{schema.name.upper()}_PASSWORD") for schema in SCHEMAS}
    applied = connect.run(bring_up_to_date(connect.setting("PICKUP_ADMIN_DSN"), dsns, passwords))
    for schema, names in applied.items():
        _console.print(f"{schema}: {', '.join(names) or 'up to date'}")
