"""What passes, what does not, and what happens when a service is in trouble."""

import asyncio
import io

import pytest

from .conftest import Client, Start, Upstream, token


async def test_a_request_passes_with_what_it_says(client: Client, upstream: Upstream) -> None:
    answer = await client.ask(
        "POST", "/api/v1/sales/orders?a=%2F&b=1+2", data=b'{"x": 1}',
        content_type="application/json", idempotency_key="k-1", if_match='"3"', accept_language="zh",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )  # fmt: skip

    assert answer.json == {"method": "POST", "path": "/api/v1/sales/orders?a=%2F&b=1+2", "size": 8}
    assert upstream.bodies == [b'{"x": 1}']
    for name, value in {
        "authorization": f"Bearer {client.token}", "idempotency-key": "k-1", "if-match": '"3"',
        "accept-language": "zh", "content-type": "application/json",
    }.items():  # fmt: skip
        assert upstream.header(name) == value
    assert str(upstream.header("traceparent")).startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert (
        upstream.header("traceparent") != "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    )
    assert upstream.header("x-forwarded-for") == "127.0.0.1"
    assert len(str(upstream.header("x-request-id"))) == 32
    assert answer.header("etag") == '"1"'
    assert answer.header("x-request-id") == "of-the-service"
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("ratelimit").startswith('"default";r=')


async def test_what_only_the_gateway_may_say_is_not_believed(
    client: Client, upstream: Upstream
) -> None:
    await client.ask(
        "GET", "/api/v1/sales/orders",
        x_tongheng_companies="*", x_forwarded_for="10.0.0.1", x_forwarded_host="evil", forwarded="for=10.0.0.1",
        x_real_ip="10.0.0.1", x_request_id="mine", cookie="a=b", connection="x-secret", x_secret="1", te="trailers",
        x_http_method_override="DELETE", x_original_url="/api/v1/identity/users",
    )  # fmt: skip

    passed = {name.lower() for name in upstream.asked[-1].headers}
    assert passed & {
        "x-tongheng-companies", "x-forwarded-host", "forwarded", "x-real-ip", "cookie", "x-secret", "te",
        "x-http-method-override", "x-original-url",
    } == set()  # fmt: skip
    assert upstream.header("x-forwarded-for") == "127.0.0.1"
    assert upstream.header("x-request-id") != "mine"


async def test_a_load_balancer_in_front_is_believed(start: Start, upstream: Upstream) -> None:
    async with start(trusted_proxies=("127.0.0.0/8", "10.0.0.0/8")) as plain:
        await plain.as_("li.na").ask(
            "GET", "/api/v1/sales/x", x_forwarded_for="1.2.3.4, 203.0.113.9, 10.1.1.1"
        )

    assert upstream.header("x-forwarded-for") == "203.0.113.9"


async def test_the_services_own_trade_does_not_leave(client: Client) -> None:
    answer = await client.ask("GET", "/api/v1/sales/orders")

    assert answer.header("server") == ""
    assert answer.header("keep-alive") == ""


async def test_a_refusal_of_the_service_passes_as_it_is(client: Client) -> None:
    answer = await client.ask("POST", "/api/v1/sales/refuse", idempotency_key="k")

    assert (answer.status, answer.json) == (409, {"code": "invalid-state"})
    assert answer.header("content-type") == "application/problem+json"


async def test_redirects_are_not_followed(client: Client) -> None:
    assert (await client.ask("GET", "/api/v1/sales/elsewhere")).status == 302


async def test_large_answers_stream(client: Client) -> None:
    answer = await client.ask("GET", "/api/v1/sales/large")

    assert len(answer.body) == 3_000_000
    assert answer.header("content-length") == "3000000"


async def test_head_has_no_body(client: Client) -> None:
    answer = await client.ask("HEAD", "/api/v1/sales/large")

    assert (answer.status, answer.body) == (200, b"")


# --- tokens ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "authorization",
    [
        "", "Bearer", "Bearer x.y.z", "Basic YTpi", f"Bearer {token(exp=1)}", f"Bearer {token(iss='https://evil')}",
        f"Bearer {token(aud='other')}", f"Bearer {token()}x",
    ],
)  # fmt: skip
async def test_without_a_valid_token_nothing_passes(
    client: Client, upstream: Upstream, authorization: str
) -> None:
    answer = await client.ask("GET", "/api/v1/sales/orders", authorization=authorization)

    assert answer.status == 401
    assert answer.json["code"] == "unauthenticated"
    assert answer.header("www-authenticate").startswith("Bearer")
    assert len(answer.json["trace_id"]) == 32
    assert upstream.asked == []


async def test_the_token_endpoint_and_keys_need_none(client: Client, upstream: Upstream) -> None:
    client.token = ""

    form = await client.ask("POST", "/api/v1/auth/token", data=b"grant_type=password")
    keys = await client.ask("GET", "/.well-known/jwks.json")

    assert (form.status, keys.status) == (200, 200)
    assert keys.json["keys"][0]["kid"] == "k1"
    assert upstream.header("authorization") is None


