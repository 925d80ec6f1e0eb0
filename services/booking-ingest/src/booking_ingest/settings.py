"""booking-ingest's settings, from `PICKUP_*`."""

from __future__ import annotations

from pydantic import Field, SecretStr

from pickup_runtime.settings import RuntimeSettings


class IngestSettings(RuntimeSettings):
    """`publish_timeout_s` is how long a caller waits for the broker before the answer is 503."""

    ingest_dsn: SecretStr
    ingest_port: int = 8080
    publish_timeout_s: float = Field(5.0, gt=0, le=60)
    remember_events_days: int = Field(14, ge=1, le=90, description="how long event_ids are remembered")
