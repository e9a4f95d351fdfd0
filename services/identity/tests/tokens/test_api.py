"""Signing in, going on, signing out; as people and as programs."""

import time
from typing import Any

import jwt
import pytest
from sqlalchemy import text

from chassis.context import Context
from chassis.testing import Api, Harness

from ..conftest import ADMIN_PASSWORD, PASSWORD, Forms, Given


async def claims_of(api: Api, token: str) -> dict[str, Any]:
    """What a token says, checked as a service checks it."""
    keys = jwt.PyJWKSet.from_dict((await api.get("/.well-known/jwks.json")).json())
    header = jwt.get_unverified_header(token)
    assert header["typ"] == "at+jwt"
    return jwt.decode(
        token, keys[header["kid"]], algorithms=["EdDSA"], audience="tongheng", issuer="https://test"
    )


async def test_the_first_administrator_signs_in_and_may_do_everything(
    forms: Forms, api: Api
) -> None:
    tokens = await forms.sign_in("admin", ADMIN_PASSWORD)

    claims = await claims_of(api, tokens["access_token"])
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 600 == claims["exp"] - claims["iat"]
    assert claims["roles"] == ["administrator"]
    assert claims["companies"] == ["*"]
    assert claims["name"] == "admin"
    assert claims["client_id"] == "tongheng"


async def test_a_token_opens_the_api(forms: Forms, a_user: Given, harness: Harness) -> None:
    await a_user(roles=["auditor"], companies=["E01"])
    tokens = await forms.sign_in("li.na")
    keys = (await Api(harness).get("/.well-known/jwks.json")).json()

    async def fetch() -> dict[str, object]:
        return keys

    harness.verifier._fetch = fetch
    harness.verifier._audience = "tongheng"
    await harness.app.state.running.access.refresh()
    someone = Api(harness, tokens["access_token"])

    myself = await someone.get("/identity/me")
    allowed = await someone.get("/identity/roles")
    forbidden = await someone.post("/identity/roles", {"code": "mine", "name": "Mine"})

    assert myself.status_code == 200, myself.text
    assert myself.json()["companies"] == ["E01"]
    assert "sales.order.read" in myself.json()["permissions"]
    assert allowed.status_code == 200
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("username", "password"), [("li.na", "not it at all"), ("nobody", PASSWORD)]
)
async def test_a_wrong_name_or_password_is_refused_alike(
    forms: Forms, a_user: Given, username: str, password: str
) -> None:
    await a_user()

    answer = await forms.token(grant_type="password", username=username, password=password)

    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.headers["cache-control"] == "no-store"
    problem = answer.json()
    assert (problem["error"], problem["code"], problem["status"]) == (
        "invalid_grant",
        "invalid-grant",
        400,
    )
    assert password not in answer.text
    assert username not in answer.text


async def test_names_are_one_in_any_width_and_case(forms: Forms, a_user: Given) -> None:
    await a_user("Li.Na")

    assert (await forms.sign_in("ＬＩ．ＮＡ"))["access_token"]


async def test_the_eleventh_wrong_password_in_a_minute_must_wait(
    forms: Forms, a_user: Given, harness: Harness
) -> None:
    await a_user("wang.wei")
    await a_user("zhao.min")
    wrong = [
        await forms.token(grant_type="password", username="wang.wei", password="no no no")
        for _ in range(10)
    ]

    eleventh = await forms.token(grant_type="password", username="WANG.WEI", password="no no no")
    right = await forms.token(grant_type="password", username="wang.wei", password=PASSWORD)

    assert {answer.status_code for answer in wrong} == {400}
    assert (eleventh.status_code, right.status_code) == (429, 429)
    assert 1 <= int(eleventh.headers["retry-after"]) <= 61
    assert await forms.from_("198.51.100.7").sign_in("wang.wei")
    assert await forms.sign_in("zhao.min")
    async with harness.worker.read(Context(actor="test")) as reading:
        refused = await reading.execute(
            text(
                "SELECT code, count(*) FROM audit_entries WHERE outcome = 'refused'"
                " AND address = '192.0.2.1' GROUP BY code"
            )
        )
    assert dict(refused.tuples().all()) == {"invalid-grant": 10, "too-many-wrong-passwords": 2}