async def test_headers_beyond_all_measure_are_refused(client: Client, upstream: Upstream) -> None:
    refused = await client.ask("GET", "/api/v1/sales/orders", x="a" * 7000, y="b" * 7000, z="c" * 7000,
                               v="d" * 7000, w="e" * 7000)  # fmt: skip

    assert (refused.status, refused.json["code"]) == (431, "headers-too-large")
    assert not upstream.asked


async def test_a_header_that_decides_and_comes_twice_is_refused(
    client: Client, upstream: Upstream
) -> None:
    answer = await client.raw(
        f"GET /api/v1/sales/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {client.token}\r\n"
        "Authorization: Bearer other\r\nConnection: close\r\n\r\n".encode()
    )

    assert b" 400 " in answer.split(b"\r\n")[0]
    assert b"invalid-header" in answer
    assert upstream.asked == []


# --- limits ----------------------------------------------------------------------------------------------------


async def test_a_body_over_the_limit_is_refused_by_its_length(
    client: Client, upstream: Upstream
) -> None:
    answer = await client.ask(
        "POST",
        "/api/v1/sales/orders",
        data=io.BytesIO(b"x" * (1024 * 1024 + 1)),
        idempotency_key="k",
    )

    assert (answer.status, answer.json["code"]) == (413, "payload-too-large")
    assert upstream.bodies == []


async def test_a_body_without_a_length_is_counted_while_it_comes(
    client: Client, upstream: Upstream
) -> None:
    async def chunks(count: int):
        for _ in range(count):
            yield b"x" * 65536

    fine = await client.ask("POST", "/api/v1/sales/orders", data=chunks(16), idempotency_key="k1")
    large = await client.ask("POST", "/api/v1/sales/orders", data=chunks(17), idempotency_key="k2")
    batch = await client.ask(
        "POST", "/api/v1/sales/orders:batch", data=chunks(17), idempotency_key="k3"
    )

    assert (fine.status, fine.json["size"]) == (200, 1024 * 1024)
    assert (large.status, large.json["code"]) == (413, "payload-too-large")
    assert (batch.status, batch.json["size"]) == (200, 17 * 65536)
    assert [len(body) for body in upstream.bodies] == [1024 * 1024, 17 * 65536]


async def test_a_streamed_body_keeps_its_length(client: Client, upstream: Upstream) -> None:
    answer = await client.ask(
        "POST", "/api/v1/sales/orders:batch", data=io.BytesIO(b"y" * 5_000_000), idempotency_key="k"
    )

    assert answer.json["size"] == 5_000_000
    assert upstream.header("content-length") == "5000000"


async def test_who_asks_too_often_waits_and_others_do_not(start: Start) -> None:
    async with start(rate_limit=5, rate_window=60.0) as plain:
        greedy = [await plain.as_("greedy").ask("GET", "/api/v1/sales/x") for _ in range(7)]
        modest = await plain.as_("modest").ask("GET", "/api/v1/sales/x")

    assert [answer.status for answer in greedy] == [200] * 5 + [429] * 2
    assert greedy[-1].json["code"] == "too-many-requests"
    assert int(greedy[-1].header("retry-after")) >= 1
    assert greedy[-1].header("ratelimit-policy") == '"default";q=5;w=60'
    assert greedy[-1].header("ratelimit").startswith('"default";r=0;t=')
    assert modest.status == 200


async def test_bad_tokens_and_sign_ins_are_counted_by_address(start: Start) -> None:
    async with start(rate_limit_anonymous=3, rate_limit_sign_in=2, rate_window=60.0) as plain:
        bad = [await plain.ask("GET", "/api/v1/sales/x") for _ in range(5)]
        sign_ins = [await plain.ask("POST", "/api/v1/auth/token", data=b"x") for _ in range(4)]
        fine = await plain.as_("li.na").ask("GET", "/api/v1/sales/x")

    assert [answer.status for answer in bad] == [401] * 3 + [429] * 2
    assert [answer.status for answer in sign_ins] == [200] * 2 + [429] * 2
    assert fine.status == 200


async def test_a_body_that_pauses_too_long_ends(start: Start) -> None:
    async with start(body_seconds=0.1) as plain:
        answer = await plain.raw(
            f"POST /api/v1/sales/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token()}\r\n"
            "Idempotency-Key: k\r\nContent-Length: 10\r\n\r\nabc".encode()
        )

    assert b" 408 " in answer.split(b"\r\n")[0]


@pytest.mark.parametrize("method", ["TRACE", "BREW"])
async def test_other_methods_are_refused(client: Client, method: str) -> None:
    answer = await client.ask(method, "/api/v1/sales/x")

    assert answer.status in (400, 405)
    assert answer.status == 400 or answer.header("allow")


# --- trouble ---------------------------------------------------------------------------------------------------


