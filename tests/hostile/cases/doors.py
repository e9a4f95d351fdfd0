"""Every door to another company's documents, found from the services themselves; doors past the gateway; webhooks' addresses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import uuid4

from operations.client import Refused

from ..attack import Answer, Caller, Case
from ..world import World
from .matrix import operations

LAST_DAY = "2999-12-31"
ABSENT = ("404", "400", "405", "422", "428", "403 out-of-scope")
"""What somebody may be told of what is not his: nothing that shows that it is there."""


async def furnish(w: World) -> dict[str, str]:
    """Give the other company a document of each kind that can be made without more; what could not be, and why."""
    erp, company, item = w.erp, w.theirs, w.item
    code, warehouse, other = company.code, company.of("SH"), company.of("GZ")
    line = {"item": item, "quantity": "1"}
    made = await company.item("H-MADE")
    day = str(w.their_order["business_date"])
    wanted: dict[str, dict[str, Any]] = {
        "/sales/quotations": {"company": code, "customer": w.customer, "valid_until": LAST_DAY, "lines": [{**line, "unit_price": "9"}]},
        "/sales/price-lists": {"company": code, "code": "HOSTILE", "name": "HOSTILE", "prices": [{"item": item, "unit_price": "9"}]},
        "/purchasing/agreements": {"company": code, "supplier": w.supplier, "valid_from": "2020-01-01", "valid_until": LAST_DAY, "lines": [{"item": item, "unit_price": "3", "quantity_limit": "50"}]},
        "/purchasing/rfqs": {"company": code, "warehouse": warehouse, "suppliers": [w.supplier], "answer_until": LAST_DAY, "lines": [line]},
        "/purchasing/requisitions": {"company": code, "lines": [{**line, "warehouse": warehouse}]},
        "/purchasing/orders": {"company": code, "supplier": w.supplier, "warehouse": warehouse, "lines": [{**line, "unit_price": "3"}]},
        "/inventory/bins": {"company": code, "warehouse": warehouse, "code": "H-01"},
        "/inventory/relocations": {"company": code, "warehouse": warehouse, "lines": [{**line, "to_bin": "H-01"}]},
        "/inventory/transfers": {"company": code, "from_warehouse": warehouse, "to_warehouse": other, "lines": [line]},
        "/inventory/counts": {"company": code, "warehouse": warehouse, "items": [item]},
        "/inventory/issues": {"company": code, "cost_collector": "H", "lines": [{**line, "warehouse": warehouse}]},
        "/inventory/reorder-rules": {"company": code, "warehouse": warehouse, "item": item, "minimum": "1", "maximum": "5"},
        "/finance/payments": {"company": code, "direction": "received", "partner": w.customer, "amount": "5.00"},
        "/finance/voucher-drafts": {"company": code, "text": "H", "lines": [{"account": "1002", "debit": "1.00"}, {"account": "6001", "credit": "1.00"}]},
        "/finance/accounts": {"company": code, "code": "1002.09", "name": "H", "parent": "1002"},
        "/production/calendars": {"company": code, "code": "H", "name": "H", "shifts": [{"weekday": 1, "start": "08:00", "end": "16:00"}]},
        "/production/work-centres": {"company": code, "code": "H", "name": "H"},
        "/production/boms": {"company": code, "item": made, "components": [line]},
        "/production/routings": {"company": code, "item": made, "operations": [{"operation": 10, "work_centre": "H", "run_hours": "0.1"}]},
        "/production/item-plans": {"company": code, "item": made},
        "/production/orders": {"company": code, "item": made, "quantity": "1", "warehouse": warehouse, "due_date": day},
        "/production/engineering-requests": {"company": code, "description": "H", "quantity": "1", "unit": "PCS"},
        "/production/standard-costs": {"company": code, "name": "H"},
        "/production/mrp/runs": {"company": code, "mode": "full"},
    }  # fmt: skip
    await erp.quiet()
    missing: dict[str, str] = {}
    for path, body in wanted.items():
        try:
            await erp.post(path, body)
        except Refused as refusal:
            missing[path] = f"{refusal.status} {refusal.code}"
        if path in ("/production/work-centres", "/production/boms"):
            await erp.quiet()
    await erp.quiet()
    return missing


@dataclass(frozen=True, slots=True)
class Narrow:
    """Somebody with every right who is limited, and what he is limited away from."""

    name: str
    caller: Caller
    query: str
    """Asks a list for what is not his."""
    others: Mapping[str, str]
    """Fields of a row, of which one with this value makes it another's."""

    def sees_others(self, said: object) -> bool:
        """Whether an answer has a row, however deep, that is not his."""
        if isinstance(said, dict):
            row = cast("dict[str, object]", said)
            own = any(row.get(field) == value for field, value in self.others.items())
            return own or any(self.sees_others(each) for each in row.values())
        if isinstance(said, list):
            return any(self.sees_others(each) for each in cast("list[object]", said))
        return False


