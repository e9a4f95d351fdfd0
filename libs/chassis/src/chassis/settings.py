"""What a service is told by its environment (prefix TONGHENG_)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Role = Literal["api", "worker", "relay"]


class ServiceSettings(BaseSettings):
    """The settings that all services have; a service adds its own in a subclass."""

    model_config = SettingsConfigDict(env_prefix="TONGHENG_", extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    """The address that it listens on."""
    port: int = Field(default=8000, ge=0, le=65535)
    """The port that it listens on; 0 for any that is free."""
    run: Annotated[frozenset[Role], NoDecode] = frozenset[Role](("api", "worker", "relay"))
    """Which parts this process runs: any of api, worker, relay, separated by commas."""

    database_url: SecretStr = SecretStr("")
    """The database as the role of the api, `postgresql+asyncpg://…`: what a caller may see is what this role sees."""
    worker_database_url: SecretStr = SecretStr("")
    """The same database as the role of consumers and relay, which serve all companies."""
    owner_database_url: SecretStr = SecretStr("")
    """The same database as its owner: for migrations only."""
    pool_size: int = Field(default=5, ge=1)
    """Connections of the api that are kept."""
    pool_overflow: int = Field(default=5, ge=0)
    """Connections of the api beyond these, at busy times."""
    worker_pool_size: int = Field(default=3, ge=1)
    """Connections of consumers and relay that are kept."""
    worker_pool_overflow: int = Field(default=3, ge=0)
    """Connections of consumers and relay beyond these."""
    pool_timeout: float = Field(default=3.0, gt=0)
    """Seconds that a request waits for a connection; then it answers 503."""
    statement_timeout: float = Field(default=15.0, gt=0)
    """Seconds one statement may take in a request."""
    worker_statement_timeout: float = Field(default=55.0, gt=0)
    """Seconds one statement may take in a batch, below the watchdog's 60."""
    lock_timeout: float = Field(default=2.0, gt=0)
    """Seconds that a statement waits for a lock."""
    idle_in_transaction_timeout: float = Field(default=30.0, gt=0)
    """Seconds after which the database ends a transaction in which nothing happens."""

    drain_seconds: float = Field(default=5.0, ge=0)
    """How long requests are still taken after SIGTERM, when readiness is withdrawn already: routers need a moment to notice."""

    kafka: str = "127.0.0.1:9092"
    """Bootstrap servers, separated by commas."""

    issuer: str = "https://tongheng.local"
    """Who signs the tokens that are believed."""
    audience: str = "tongheng"
    """Whom tokens must be for."""
    jwks_url: str = ""
    """Where the issuer's keys are."""

    cursor_key: SecretStr = SecretStr("")
    """Signs the cursors of lists; the same in all replicas of a service. Empty: from the database's URL."""

    otlp_endpoint: str = ""
    """OTLP/HTTP collector; nothing is exported when empty."""
    trace_ratio: float = Field(default=0.01, ge=0, le=1)
    """Which share of requests is traced."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Which log lines are written."""
    version: str = "0.1.0"
    """The release, as /version and traces tell it."""

    @field_validator("run", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return frozenset(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value
