"""Signing in by the page, as a browser and an application do it, and as others try to."""

import re
import time
from base64 import b32decode
from typing import Any

import jwt
import pytest

from chassis.testing import Api, Harness
from identity.applications.rules import READY_MADE, allows
from identity.factors import rules as totp

from ..browser import CALLBACK, Browser, answered, pkce
from ..conftest import PASSWORD, Forms, Given

CONSOLE = READY_MADE[0]


async def redeemed(forms: Forms, code: str, verifier: str, **changes: str) -> Any:
    """What the token endpoint says to a code."""
    fields = {
        "grant_type": "authorization_code", "code": code, "client_id": "console", "redirect_uri": CALLBACK,
        "code_verifier": verifier, **changes,
    }  # fmt: skip
    return await forms.token(**fields)


@pytest.fixture
def browser(api: Api) -> Browser:
    return Browser(api)


async def signed_in(browser: Browser, username: str = "li.na") -> tuple[str, str]:
    """A code and its verifier, after name and password."""
    verifier, challenge = pkce()
    page = await browser.authorize(challenge)
    assert page.status_code == 200, page.text
    back = await browser.submit(username=username, password=PASSWORD)
    return answered(back)["code"], verifier


async def test_a_person_signs_in_and_the_application_gets_its_tokens(
    forms: Forms, a_user: Given, browser: Browser, api: Api
) -> None:
    user = await a_user(roles=["seller"], companies=["E01"], warehouses=["SHA"], partners=["C001"])
    verifier, challenge = pkce()

    page = await browser.authorize(challenge)
    back = await browser.submit(username="li.na", password=PASSWORD)
    told = answered(back)
    tokens = (await redeemed(forms, told["code"], verifier)).json()

    assert page.status_code == 200
    assert back.headers["location"].startswith(CALLBACK + "?")
    assert (told["state"], told["iss"]) == ("st-1", "https://test")
    keys = jwt.PyJWKSet.from_dict((await api.get("/.well-known/jwks.json")).json())
    key = keys[jwt.get_unverified_header(tokens["id_token"])["kid"]]
    said = jwt.decode(tokens["id_token"], key, algorithms=["EdDSA"], audience="console")
    assert (said["sub"], said["nonce"], said["iss"]) == (user["id"], "no-1", "https://test")
    assert (said["preferred_username"], said["amr"]) == ("li.na", ["pwd"])
    access = jwt.decode(tokens["access_token"], key, algorithms=["EdDSA"], audience="tongheng")
    assert access["client_id"] == "console"
    assert access["sid"] == said["sid"]
    assert (access["warehouses"], access["partners"], access["own"]) == (["SHA"], ["C001"], False)


async def test_the_page_is_kept_from_frames_scripts_and_caches(
    forms: Forms, browser: Browser
) -> None:
    page = await browser.authorize(pkce()[1], ui_locales="zh-CN")

    policy = page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert "script" not in page.text
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-store"
    assert '<html lang="zh-CN">' in page.text
    assert re.search(r'(?:src|href)="', page.text) is None
    for cookie in page.headers.get_list("set-cookie"):
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://evil.example/console/callback", "http://127.0.0.1:5173/console/callback", CALLBACK + "/", CALLBACK + "?x=1", CALLBACK + "#x",
        "https://test@evil.example/console/callback", "https://test:8443/console/callback",
        "https://test/console/../console/callback", "HTTPS://test/console/callback", "https://TEST/console/callback",
        "http://test/console/callback",
        "/console/callback", "javascript:alert(1)", "https://test/console/callback/../x", "",
    ],
)  # fmt: skip
async def test_nobody_is_sent_to_an_address_that_is_not_registered(
    forms: Forms, browser: Browser, redirect_uri: str
) -> None:
    answer = await browser.authorize(pkce()[1], redirect_uri=redirect_uri)

    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_an_address_without_encryption_counts_only_where_our_own_has_none() -> None:
    registered = CONSOLE.redirect_uris
    development = "http://127.0.0.1:5173/console/callback"

    assert allows(registered, development, base="http://127.0.0.1:8080")
    assert allows(
        registered, "http://127.0.0.1:8080/console/callback", base="http://127.0.0.1:8080"
    )
    assert not allows(registered, development, base="https://erp.example")
    assert not allows(registered, "/console/callback", base="https://erp.example")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"scope": "openid admin"}, "invalid_scope"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"request": "x.y.z"}, "request_not_supported"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"nonce": "n" * 600}, "invalid_request"),
    ],
)
async def test_a_bad_request_goes_back_in_oauths_words(
    forms: Forms, browser: Browser, changes: dict[str, str | None], error: str
) -> None:
    answer = await browser.authorize(pkce()[1], **changes)

    assert answered(answer)["error"] == error
    assert answered(answer)["state"] == "st-1"