async def narrowed(w: World) -> list[Narrow]:
    """Three who have every right: in one company, for one customer, in one warehouse."""
    code, here = w.theirs.code, w.theirs.of("SH")
    stranger = await w.theirs.partner("H-STRANGER", "customer", "supplier")
    await w.erp.quiet()
    partner = await w.limited(companies=[code], partners=[stranger])
    keeper = await w.limited(companies=[code], warehouses=[w.theirs.of("GZ")])
    return [
        Narrow("one company", w.by_role["administrator"], f"company={code}", {"company": code}),
        Narrow(
            "one partner", partner, f"customer={w.customer}",
            {field: who for field in ("customer", "partner") for who in (w.customer,)} | {"supplier": w.supplier},
        ),
        Narrow("one warehouse", keeper, f"warehouse={here}", {"warehouse": here}),
    ]  # fmt: skip


async def foreign(w: World) -> tuple[list[Case], dict[str, list[str]]]:
    """Each list as each narrow caller, and a row that is not his by each door that takes one.

    Returns the cases, and by caller the lists that had such a row.
    """
    declared = [(method, path) for method, path, _ in operations()]
    lists = sorted({path for method, path in declared if method == "GET" and "{" not in path})
    cases: list[Case] = []
    shown: dict[str, list[str]] = {}
    for narrow in await narrowed(w):
        for path in lists:
            for query in ("", "?limit=1000", f"?{narrow.query}"):
                cases.append(_nothing_of_others(narrow, path + query))
            row = await _row_of(w, narrow, path)
            if row is None:
                continue
            shown.setdefault(narrow.name, []).append(path)
            for method, door in declared:
                head, brace, rest = door.partition("/{")
                if head == path and brace and "{" not in rest:
                    for reference in _references(row):
                        asked = f"{head}/{reference}{rest.partition('}')[2]}"
                        cases.append(_absent(narrow, method, asked))
    return cases, shown


async def _row_of(w: World, narrow: Narrow, path: str) -> Mapping[str, Any] | None:
    """One row of a list that is not his, as the administrator of all sees it."""
    company = f"company={w.theirs.code}"
    for query in (f"?{narrow.query}&{company}&limit=100", f"?{company}&limit=1000", "?limit=1000"):
        answer = await w.admin.ask("GET", path + query)
        said = answer.json if answer.status == 200 else None
        rows = said.get("items") if isinstance(said, dict) else said
        for row in cast("list[Any]", rows) if isinstance(rows, list) else ():
            if isinstance(row, dict):
                known = cast("Mapping[str, Any]", row)
                there = known.get("company", w.theirs.code) == w.theirs.code
                if there and known.get("id") and narrow.sees_others({**known, "lines": []}):
                    return known
    return None


def _references(row: Mapping[str, Any]) -> list[str]:
    return [str(row[name]) for name in ("id", "number") if row.get(name)]


def _absent(narrow: Narrow, method: str, path: str) -> Case:
    body = None if method == "GET" else {}
    # 400: the door takes ids only
    return Case(
        "doors", f"{narrow.name}: {method} {path}",
        lambda: narrow.caller.ask(method, path, body=body, headers={"if-match": '"1"'}),
        ("404", "400 invalid-query") if method == "GET" else ABSENT,
    )  # fmt: skip


def _nothing_of_others(narrow: Narrow, path: str) -> Case:
    async def look() -> Answer:
        answer = await narrow.caller.ask("GET", path)
        if answer.status == 200 and narrow.sees_others(answer.json):
            return Answer(500, "leak", answer.body[:300], {})
        return answer

    wanted = ("200", "400", "403 out-of-scope", "404", "422")
    return Case("doors", f"{narrow.name}, own rows only: GET {path}", look, wanted)


