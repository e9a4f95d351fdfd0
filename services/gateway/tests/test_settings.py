"""What the environment says."""

import pytest
from pydantic import ValidationError

from gateway.settings import Settings


def test_upstreams_come_as_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "TONGHENG_UPSTREAMS", '{"sales": "http://127.0.0.1:9/", "identity": "http://127.0.0.1:8"}'
    )

    settings = Settings()

    assert settings.replicas() == {
        "sales": ("http://127.0.0.1:9",),
        "identity": ("http://127.0.0.1:8",),
    }
    assert settings.keys_address() == "http://127.0.0.1:8/.well-known/jwks.json"


def test_or_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "SALES_URL": "http://s",
        "DATABASE_URL": "postgresql://x",
        "GATEWAY_URL": "http://g",
    }.items():
        monkeypatch.setenv(f"TONGHENG_{name}", value)

    assert Settings().replicas() == {"sales": ("http://s",)}


def test_a_service_may_have_replicas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGHENG_SALES_URL", "http://s:1/ http://s:2")

    assert Settings().replicas() == {"sales": ("http://s:1", "http://s:2")}


def test_whose_keys_serve_is_said_when_identity_has_replicas(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TONGHENG_IDENTITY_URL", "http://i:1 http://i:2")
    with pytest.raises(ValidationError):
        Settings()
    monkeypatch.setenv("TONGHENG_JWKS_URL", "http://i/.well-known/jwks.json")

    assert Settings().keys_address() == "http://i/.well-known/jwks.json"


def test_trusted_proxies_are_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGHENG_TRUSTED_PROXIES", '["10.0.0.0/33"]')

    with pytest.raises(ValidationError):
        Settings()