async def test_a_parameter_given_twice_and_an_unknown_application_go_nowhere(
    forms: Forms, browser: Browser
) -> None:
    twice = await browser.send(
        "GET", f"/auth/authorize?client_id=console&redirect_uri={CALLBACK}&redirect_uri=x"
    )
    unknown = await browser.authorize(pkce()[1], client_id="other")
    partner = await browser.authorize(pkce()[1], client_id="tongheng")

    assert [each.status_code for each in (twice, unknown, partner)] == [400, 400, 400]


async def test_a_code_is_good_once_and_only_for_the_one_who_asked(
    forms: Forms, a_user: Given, browser: Browser
) -> None:
    await a_user()
    first, verifier = await signed_in(browser)
    wrong_verifier = await redeemed(forms, first, pkce()[0])
    burnt = await redeemed(forms, first, "x" * 43)
    second, other = answered(await browser.authorize(pkce()[1]))["code"], pkce()[0]
    mixed_up = await redeemed(forms, second, other, redirect_uri="https://test/console/other")
    third_verifier, challenge = pkce()
    third = answered(await browser.authorize(challenge))["code"]
    first_party = await redeemed(forms, third, third_verifier, client_id="tongheng")
    good = await redeemed(forms, third, third_verifier)

    refused = (wrong_verifier, burnt, mixed_up, first_party)
    assert [each.json()["error"] for each in refused] == ["invalid_grant"] * 4
    assert good.status_code == 200
    assert verifier not in burnt.text


async def test_a_code_that_was_copied_with_its_verifier_ends_its_session(
    forms: Forms, a_user: Given, browser: Browser
) -> None:
    await a_user()
    code, verifier = await signed_in(browser)
    tokens = (await redeemed(forms, code, verifier)).json()

    stranger = await redeemed(forms, code, "y" * 50)
    still = await browser.authorize(pkce()[1], prompt="none")
    copied = await redeemed(forms, code, verifier)
    ended = await browser.authorize(pkce()[1], prompt="none")
    refresh = await forms.token(
        grant_type="refresh_token", client_id="console", refresh_token=tokens["refresh_token"]
    )

    assert (stranger.status_code, copied.status_code) == (400, 400)
    assert "code" in answered(still)
    assert answered(ended)["error"] == "login_required"
    assert refresh.json()["error"] == "invalid_grant"


async def test_a_refresh_token_belongs_to_its_application(
    forms: Forms, a_user: Given, browser: Browser
) -> None:
    await a_user()
    code, verifier = await signed_in(browser)
    tokens = (await redeemed(forms, code, verifier)).json()

    elsewhere = await forms.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    here = await forms.token(
        grant_type="refresh_token", client_id="console", refresh_token=tokens["refresh_token"]
    )
    with_password = await forms.token(
        grant_type="password", client_id="console", username="li.na", password=PASSWORD
    )

    assert elsewhere.json()["error"] == "invalid_grant"
    assert "id_token" in here.json()
    assert with_password.json()["error"] == "invalid_client"


async def test_the_cookie_signs_in_again_until_it_is_signed_out(
    forms: Forms, a_user: Given, browser: Browser
) -> None:
    await a_user()
    code, verifier = await signed_in(browser)
    tokens = (await redeemed(forms, code, verifier)).json()

    again = await browser.authorize(pkce()[1], prompt="none")
    anew = await browser.authorize(pkce()[1], prompt="login")
    old = await browser.authorize(pkce()[1], max_age="0")
    out = await browser.send(
        "GET",
        f"/auth/sign-out?id_token_hint={tokens['id_token']}&client_id=console"
        "&post_logout_redirect_uri=https%3A%2F%2Ftest%2Fconsole%2F&state=bye",
    )
    after = await browser.authorize(pkce()[1], prompt="none")
    refresh = await forms.token(
        grant_type="refresh_token", client_id="console", refresh_token=tokens["refresh_token"]
    )

    assert "code" in answered(again)
    assert anew.status_code == 200
    assert old.status_code == 200
    assert out.headers["location"] == "https://test/console/?state=bye"
    assert answered(after)["error"] == "login_required"
    assert refresh.status_code == 400