def past_the_gateway(w: World, services: Mapping[str, str]) -> Iterator[Case]:
    """A service's own port believes a signed token, and no header."""
    said = {
        "x-tongheng-subject": "admin", "x-tongheng-permissions": "*", "x-tongheng-companies": "*", "x-user": "admin",
        "x-forwarded-for": "127.0.0.1", "forwarded": "for=127.0.0.1;by=gateway",
    }  # fmt: skip
    for name, address in services.items():
        if name == "gateway":
            continue
        caller = Caller(address, w.http)
        for path in (f"/api/v1/{name}/me", f"/api/v1/{name}/parked-messages"):
            yield Case("doors", f"past the gateway: {name} {path}", lambda c=caller, p=path: c.ask("GET", p, headers=said), ("401",))  # fmt: skip
    told = Caller(services["identity"], w.http)
    for path in ("/usage", "/refusals"):
        yield Case("doors", f"past the gateway: identity {path}", lambda p=path: told.ask("POST", p, body={}, headers=said), ("401",))  # fmt: skip
        yield Case("doors", f"through the gateway: {path}", lambda p=path: w.admin.ask("POST", p, body={}), ("404",))  # fmt: skip


def addresses(w: World) -> Iterator[Case]:
    """Places inside, in every spelling, where webhooks must not be sent (R24)."""
    for url in (
        "http://127.0.0.1:8080/", "https://127.0.0.1/", "https://localhost/", "https://LOCALHOST./", "https://10.0.0.1/",
        "https://172.16.0.1/", "https://192.168.0.1/", "https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/",
        "https://0.0.0.0/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[fe80::1]/", "https://[fc00::1]/",
        "https://[64:ff9b::7f00:1]/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/",
        "https://kubernetes.default.svc/", "https://postgres/", "https://kafka.internal/", "https://user@example.com/",
        "https://example.com@127.0.0.1/", "https://example.com:0/", "https://example.com/#x", "ftp://example.com/",
        "file:///etc/passwd", "gopher://example.com/", "//example.com/", "https://", "https://exa mple.com/",
        "https://example.com\\@127.0.0.1/", "https://１２７.0.0.1/",
    ):  # fmt: skip
        body = {"url": url, "types": ["sales.*"]}
        yield Case("webhooks", url, lambda b=body: w.admin.ask("POST", "/api/v1/workflow/webhooks", body=b), ("422 url-not-allowed", "422 validation-failed"))  # fmt: skip
    theirs = {"url": "https://example.com/in", "types": ["sales.*"], "companies": [w.theirs.code]}
    yield Case("webhooks", "of another company", lambda: w.by_role["administrator"].ask("POST", "/api/v1/workflow/webhooks", body=theirs), ("403 out-of-scope",))  # fmt: skip
    everything = {"url": "https://example.com/in", "types": ["*.*.*"]}
    yield Case("webhooks", "of types that are none", lambda: w.admin.ask("POST", "/api/v1/workflow/webhooks", body=everything), ("422",))  # fmt: skip


