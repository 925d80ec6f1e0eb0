"""What deploys the product agrees with it: ports, and what of them the world may reach."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from booking_ingest.settings import IngestSettings
from notifier.settings import NotifierSettings
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


def test_what_the_notifier_counts_is_not_published() -> None:
    services = read("docker-compose.yml")["services"]
    inside = {port.rpartition(":")[2] for name in _COUNTS_AT for port in services[name].get("ports", [])}
    assert inside == {"8080", "8081", "8082"}
    assert services["notifier"]["expose"] == ["8083"]
    assert all(port.startswith("127.0.0.1:") for name in _COUNTS_AT for port in services[name]["ports"])
    assert "EXPOSE 8082 8083" in (ROOT / "services/notifier/Dockerfile").read_text(encoding="utf-8")
