"""Bodies, queries and headers that cannot be read."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

from ..attack import Case
from ..world import World

ORDERS = "/api/v1/sales/orders"


def bodies(w: World) -> Iterator[Case]:
    """JSON that is none, is too deep, too long or says things twice."""
    good = json.dumps(w.order_body()).encode()
    deep = lambda n: b'{"a":' * n + b"1" + b"}" * n  # noqa: E731
    many = w.order_body(lines=[w.order_body()["lines"][0]] * 5001)
    malformed: dict[str, bytes] = {
        "truncated": good[:-5],
        "empty": b"",
        "bad UTF-8": good.replace(b'"company"', b'"comp\xffany"'),
        "UTF-16": good.decode().encode("utf-16"),
        "NaN": good.replace(b'"1"', b"NaN", 1),
        "Infinity": good.replace(b'"1"', b"Infinity", 1),
        "duplicate keys": b'{"company":"A",' + good[1:],
        "33 deep": deep(33),
        "900 deep": deep(900),
        "100,000 deep": deep(100_000),
        "trailing comma": good[:-1] + b",}",
        "two documents": good + good,
        "byte order mark": b"\xef\xbb\xbf" + good,
        "a control character": good.replace(w.customer.encode(), b"C\x01"),
        "compressed": gzip.compress(good),
    }
    for name, raw in malformed.items():
        yield Case("json", name, lambda raw=raw: w.admin.ask("POST", ORDERS, raw=raw), ("400 malformed-json", "415", "400"))  # fmt: skip
    yield Case("json", "a list", lambda: w.admin.ask("POST", ORDERS, body=[]), ("422 validation-failed", "400 malformed-json"))  # fmt: skip
    for kind in (
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
    ):
        yield Case("json", f"as {kind}", lambda kind=kind: w.admin.ask("POST", ORDERS, raw=good, headers={"content-type": kind}), ("415",))  # fmt: skip
    yield Case("json", "1 MiB and one", lambda: w.admin.ask("POST", ORDERS, raw=b" " * (1024 * 1024 + 1)), ("413 payload-too-large",))  # fmt: skip
    yield Case("json", "5,001 lines", lambda: w.admin.ask("POST", ORDERS, body=many), ("413 payload-too-large", "422 validation-failed"))  # fmt: skip
    yield Case("json", "1,001 rows", lambda: w.admin.ask("POST", ORDERS + ":batch", body={"rows": [{}] * 1001}), ("413 payload-too-large", "422 validation-failed"))  # fmt: skip
    yield Case("json", "no acceptable type", lambda: w.admin.ask("GET", ORDERS, headers={"accept": "image/png"}), ("406",))  # fmt: skip
    for method, path in (
        ("DELETE", ORDERS),
        ("PUT", ORDERS),
        ("PATCH", "/api/v1/finance/vouchers"),
    ):
        yield Case(
            "json",
            f"{method} {path}",
            lambda m=method, p=path: w.admin.ask(m, p, body={}),
            ("405",),
        )
    yield Case("json", "TRACE", lambda: w.admin.ask("TRACE", ORDERS), ("405",))


def values(w: World) -> Iterator[Case]:
    """Values that look nearly right."""

    def order(name: str, body: dict[str, Any]) -> Case:
        return Case(
            "values",
            name,
            lambda: w.admin.ask("POST", ORDERS, body=body),
            ("422 validation-failed",),
        )

    quantities: list[object] = [
        "0", "-1", "1e5", "1_000", " 1 ", "1 ", "١٢", True, 1.5, 1, None, "", "+1", "1.", ".5", "0x10", "1,5", "NaN",
        "Infinity", "1e30", "1.1234567", "1234567890123456", "--1", "１", [], {}, "9" * 400,
    ]  # fmt: skip
    for value in quantities:
        yield order(f"quantity {value!r:.40}", w.line_body(quantity=value))
    for value in ("-0.01", "1e2", "1.1234567", True, "abc", "NaN"):
        yield order(f"unit_price {value!r}", w.line_body(unit_price=value))
    for value in (
        "2026-02-31",
        "0000-01-01",
        "2026-13-01",
        "31.12.2026",
        "2026-1-1",
        20260101,
        "2026-01-01T00:00:00",
    ):
        yield order(f"requested_date {value!r}", w.order_body(requested_date=value))
    for name, value in (
        ("id", "0190aaaa-0000-7000-8000-000000000001"), ("number", "SO-1"), ("status", "completed"), ("version", 9),
        ("recorded_at", "2026-01-01T00:00:00Z"), ("created_by", "me"), ("tenant_id", "other"), ("amount_gross", "1.00"),
        ("__proto__", {}), ("companies", ["*"]),
    ):  # fmt: skip
        yield order(f"server's own field {name}", w.order_body(**{name: value}))
    for name, text in (
        ("a control character", "a\x00b"),
        ("a lone surrogate", "\ud800"),
        ("300 characters", "x" * 300),
    ):
        yield Case("values", f"code with {name}", lambda t=text: w.admin.ask("POST", "/api/v1/masterdata/items", body={"code": t, "name": "x", "base_unit": "PCS"}), ("422 validation-failed", "400 malformed-json"))  # fmt: skip
    yield order("half a piece", w.line_body(quantity="0.5"))
    yield order("priority high", w.order_body(priority="high"))
    yield order("priority -1", w.order_body(priority=-1))
    yield order("no lines", w.order_body(lines=[]))
    for field, value in (("customer", "NOBODY-KNOWS"), ("company", "NONE")):
        yield Case("values", f"unknown {field}", lambda f=field, v=value: w.admin.ask("POST", ORDERS, body=w.order_body(**{f: v})), ("422 unknown-reference", "403 out-of-scope"))  # fmt: skip
    yield Case("values", "unknown item", lambda: w.admin.ask("POST", ORDERS, body=w.line_body(item="NOTHING")), ("422 unknown-reference",))  # fmt: skip


def queries(w: World) -> Iterator[Case]:
    """Questions that cannot be read, and fragments of SQL."""
    for path in (
        ORDERS,
        "/api/v1/finance/vouchers",
        "/api/v1/inventory/deliveries",
        "/api/v1/masterdata/items",
    ):
        for query in (
            "limit=0", "limit=1001", "limit=1e3", "limit=-1", "cursor=abc", "cursor=eyJhIjoxfQ.x", "sort=password",
            "sort=id;drop table orders", "limit=1&limit=2", "unknown=1", "%00=1", "limit=%31%00",
        ):  # fmt: skip
            asked = f"{path}?{query.replace(' ', '%20')}"
            yield Case("queries", f"{path} {query}", lambda a=asked: w.admin.ask("GET", a), ("400 invalid-query", "400", "404"))  # fmt: skip
    for fragment in (
        "' OR 1=1 --",
        "'; DROP TABLE orders; --",
        "%25",
        "\\",
        "$1",
        "{{7*7}}",
        "../../etc/passwd",
    ):
        asked = f"{ORDERS}?number={''.join(f'%{byte:02x}' for byte in fragment.encode())}"
        yield Case("queries", f"number={fragment}", lambda a=asked: w.admin.ask("GET", a), ("200", "400 invalid-query"))  # fmt: skip
    for path in ("/api/v1/sales/../identity/users", "/api/v1//sales/orders", "/api/v1/sales%2forders", "/api/v1/sales/orders/%00", "/api/v1/nothing/here", "/api/v2/sales/orders", "/api/v1/sales/orders/not-an-id"):  # fmt: skip
        yield Case("queries", path, lambda p=path: w.admin.ask("GET", p), ("404", "400"))