def written_for_them(w: World) -> Iterator[Case]:
    """Our caller writes into the other company: by its code, its warehouse, or its document in a body."""
    ours, code, here = w.by_role["administrator"], w.theirs.code, w.theirs.of("SH")
    line = {"item": w.item, "quantity": "1"}
    bodies: dict[str, dict[str, Any]] = {
        "POST /sales/quotations": {"company": code, "customer": w.customer, "valid_until": LAST_DAY, "lines": [{**line, "unit_price": "9"}]},
        "POST /sales/price-lists": {"company": code, "code": "H2", "name": "H", "prices": [{"item": w.item, "unit_price": "9"}]},
        "POST /purchasing/agreements": {"company": code, "supplier": w.supplier, "valid_from": "2020-01-01", "valid_until": LAST_DAY, "lines": [{"item": w.item, "unit_price": "3"}]},
        "POST /purchasing/rfqs": {"company": code, "warehouse": here, "suppliers": [w.supplier], "answer_until": LAST_DAY, "lines": [line]},
        "POST /purchasing/requisitions": {"company": code, "lines": [{**line, "warehouse": here}]},
        "POST /purchasing/orders": {"company": code, "supplier": w.supplier, "warehouse": here, "lines": [{**line, "unit_price": "3"}]},
        f"PUT /purchasing/approval-policies/{code}": {"rules": []},
        "POST /inventory/bins": {"company": code, "warehouse": here, "code": "H-02"},
        "POST /inventory/relocations": {"company": code, "warehouse": here, "lines": [{**line, "to_bin": "H-01"}]},
        "POST /inventory/transfers": {"company": code, "from_warehouse": here, "to_warehouse": w.theirs.of("GZ"), "lines": [line]},
        "POST /inventory/counts": {"company": code, "warehouse": here},
        "POST /inventory/adjustments": {"company": code, "reason": "found", "lines": [{**line, "warehouse": here, "unit_cost": "1"}]},
        "POST /inventory/reorder-rules": {"company": code, "warehouse": here, "item": w.item, "minimum": "1", "maximum": "2"},
        "POST /finance/payments": {"company": code, "direction": "received", "partner": w.customer, "amount": "5.00"},
        "POST /finance/nettings": {"company": code, "partner": w.customer},
        "POST /finance/accounts": {"company": code, "code": "66028", "name": "H", "parent": "6602"},
        "POST /finance/vouchers": {"company": code, "text": "H", "lines": [{"account": "1002", "debit": "1.00"}, {"account": "6001", "credit": "1.00"}]},
        "POST /finance/voucher-drafts": {"company": code, "text": "H", "lines": [{"account": "1002", "debit": "1.00"}, {"account": "6001", "credit": "1.00"}]},
        "POST /finance/openings": {"company": code, "lines": []},
        "POST /finance/periods/2020-01/close": {"company": code},
        "POST /finance/periods/2020-01/reopen": {"company": code, "reason": "H"},
        "POST /production/boms": {"company": code, "item": w.item, "components": [{**line, "item": w.inactive}]},
        "POST /production/work-centres": {"company": code, "code": "H3", "name": "H"},
        "POST /production/orders": {"company": code, "item": w.item, "quantity": "1", "warehouse": here},
        "POST /production/engineering-requests": {"company": code, "description": "H3", "quantity": "1", "unit": "PCS"},
        "POST /production/standard-costs": {"company": code, "name": "H3"},
        "POST /production/mrp/runs": {"company": code},
    }  # fmt: skip
    for door, body in bodies.items():
        method, _, path = door.partition(" ")
        yield Case("scopes", f"for another company: {door}", lambda m=method, p=path, b=body: ours.ask(m, f"/api/v1{p}", body=b, headers={"if-match": '"1"'} if m == "PUT" else {}), ("403 out-of-scope", "404 not-found"))  # fmt: skip
    number = w.their_order["number"]
    for path, body in {
        "/sales/returns": {"order": number, "lines": [{"order_line": 1, "quantity": "1"}]},
        "/finance/invoices": {"order": number},
        "/finance/payments": {"company": w.ours.code, "direction": "received", "partner": w.customer, "amount": "1.00", "order": number},
        "/finance/bills": {"purchase_order": number, "number": "H", "lines": [{"line": 1, "quantity": "1", "unit_price": "1"}]},
        "/inventory/receipts": {"purchase_order": number, "lines": [{"line": 1, "accepted": "1"}]},
        "/purchasing/returns": {"purchase_order": number, "lines": [{"line": 1, "quantity": "1"}]},
        "/inventory/relocations": {"company": w.ours.code, "warehouse": here, "lines": [{**line, "to_bin": "H-01"}]},
        "/inventory/adjustments": {"company": w.ours.code, "reason": "found", "lines": [{**line, "warehouse": here, "unit_cost": "1"}]},
    }.items():  # fmt: skip
        yield Case("scopes", f"another company's document in a body: {path}", lambda p=path, b=body: _as_unknown(w, ours, p, b), ("404", "422", "409 invalid-state", "403 out-of-scope"))  # fmt: skip
    batch = {"rows": [w.order_body(company=code)]}

    async def row() -> Answer:
        answer = await ours.ask("POST", "/api/v1/sales/orders:batch", body=batch)
        (only,) = answer.json["results"]
        return Answer(only["status"], only["problem"]["code"], answer.body, {"Content-Type": "application/problem+json"})  # fmt: skip

    yield Case("scopes", "for another company: a row of a batch", row, ("403 out-of-scope",))


async def _as_unknown(w: World, caller: Caller, path: str, body: dict[str, Any]) -> Answer:
    """The answer to a body that names another company's document; wrong where one that does not exist is told apart."""
    told = await caller.ask("POST", f"/api/v1{path}", body=body)
    unknown = json.dumps(body).replace(w.their_order["number"], "SO-NONE").replace(w.theirs.of("SH"), "NONE")  # fmt: skip
    other = await caller.ask("POST", f"/api/v1{path}", raw=unknown.encode(), headers={"content-type": "application/json"})  # fmt: skip
    same = (told.status, told.code) == (other.status, other.code)
    return told if same or told.code == "out-of-scope" else Answer(500, f"{told.code} is told apart from {other.code}", b"", {})  # fmt: skip


