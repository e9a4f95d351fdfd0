"""Programs that prove themselves by signed statements."""

import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.testing import Api

from ..conftest import Forms, Given

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEY = Ed25519PrivateKey.generate()
OTHER = Ed25519PrivateKey.generate()


def jwk(key: Any = KEY) -> dict[str, str]:
    """The public half."""
    algorithm = jwt.get_algorithm_by_name("EdDSA" if key in (KEY, OTHER) else "ES256")
    return algorithm.to_jwk(key.public_key(), as_dict=True)


def statement(*, key: Any = KEY, alg: str = "EdDSA", header: dict[str, Any] | None = None, **changes: Any) -> str:  # fmt: skip
    """What the program says of itself."""
    now = int(time.time())
    claims = {
        "iss": "shop-one", "sub": "shop-one", "aud": "https://test", "iat": now, "exp": now + 60,
        "jti": f"j-{time.monotonic_ns()}", **changes,
    }  # fmt: skip
    return jwt.encode(
        {name: value for name, value in claims.items() if value is not None}, key, algorithm=alg, headers=header,
    )  # fmt: skip


async def sent(forms: Forms, assertion: str, **fields: str) -> Any:
    return await forms.token(
        grant_type="client_credentials", client_assertion_type=TYPE, client_assertion=assertion, **fields
    )  # fmt: skip


@pytest.fixture
async def client(api: Api, a_client: Given) -> dict[str, Any]:
    made = await a_client(roles=["partner"], companies=["E01"], partners=["C001"])
    answer = await api.post("/identity/clients/shop-one/keys", {"kid": "k1", "jwk": jwk()})
    assert answer.status_code == 201, answer.text
    return made


async def test_a_signed_statement_opens_the_door_once(forms: Forms, client: dict[str, Any]) -> None:
    said = statement()

    first, second = await sent(forms, said), await sent(forms, said)

    assert first.status_code == 200
    token = jwt.decode(first.json()["access_token"], options={"verify_signature": False})
    assert (token["sub"], token["partners"]) == ("shop-one", ["C001"])
    assert (second.status_code, second.json()["error"]) == (401, "invalid_client")


async def test_the_token_endpoints_address_is_an_audience_too(
    forms: Forms, client: dict[str, Any]
) -> None:
    assert (await sent(forms, statement(aud="https://test/api/v1/auth/token"))).status_code == 200
    assert (await sent(forms, statement(aud=["https://test"]))).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://elsewhere"}, {"aud": ["https://test", "https://elsewhere"]}, {"aud": None},
        {"exp": int(time.time()) + 3600}, {"exp": int(time.time()) - 60}, {"exp": None}, {"exp": "soon"},
        {"jti": None}, {"jti": ""}, {"jti": "x" * 300}, {"iss": "other"}, {"sub": "other"},
        {"iat": int(time.time()) + 600}, {"nbf": int(time.time()) + 600}, {"key": OTHER},
        {"key": "x" * 40, "alg": "HS256"}, {"key": None, "alg": "none"},
        {"header": {"kid": "k2"}}, {"header": {"jku": "https://evil.example"}}, {"header": {"jwk": jwk(OTHER)}},
    ],
)  # fmt: skip
async def test_other_statements_are_refused(
    forms: Forms, client: dict[str, Any], changes: dict[str, Any]
) -> None:
    answer = await sent(forms, statement(**changes))

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_program_is_the_one_it_says_and_proves_itself_once(
    forms: Forms, client: dict[str, Any], a_client: Given
) -> None:
    await a_client("shop-two")

    mixed_up = await sent(forms, statement(), client_id="shop-two")
    twice = await sent(forms, statement(), client_id="shop-one", client_secret=client["secret"])
    unknown_type = await forms.token(
        grant_type="client_credentials", client_assertion_type="x", client_assertion=statement()
    )

    assert mixed_up.json()["error"] == "invalid_client"
    assert twice.json()["error"] == unknown_type.json()["error"] == "invalid_request"


async def test_keys_are_public_two_at_most_and_can_be_taken_away(
    forms: Forms, client: dict[str, Any], api: Api
) -> None:
    path = "/identity/clients/shop-one/keys"
    private = {**jwk(), "d": "AAAA"}
    curve = ec.generate_private_key(ec.SECP256R1())

    with_private = await api.post(path, {"jwk": private})
    weak = await api.post(path, {"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}})
    second = await api.post(path, {"jwk": jwk(curve)})
    third = await api.post(path, {"jwk": jwk(OTHER)})
    es256 = await sent(forms, statement(key=curve, alg="ES256"))
    listed = (await api.get(path)).json()
    removed = await api.request("DELETE", f"{path}/{listed[0]['id']}", headers={"if-match": "1"})
    after = await sent(forms, statement())

    assert (with_private.status_code, weak.status_code) == (422, 422)
    assert (second.status_code, third.status_code) == (201, 409)
    assert es256.status_code == 200
    assert removed.status_code == 204
    assert after.status_code == 401
