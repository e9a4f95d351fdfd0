"""Keys: published, rotated, revoked, sealed."""

import jwt
from sqlalchemy import text

from chassis.context import Context
from chassis.testing import Api, Harness

from ..conftest import ADMIN_PASSWORD, Forms


def kid_of(token: str) -> str:
    return jwt.get_unverified_header(token)["kid"]


async def kids(api: Api) -> list[str]:
    return [key["kid"] for key in (await api.get("/.well-known/jwks.json")).json()["keys"]]


async def test_only_the_public_half_is_published(api: Api, forms: Forms) -> None:
    keys = (await api.get("/.well-known/jwks.json")).json()["keys"]

    assert [sorted(key) for key in keys] == [["alg", "crv", "kid", "kty", "use", "x"]]


async def test_after_a_rotation_new_tokens_have_the_new_key_and_old_ones_still_verify(
    api: Api, forms: Forms
) -> None:
    before = (await forms.sign_in("admin", ADMIN_PASSWORD))["access_token"]

    rotated = await api.post("/identity/keys:rotate")
    after = (await forms.sign_in("admin", ADMIN_PASSWORD))["access_token"]

    assert rotated.status_code == 200, rotated.text
    assert kid_of(before) != kid_of(after)
    assert await kids(api) == [kid_of(after), kid_of(before)]
    items = (await api.get("/identity/keys")).json()["items"]
    assert [(key["kid"], key["honoured_until"] is None) for key in items] == [
        (kid_of(after), True),
        (kid_of(before), False),
    ]


async def test_a_stolen_key_is_revoked_with_its_tokens(
    api: Api, forms: Forms, harness: Harness
) -> None:
    stolen = (await forms.sign_in("admin", ADMIN_PASSWORD))["access_token"]
    await api.post("/identity/keys:rotate")

    too_soon = await api.post("/identity/keys:rotate")
    revoked = await api.post("/identity/keys:rotate", {"revoke": True})

    assert (too_soon.status_code, too_soon.json()["code"]) == (409, "invalid-state")
    assert revoked.status_code == 200
    assert len(await kids(api)) == 1
    assert kid_of(stolen) not in await kids(api)
    async with harness.api.read(Context(actor="test")) as session:
        private = list(
            (
                await session.execute(
                    text(
                        "SELECT length(private_key) FROM signing_keys WHERE honoured_until IS NOT NULL"
                    )
                )
            ).scalars()
        )
    assert private == [0, 0]


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