def more_of_the_business(w: World) -> Iterator[Case]:
    """Commands after their time, against the rules between persons, and against what was closed."""
    company, item = w.ours, w.item
    today = str(w.order["business_date"])

    async def last_of(*steps: tuple[str, str, dict[str, Any]]) -> Answer:
        """The steps one after another; `{id}` is the first answer's."""
        made, answer = "", Answer(0, "", b"", {})
        for method, path, body in steps:
            answer = await w.admin.ask(method, f"/api/v1{path.replace('{id}', made)}", body=body)
            made = made or str((answer.json or {}).get("id", ""))
        return answer

    entry = [{"account": "1002", "debit": "1.00"}, {"account": "6001", "credit": "1.00"}]
    drafted = {"company": company.code, "text": "H", "posting_date": today, "lines": entry}
    drafts = "/finance/voucher-drafts"
    yield Case("business", "posting one's own draft", lambda: last_of(("POST", drafts, drafted), ("POST", f"{drafts}/{{id}}/submit", {}), ("POST", f"{drafts}/{{id}}/post", {})), ("403 self-approval",))  # fmt: skip

    async def cancelled_twice() -> Answer:
        made = await w.erp.post("/sales/orders", w.order_body())
        await w.erp.post(f"/sales/orders/{made['id']}/cancel")
        await w.erp.quiet()
        return await w.admin.ask("POST", f"/api/v1/sales/orders/{made['id']}/cancel", body={})

    yield Case("business", "cancelling twice", cancelled_twice, ("409 invalid-state",))

    async def shipped() -> tuple[dict[str, Any], dict[str, Any]]:
        order = await company.order(w.customer, {"item": item, "quantity": "1", "unit_price": "9", "warehouse": company.of("SH")})  # fmt: skip
        await w.erp.quiet()
        delivery = await company.delivery(order["id"], "SH")
        await w.erp.post(f"/inventory/deliveries/{delivery['id']}/ship", {})
        await w.erp.quiet()
        return order, delivery

    async def shipped_twice() -> Answer:
        _, delivery = await shipped()
        return await w.admin.ask("POST", f"/api/v1/inventory/deliveries/{delivery['id']}/ship", body={})  # fmt: skip

    async def cancelled_after_shipping() -> Answer:
        order, _ = await shipped()
        return await w.admin.ask("POST", f"/api/v1/sales/orders/{order['id']}/cancel", body={})

    async def overpaid() -> Answer:
        order, _ = await shipped()
        invoice = await w.erp.post("/finance/invoices", {"order": order["number"]})
        await w.erp.quiet()
        paid = {"company": company.code, "direction": "received", "partner": w.customer, "amount": "999999.00", "allocations": [{"invoice": invoice["number"], "amount": "999999.00"}]}  # fmt: skip
        return await w.admin.ask("POST", "/api/v1/finance/payments", body=paid)

    yield Case("business", "shipping twice", shipped_twice, ("409 invalid-state", "409 insufficient-stock"))  # fmt: skip
    yield Case("business", "cancelling after shipping", cancelled_after_shipping, ("409 invalid-state",))  # fmt: skip
    yield Case("business", "paying more than is open", overpaid, ("409 overpayment",))

    async def blocked() -> Answer:
        customer = await company.partner(f"B{uuid4().hex[:6].upper()}", "customer")
        await w.erp.post(f"/masterdata/partners/{customer}/deactivate")
        await w.erp.quiet()
        return await w.admin.ask("POST", "/api/v1/sales/orders", body=w.order_body(customer=customer))  # fmt: skip

    yield Case("business", "a blocked customer", blocked, ("409 invalid-state", "422 unknown-reference"))  # fmt: skip
    itself = {
        "company": company.code,
        "item": item,
        "components": [{"item": item, "quantity": "1"}],
    }
    yield Case("business", "a bill of material in itself", lambda: w.admin.ask("POST", "/api/v1/production/boms", body=itself), ("422 bom-cycle", "409 bom-cycle", "422 validation-failed"))  # fmt: skip
    yield Case("business", "a move is never changed", lambda: w.admin.ask("PATCH", "/api/v1/inventory/moves", body={}), ("405",))  # fmt: skip
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        yield Case("business", f"{method} of audit records", lambda m=method: w.admin.ask(m, "/api/v1/workflow/audit-entries", body={}), ("405",))  # fmt: skip
    yield Case("business", "no version where one is needed", lambda: w.admin.ask("PATCH", f"/api/v1/sales/orders/{w.order['id']}", body={}), ("428",))  # fmt: skip
    reopened = {"company": company.code, "reason": "H"}
    yield Case("business", "reopening a period that is open", lambda: w.admin.ask("POST", f"/api/v1/finance/periods/{today[:7]}/reopen", body=reopened), ("409", "422"))  # fmt: skip
    too_many = {"company": company.code, "warehouse": company.of("SH"), "suppliers": [w.supplier] * 1000, "answer_until": LAST_DAY, "lines": [{"item": item, "quantity": "1"}]}  # fmt: skip
    yield Case("business", "a request to one supplier a thousand times", lambda: w.admin.ask("POST", "/api/v1/purchasing/rfqs", body=too_many), ("422", "409 duplicate"))  # fmt: skip
    backwards = {"company": company.code, "supplier": w.supplier, "valid_from": LAST_DAY, "valid_until": "2020-01-01", "lines": [{"item": item, "unit_price": "3"}]}  # fmt: skip
    yield Case("business", "an agreement that ends before it begins", lambda: w.admin.ask("POST", "/api/v1/purchasing/agreements", body=backwards), ("422",))  # fmt: skip
    for name, rules in {
        "below zero": [{"amount_above": "-1", "approvals": 1}], "by nobody": [{"amount_above": "1", "approvals": 0}],
        "by a million": [{"amount_above": "1", "approvals": 1_000_000}],
    }.items():  # fmt: skip
        yield Case("business", f"an approval policy {name}", lambda r=rules: w.admin.ask("PUT", f"/api/v1/purchasing/approval-policies/{company.code}", body={"rules": r}), ("422", "428"))  # fmt: skip

    async def into_no_bin() -> Answer:
        place = company.of("GZ")
        await w.erp.post(
            "/inventory/bins", {"company": company.code, "warehouse": place, "code": "H-01"}
        )
        moved = {
            "company": company.code,
            "warehouse": place,
            "lines": [{"item": item, "quantity": "1", "to_bin": "NO-SUCH"}],
        }
        return await w.admin.ask("POST", "/api/v1/inventory/relocations", body=moved)

    yield Case("business", "moving into a bin that is none", into_no_bin, ("422",))
    late = {"company": company.code, "customer": w.customer, "valid_until": "2020-01-01", "lines": [{"item": item, "quantity": "1", "unit_price": "9"}]}  # fmt: skip
    nothing = {**late, "valid_until": LAST_DAY, "lines": [{"quantity": "1", "unit_price": "9"}]}
    yield Case("business", "a quotation of nothing", lambda: w.admin.ask("POST", "/api/v1/sales/quotations", body=nothing), ("422",))  # fmt: skip
    yield Case("business", "a quotation that is over", lambda: w.admin.ask("POST", "/api/v1/sales/quotations", body=late), ("422",))  # fmt: skip


