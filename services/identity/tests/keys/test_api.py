"""Keys: published, rotated, revoked, sealed."""

import jwt
import pytest
from sqlalchemy import text

from chassis.context import Context
from chassis.testing import Api, Harness

from ..conftest import ADMIN_PASSWORD, Forms


@pytest.fixture(autouse=True)
def keys_are_read_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if five seconds had passed."""
    monkeypatch.setattr("identity.keys.service.READ_AGAIN_SECONDS", 0.0)


def kid_of(token: str) -> str:
    return jwt.get_unverified_header(token)["kid"]


async def kids(api: Api) -> list[str]:
    return [key["kid"] for key in (await api.get("/.well-known/jwks.json")).json()["keys"]]


async def test_only_the_public_half_is_published(api: Api, forms: Forms) -> None:
    keys = (await api.get("/.well-known/jwks.json")).json()["keys"]

    assert [sorted(key) for key in keys] == [["alg", "crv", "kid", "kty", "use", "x"]]


async def a_while_later(harness: Harness) -> None:
    """All that happened so far happened a minute earlier."""
    async with harness.worker.transaction(Context(actor="test")) as session:
        await session.execute(
            text("UPDATE signing_keys SET created_at = created_at - interval '1 minute'")
        )


async def test_a_rotation_publishes_the_new_key_before_it_signs(
    api: Api, forms: Forms, harness: Harness
) -> None:
    first = kid_of((await forms.sign_in("admin", ADMIN_PASSWORD))["access_token"])
    await a_while_later(harness)

    rotated = await api.post("/identity/keys:rotate")
    at_once = kid_of((await forms.sign_in("admin", ADMIN_PASSWORD))["access_token"])
    published = await kids(api)
    await a_while_later(harness)
    later = kid_of((await forms.sign_in("admin", ADMIN_PASSWORD))["access_token"])

    assert rotated.status_code == 200, rotated.text
    assert at_once == first
    assert published == [later, first]
    assert later != first
    items = (await api.get("/identity/keys")).json()["items"]
    assert [(key["kid"], key["honoured_until"] is None) for key in items] == [
        (later, True),
        (first, False),
    ]


async def test_a_stolen_key_is_revoked_with_its_tokens(
    api: Api, forms: Forms, harness: Harness
) -> None:
    stolen = kid_of((await forms.sign_in("admin", ADMIN_PASSWORD))["access_token"])
    await a_while_later(harness)
    await api.post("/identity/keys:rotate")

    too_soon = await api.post("/identity/keys:rotate")
    revoked = await api.post("/identity/keys:rotate", {"revoke": True})
    now = kid_of((await forms.sign_in("admin", ADMIN_PASSWORD))["access_token"])

    assert (too_soon.status_code, too_soon.json()["code"]) == (409, "invalid-state")
    assert revoked.status_code == 200
    assert await kids(api) == [now]
    assert now != stolen
    async with harness.api.read(Context(actor="test")) as session:
        query = text(
            "SELECT length(private_key) FROM signing_keys WHERE honoured_until IS NOT NULL"
        )
        assert list((await session.execute(query)).scalars()) == [0, 0]


async def test_private_keys_are_sealed_in_the_database(forms: Forms, harness: Harness) -> None:
    async with harness.api.read(Context(actor="test")) as session:
        rows = (
            await session.execute(text("SELECT sealed, length(private_key) FROM signing_keys"))
        ).all()

    assert [tuple(row) for row in rows] == [(True, 12 + 32 + 16)]


async def test_discovery_names_the_endpoints(api: Api) -> None:
    document = (await api.get("/.well-known/openid-configuration")).json()

    assert document["issuer"] == "https://test"
    assert document["jwks_uri"] == "https://test/.well-known/jwks.json"
    assert document["token_endpoint"] == "https://test/api/v1/auth/token"


async def test_rotation_needs_its_permission(api: Api, forms: Forms) -> None:
    assert (await api.as_("identity.user.*").post("/identity/keys:rotate")).status_code == 403