async def test_a_service_that_is_down_is_told_as_such(start: Start, upstream: Upstream) -> None:
    async with start(
        upstreams={"identity": upstream.address, "sales": "http://127.0.0.1:1"}
    ) as plain:
        answer = await plain.as_("li.na").ask(
            "POST", "/api/v1/sales/x", idempotency_key="k", accept_language="zh-CN"
        )

    assert (answer.status, answer.json["code"]) == (503, "dependency-unavailable")
    assert answer.header("retry-after") == "1"
    assert answer.header("content-language") == "zh"


async def test_a_question_to_a_silent_service_is_given_up(start: Start) -> None:
    async with start(answer_seconds=0.1) as plain:
        question = await plain.as_("li.na").ask("GET", "/api/v1/sales/slow")
        command = await plain.as_("li.na").ask(
            "POST", "/api/v1/sales/slow", data=b"{}", idempotency_key="k"
        )

    assert (question.status, question.json["code"]) == (503, "dependency-unavailable")
    assert (command.status, command.json["code"]) == (503, "outcome-unknown")
    assert command.header("retry-after") == "1"


async def test_a_lost_answer_is_asked_for_again_by_its_key(
    client: Client, upstream: Upstream
) -> None:
    upstream.deaths = 1

    answer = await client.ask("POST", "/api/v1/sales/die", data=b"{}", idempotency_key="k")

    assert answer.status == 200
    assert [request.headers["idempotency-key"] for request in upstream.asked] == ["k", "k"]


@pytest.mark.parametrize(
    ("method", "headers"), [("POST", {}), ("PATCH", {"if_match": '"1"'}), ("DELETE", {})]
)
async def test_what_no_key_protects_is_not_sent_twice(
    client: Client, upstream: Upstream, method: str, headers: dict[str, str]
) -> None:
    upstream.deaths = 1

    answer = await client.ask(method, "/api/v1/sales/die", data=b"{}", **headers)

    assert (answer.status, answer.json["code"]) == (503, "outcome-unknown")
    assert len(upstream.asked) == 1


async def test_a_service_that_dies_twice_leaves_the_outcome_unknown(
    client: Client, upstream: Upstream
) -> None:
    upstream.deaths = 2

    answer = await client.ask("POST", "/api/v1/sales/die", data=b"{}", idempotency_key="k")

    assert (answer.status, answer.json["code"]) == (503, "outcome-unknown")


async def test_an_answer_cut_short_is_not_taken_for_whole(client: Client) -> None:
    import aiohttp

    with pytest.raises(aiohttp.ClientPayloadError):
        await client.ask("GET", "/api/v1/sales/cut")


async def test_a_caller_who_goes_away_ends_a_long_answer(
    client: Client, upstream: Upstream
) -> None:
    async with client.session.get(
        client.address + "/api/v1/sales/endless",
        headers={"authorization": f"Bearer {client.token}"},
    ) as answer:
        await answer.content.read(100)
        answer.close()

    async with asyncio.timeout(3):
        await upstream.gone.wait()


async def test_a_caller_who_goes_away_within_his_body_reaches_nobody(
    client: Client, upstream: Upstream
) -> None:
    host, port = client.address.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"POST /api/v1/sales/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {client.token}\r\n"
        "Idempotency-Key: k\r\nContent-Length: 100\r\n\r\nabc".encode()
    )
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    after = await client.ask("GET", "/api/v1/sales/x")

    assert after.status == 200
    assert [request.method for request in upstream.asked] == ["GET"]


async def test_odd_bytes_in_the_address_are_refused(client: Client, upstream: Upstream) -> None:
    for target in (
        b"/api/v1/sales/x?a=\xff",
        b"/api/v1/sales/\xe8",
        b"/api/v1/sales/%2e%2e/identity/users",
    ):
        answer = await client.raw(
            b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + client.token.encode()
            + b"\r\nConnection: close\r\n\r\n"
        )  # fmt: skip
        assert answer.split(b" ")[1] in (b"400", b"404"), target

    assert upstream.asked == []


async def test_while_the_issuer_is_away_a_token_is_neither_good_nor_bad(
    start: Start, upstream: Upstream
) -> None:
    async with start(jwks_url="http://127.0.0.1:1/keys") as plain:
        answer = await plain.as_("li.na").ask("GET", "/api/v1/sales/x")

    assert (answer.status, answer.json["code"]) == (503, "dependency-unavailable")
    assert upstream.asked == []


async def test_tokens_seen_before_stay_good_while_the_issuer_is_away(client: Client) -> None:
    before = await client.ask("GET", "/api/v1/sales/x")
    verifier = client.gateway.callers._verifier
    verifier._jwks_url = "http://127.0.0.1:1/keys"
    same = await client.ask("GET", "/api/v1/sales/x")
    other = await client.as_("wang.wei").ask("GET", "/api/v1/sales/x")

    assert [answer.status for answer in (before, same, other)] == [200, 200, 200]