async def test_signing_out_without_the_token_asks_first_and_goes_nowhere_else(
    forms: Forms, a_user: Given, browser: Browser
) -> None:
    await a_user()
    await signed_in(browser)

    elsewhere = await browser.send(
        "GET",
        "/auth/sign-out?client_id=console&post_logout_redirect_uri=https%3A%2F%2Fevil.example",
    )
    asked = await browser.send("GET", "/auth/sign-out")
    page = browser.page
    still = await browser.authorize(pkce()[1], prompt="none")
    browser.page = page
    done = await browser.submit("/auth/sign-out")
    after = await browser.authorize(pkce()[1], prompt="none")

    assert elsewhere.status_code == 400
    assert asked.status_code == 200
    assert "code" in answered(still)
    assert done.status_code == 200
    assert answered(after)["error"] == "login_required"


async def test_a_form_counts_only_in_the_browser_where_it_began(
    forms: Forms, a_user: Given, browser: Browser, api: Api
) -> None:
    await a_user()
    await browser.authorize(pkce()[1])
    victim = Browser(api)
    await victim.authorize(pkce()[1])
    victim.page = browser.page

    planted = await victim.submit(username="li.na", password=PASSWORD)
    bare = Browser(api, page=browser.page)
    without_cookie = await bare.submit(username="li.na", password=PASSWORD)
    cross = await browser.submit(
        username="li.na", password=PASSWORD, headers={"sec-fetch-site": "cross-site"}
    )

    assert [each.status_code for each in (planted, without_cookie, cross)] == [400, 400, 400]
    assert not any("session" in name for each in (victim, bare) for name in each.cookies)


async def test_a_changed_form_is_refused(forms: Forms, a_user: Given, browser: Browser) -> None:
    await a_user()
    page = await browser.authorize(pkce()[1])
    found = re.search(r'name="transaction" value="([^"]+)"', page.text)
    assert found is not None
    body, _, mac = found[1].partition(".")

    for forged in (f"{body[:-2]}AA.{mac}", f"{body}.", "", "a.b", f"{body}.{mac[:-2]}AA", "😀.x"):
        browser.page = f'name="transaction" value="{forged}"'
        answer = await browser.submit(username="li.na", password=PASSWORD)
        assert answer.status_code == 400
        assert "set-cookie" not in answer.headers


async def test_the_session_is_a_new_one_whatever_cookie_was_planted(
    forms: Forms, a_user: Given, browser: Browser
) -> None:
    await a_user()
    browser.cookies["tongheng-session"] = "planted"
    browser.cookies["__Host-tongheng-session"] = "planted"

    await signed_in(browser)

    assert browser.cookies["__Host-tongheng-session"] != "planted"


async def test_wrong_names_and_passwords_look_alike_and_are_counted(
    forms: Forms, a_user: Given, browser: Browser
) -> None:
    await a_user("sun.fei")
    await browser.authorize(pkce()[1])
    page = browser.page

    async def tried(username: str, password: str) -> tuple[int, str]:
        browser.page = page
        answer = await browser.submit(username=username, password=password)
        return answer.status_code, re.sub(r'value="[^"]+"', "", answer.text)

    wrong, unknown = await tried("sun.fei", "not it"), await tried("nobody", "not it")
    for _ in range(9):
        await tried("sun.fei", "not it")
    locked = await tried("sun.fei", PASSWORD)

    assert wrong == unknown
    assert wrong[0] == 400
    assert locked[0] == 429


async def test_a_disabled_persons_session_gives_no_code(
    forms: Forms, a_user: Given, browser: Browser, api: Api
) -> None:
    user = await a_user()
    await signed_in(browser)

    await api.post(f"/identity/users/{user['id']}/disable")

    answer = await browser.authorize(pkce()[1], prompt="none")
    assert answered(answer)["error"] == "login_required"