async def test_a_refresh_token_is_good_once(forms: Forms, a_user: Given, api: Api) -> None:
    user = await a_user()
    first = await forms.sign_in("li.na")

    second = await forms.token(grant_type="refresh_token", refresh_token=first["refresh_token"])

    assert second.status_code == 200
    assert second.json()["refresh_token"] != first["refresh_token"]
    assert (await claims_of(api, second.json()["access_token"]))["sub"] == user["id"]


async def test_a_refresh_token_that_comes_twice_ends_its_session(
    forms: Forms, a_user: Given
) -> None:
    await a_user()
    first = await forms.sign_in("li.na")
    other = await forms.sign_in("li.na")
    second = (
        await forms.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    ).json()

    again = await forms.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    newest = await forms.token(grant_type="refresh_token", refresh_token=second["refresh_token"])
    untouched = await forms.token(grant_type="refresh_token", refresh_token=other["refresh_token"])

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert (newest.status_code, newest.json()["error"]) == (400, "invalid_grant")
    assert untouched.status_code == 200


async def test_another_client_cannot_use_a_persons_refresh_token(
    forms: Forms, a_user: Given, a_client: Given
) -> None:
    await a_user()
    client = await a_client()
    tokens = await forms.sign_in("li.na")

    stolen = await forms.token(
        grant_type="refresh_token", refresh_token=tokens["refresh_token"],
        client_id=client["client_id"], client_secret=client["secret"],
    )  # fmt: skip
    own = await forms.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])

    assert (stolen.status_code, own.status_code) == (400, 200)


async def test_signing_out_ends_the_session(forms: Forms, a_user: Given) -> None:
    await a_user()
    tokens = await forms.sign_in("li.na")

    out = await forms.send("/auth/revoke", {"token": tokens["refresh_token"]})
    after = await forms.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    unknown = await forms.send("/auth/revoke", {"token": "never seen"})

    assert (out.status_code, after.status_code, unknown.status_code) == (200, 400, 200)


async def test_a_disabled_user_neither_signs_in_nor_goes_on(
    forms: Forms, a_user: Given, api: Api
) -> None:
    user = await a_user()
    tokens = await forms.sign_in("li.na")

    await api.post(f"/identity/users/{user['id']}/disable")
    password = await forms.token(grant_type="password", username="li.na", password=PASSWORD)
    refresh = await forms.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    await api.post(f"/identity/users/{user['id']}/enable")

    assert (password.status_code, refresh.status_code) == (400, 400)
    assert (await forms.sign_in("li.na"))["access_token"]


async def test_a_new_password_ends_all_sessions(forms: Forms, a_user: Given, api: Api) -> None:
    user = await a_user()
    tokens = await forms.sign_in("li.na")

    changed = await api.post(
        f"/identity/users/{user['id']}/password", {"password": "another fine one"}
    )
    old = await forms.token(grant_type="password", username="li.na", password=PASSWORD)
    refresh = await forms.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])

    assert (changed.status_code, old.status_code, refresh.status_code) == (204, 400, 400)
    assert (await forms.sign_in("li.na", "another fine one"))["access_token"]


async def test_a_program_gets_a_token_without_a_refresh_token(
    forms: Forms, a_client: Given, api: Api
) -> None:
    client = await a_client(roles=["partner"], companies=["E01"])

    answer = await forms.token(
        grant_type="client_credentials",
        client_id=client["client_id"],
        client_secret=client["secret"],
    )

    assert "refresh_token" not in answer.json()
    claims = await claims_of(api, answer.json()["access_token"])
    assert (claims["sub"], claims["roles"], claims["companies"]) == (
        "shop-one",
        ["partner"],
        ["E01"],
    )