def in_chunks(w: World) -> Iterator[Case]:
    """Too much without saying how much; heavy questions at once."""

    async def pieces() -> AsyncGenerator[bytes]:
        for _ in range(17):
            yield b" " * 65536
        await asyncio.sleep(0)

    async def large() -> Answer:
        headers = {
            "authorization": f"Bearer {w.admin.token}", "content-type": "application/json", "idempotency-key": str(uuid4()),
        }  # fmt: skip
        url = f"{w.erp.address}/api/v1/sales/orders"
        async with w.http.post(url, data=pieces(), headers=headers) as answer:
            content = await answer.read()
            return Answer(answer.status, str(json.loads(content).get("code", "")), content, dict(answer.headers))  # fmt: skip

    yield Case("json", "1 MiB and one, in chunks", large, ("413 payload-too-large",))

    async def heavy() -> Answer:
        path = f"/api/v1/finance/reports/trial-balance?company={w.ours.code}&period={str(w.order['business_date'])[:7]}"
        answers = await asyncio.gather(*(w.admin.ask("GET", path) for _ in range(50)))
        wrong = [each for each in answers if each.status not in (200, 202, 429)]
        return wrong[0] if wrong else answers[0]

    yield Case("limits", "a heavy report fifty times at once", heavy, ("200", "202", "429"))