async def test_a_role_that_asks_for_a_second_factor_gets_one_before_anything_else(
    forms: Forms, a_user: Given, browser: Browser, api: Api
) -> None:
    await api.patch("/identity/roles/seller", {"second_factor": True}, if_match="1")
    await a_user(roles=["seller"])
    grant = await forms.token(grant_type="password", username="li.na", password=PASSWORD)
    verifier, challenge = pkce()
    await browser.authorize(challenge)

    enrol = await browser.submit(username="li.na", password=PASSWORD)
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", enrol.text)
    assert secret is not None
    key = b32decode(secret[1])
    wrong = await browser.submit(otp="000000")
    step = totp.step_of(time.time())
    codes = await browser.submit(otp=totp.code_at(key, step))
    recovery = re.findall(r"<code>([A-Z2-7-]{19})</code>", codes.text)
    back = await browser.submit()
    tokens = (await redeemed(forms, answered(back)["code"], verifier)).json()

    assert grant.json()["code"] == "second-factor-enrolment-required"
    assert "<svg" in enrol.text
    assert wrong.status_code == 400
    assert len(recovery) == 10
    said = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    assert said["amr"] == ["pwd", "otp", "mfa"]
    replayed = await forms.token(
        grant_type="password", username="li.na", password=PASSWORD, otp=totp.code_at(key, step)
    )
    assert replayed.json()["error"] == "invalid_grant"
    missing = await forms.token(grant_type="password", username="li.na", password=PASSWORD)
    assert missing.json()["code"] == "otp-required"
    by_recovery = await forms.token(
        grant_type="password", username="li.na", password=PASSWORD, otp=recovery[0]
    )
    again = await forms.token(
        grant_type="password", username="li.na", password=PASSWORD, otp=recovery[0]
    )
    assert (by_recovery.status_code, again.status_code) == (200, 400)


async def test_codes_cannot_be_guessed(
    forms: Forms, a_user: Given, browser: Browser, api: Api
) -> None:
    await a_user()
    me = await forms.sign_in("li.na")
    factor = await own(api, me)
    begun = await factor.post("/identity/me/second-factor", {"current_password": PASSWORD})
    key = b32decode(begun.json()["secret"])
    step = totp.step_of(time.time())
    await factor.post("/identity/me/second-factor/confirm", {"code": totp.code_at(key, step - 1)})
    wrong = "000000" if totp.code_at(key, step) != "000000" else "000001"

    tried = [
        await forms.token(grant_type="password", username="li.na", password=PASSWORD, otp=wrong)
        for _ in range(6)
    ]
    right = await forms.token(
        grant_type="password", username="li.na", password=PASSWORD, otp=totp.code_at(key, step + 1)
    )

    assert [each.status_code for each in tried] == [400] * 5 + [429]
    assert right.status_code == 429
    assert int(right.headers["retry-after"]) > 60


async def own(api: Api, tokens: dict[str, Any]) -> Api:
    """The API as somebody who signed in."""
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    return api.as_("nothing", subject=claims["sub"], session=claims["sid"])


async def test_one_sees_and_ends_ones_own_sessions_and_nobody_elses(
    forms: Forms, a_user: Given, browser: Browser, api: Api, harness: Harness
) -> None:
    await a_user("wang.wei")
    user = await a_user()
    first = await forms.sign_in("li.na")
    second = await forms.sign_in("li.na")
    other = await own(api, await forms.sign_in("wang.wei"))
    me = await own(api, first)

    listed = (await me.get("/identity/me/sessions")).json()["items"]
    mine = next(each for each in listed if each["current"])
    theirs = await other.post(f"/identity/me/sessions/{mine['id']}/end")
    by_admin = await api.get(f"/identity/users/{user['id']}/sessions")
    ended = await me.post(f"/identity/me/sessions/{mine['id']}/end")
    refresh = await forms.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    untouched = await forms.token(grant_type="refresh_token", refresh_token=second["refresh_token"])
    await harness.app.state.running.access.refresh()
    refused = await me.get("/identity/me/sessions")

    assert len(listed) == 2
    assert mine["address"] == "192.0.2.1"
    assert theirs.status_code == 404
    assert len(by_admin.json()["items"]) == 2
    assert ended.status_code == 204
    assert (refresh.status_code, untouched.status_code) == (400, 200)
    assert refused.status_code == 401


async def test_userinfo_is_for_holders_of_access_tokens_only(
    forms: Forms, a_user: Given, api: Api
) -> None:
    user = await a_user()
    me = await own(api, await forms.sign_in("li.na"))

    said = await me.get("/auth/userinfo")
    nobody = await Browser(api).send("GET", "/auth/userinfo")

    assert said.json() == {"sub": user["id"], "name": "li.na", "preferred_username": "li.na"}
    assert nobody.status_code == 401