async def test_a_program_with_a_wrong_secret_is_refused(forms: Forms, a_client: Given) -> None:
    client = await a_client()

    wrong = await forms.token(
        grant_type="client_credentials", client_id=client["client_id"], client_secret="x"
    )
    unknown = await forms.token(
        grant_type="client_credentials", client_id="nobody", client_secret="x"
    )
    by_uuid = await forms.token(
        grant_type="client_credentials", client_id=client["id"], client_secret=client["secret"]
    )

    assert {answer.status_code for answer in (wrong, unknown, by_uuid)} == {401}
    assert {answer.json()["error"] for answer in (wrong, unknown, by_uuid)} == {"invalid_client"}
    assert wrong.headers["www-authenticate"].startswith("Basic")


async def test_malformed_requests_are_refused_in_oauths_words(forms: Forms, api: Api) -> None:
    json = await api.request("POST", "/auth/token", json={"grant_type": "password"})
    grant = await forms.token(grant_type="implicit")
    missing = await forms.token(username="admin")
    in_query = await forms.send("/auth/token?grant_type=password", {"grant_type": "password"})
    large = await forms.send("/auth/token", {"grant_type": "password", "x": "1" * 20_000})

    assert (json.status_code, json.json()["code"]) == (415, "unsupported-media-type")
    assert grant.json()["error"] == "unsupported_grant_type"
    assert missing.json()["error"] == in_query.json()["error"] == "invalid_request"
    assert (large.status_code, large.json()["code"]) == (413, "payload-too-large")


async def test_refusals_speak_chinese_when_asked(forms: Forms) -> None:
    answer = await forms.send("/auth/token", {"grant_type": "x"}, accept_language="zh-CN")

    assert "须为" in answer.json()["detail"]


async def test_an_unknown_name_takes_as_long_as_a_known_one(forms: Forms, a_user: Given) -> None:
    await a_user("chen.xi")

    async def seconds(username: str) -> float:
        """The fastest of several, as noise only adds."""
        times: list[float] = []
        for _ in range(5):
            begin = time.perf_counter()
            await forms.from_(f"192.0.2.{len(times)}").token(
                grant_type="password", username=username, password="no no no"
            )
            times.append(time.perf_counter() - begin)
        return min(times)

    # the same hashing is done for both: see also test_passwords, which counts it
    assert await seconds("nobody.there") > 0.2 * await seconds("chen.xi")


async def test_no_secret_is_in_events_audit_or_kept_answers(
    forms: Forms, a_user: Given, a_client: Given, harness: Harness
) -> None:
    await a_user(password="very secret words 1")
    client = await a_client()
    tokens = await forms.sign_in("li.na", "very secret words 1")
    secrets = ["very secret words 1", client["secret"], tokens["refresh_token"], ADMIN_PASSWORD]

    async with harness.worker.read(harness_context()) as session:
        for query in (
            "SELECT convert_from(value, 'UTF8') FROM outbox",
            "SELECT coalesce(before::text, '') || coalesce(after::text, '') FROM audit_entries",
            "SELECT encode(hash, 'escape') FROM refresh_tokens",
            "SELECT encode(hash, 'escape') FROM client_secrets",
            "SELECT encode(private_key, 'escape') FROM signing_keys WHERE NOT sealed",
        ):
            for (value,) in await session.execute(text(query)):
                assert not any(secret in value for secret in secrets), query
    async with harness.api.read(harness_context()) as session:
        kept = [
            bytes(body).decode()
            for (body,) in await session.execute(text("SELECT body FROM idempotency_keys"))
        ]

    assert any(client["client_id"] in body for body in kept)
    assert not any(secret in body for body in kept for secret in secrets)


def harness_context() -> Any:
    from chassis.context import Context

    return Context(actor="test")
