"""What deploys the product agrees with it: ports, and what of them the world may reach."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from prometheus_client import Counter, Gauge, Histogram

from booking_ingest.settings import IngestSettings
from notifier.settings import NotifierSettings
from pickup_runtime import metrics
from pickupctl.stack.local import SERVICES
from risk_scorer.settings import ScorerSettings

ROOT = Path(__file__).parents[2]
_COUNTS_AT = {
    "booking-ingest": IngestSettings.model_fields["ingest_port"].default,
    "risk-scorer": ScorerSettings.model_fields["scorer_port"].default,
    "notifier": NotifierSettings.model_fields["notifier_ops_port"].default,
}


def read(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def test_prometheus_asks_every_service_where_it_counts() -> None:
    jobs = read("deploy/prometheus/prometheus.yml")["scrape_configs"]
    asked = {job["job_name"]: job["static_configs"][0]["targets"] for job in jobs}
    assert asked == {name: [f"{name}:{port}"] for name, port in _COUNTS_AT.items()}
    assert {service.name: service.ops_port or service.port for service in SERVICES} == _COUNTS_AT


def test_every_alarm_asks_for_what_is_counted_and_says_what_to_do() -> None:
    groups = read("deploy/prometheus/rules.yml")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    asked = set(re.findall(r"pickup_\w+", "".join(rule["expr"] for rule in rules)))
    assert asked
    assert asked <= counted()
    told = (ROOT / "docs/operating/alarms.md").read_text(encoding="utf-8")
    pages, _, tickets = told.partition("## Tickets")
    for severity, text in (("page", pages), ("ticket", tickets)):
        named = [rule["alert"] for rule in rules if rule["labels"]["severity"] == severity]
        assert sorted(re.findall(r"^### (\w+)$", text, re.MULTILINE)) == sorted(named)


def counted() -> set[str]:
    """The names under which Prometheus finds what the catalogue holds."""
    names: set[str] = set()
    for one in vars(metrics).values():
        if isinstance(one, Counter):
            names.add(f"{one._name}_total")
        elif isinstance(one, Histogram):
            names.update(f"{one._name}_{part}" for part in ("bucket", "count", "sum"))
        elif isinstance(one, Gauge):
            names.add(one._name)
    return names


def test_what_the_notifier_counts_is_not_published() -> None:
    services = read("docker-compose.yml")["services"]
    inside = {port.rpartition(":")[2] for name in _COUNTS_AT for port in services[name].get("ports", [])}
    assert inside == {"8080", "8081", "8082"}
    assert services["notifier"]["expose"] == ["8083"]
    assert all(port.startswith("127.0.0.1:") for name in _COUNTS_AT for port in services[name]["ports"])
    assert "EXPOSE 8082 8083" in (ROOT / "services/notifier/Dockerfile").read_text(encoding="utf-8")
