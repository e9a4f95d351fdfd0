"""What the identity service is told by its environment."""

from __future__ import annotations

from pydantic import Field, SecretStr

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """The chassis' settings and those of tokens, passwords and the first administrator."""

    admin_username: str = ""
    """The first administrator; made at the first start, never changed afterwards."""
    admin_password: SecretStr = SecretStr("")
    """The first administrator's password."""

    public_url: str = ""
    """Where callers reach the API; the issuer when empty."""

    key_encryption_key: SecretStr = SecretStr("")
    """Seals the signing keys in the database when given; the same in all replicas, 32 characters or more."""

    access_token_seconds: int = Field(default=600, ge=60, le=900)
    """How long an access token is valid."""
    refresh_token_hours: int = Field(default=12, ge=1, le=24 * 30)
    """How long a refresh token waits for its use."""
    session_days: int = Field(default=30, ge=1, le=365)
    """After so long a person signs in again, however busy."""

    password_threads: int = Field(default=2, ge=1, le=32)
    """Passwords hashed at the same time, 64 MiB each."""
    password_queue: int = Field(default=32, ge=1)
    """Sign-ins that may wait for a thread; more are asked to come back."""
    password_memory_kib: int = Field(default=64 * 1024, ge=8)
    """Memory that hashing one password takes, KiB (Argon2id)."""
    password_rounds: int = Field(default=3, ge=1)
    """Passes over that memory."""

    wrong_passwords_max: int = Field(default=10, ge=1)
    """Wrong passwords a minute for one name from one address."""
    wrong_passwords_max_wide: int = Field(default=100, ge=1)
    """Wrong passwords a minute for one name from everywhere, and from one address for all names."""
