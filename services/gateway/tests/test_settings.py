"""What the environment says."""

import pytest
from pydantic import ValidationError

from gateway.settings import Settings


def test_upstreams_come_as_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "TONGHENG_UPSTREAMS", '{"sales": "http://127.0.0.1:9/", "identity": "http://127.0.0.1:8"}'
    )

    settings = Settings()

    assert settings.addresses() == {"sales": "http://127.0.0.1:9", "identity": "http://127.0.0.1:8"}
    assert settings.keys_address() == "http://127.0.0.1:8/.well-known/jwks.json"


def test_or_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "SALES_URL": "http://s",
        "DATABASE_URL": "postgresql://x",
        "GATEWAY_URL": "http://g",
    }.items():
        monkeypatch.setenv(f"TONGHENG_{name}", value)

    assert Settings().addresses() == {"sales": "http://s"}


def test_trusted_proxies_are_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGHENG_TRUSTED_PROXIES", '["10.0.0.0/33"]')

    with pytest.raises(ValidationError):
        Settings()
