"""Eight clients that trade, whatever happens; each command is repeated with its key until it is settled."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import uuid4

import aiohttp

from operations.client import Client, Refused
from operations.errors import OperationsError

from ..integration.company import Company, line
from .journal import Command

CLIENTS = 8
ANSWER_SECONDS = 8.0
PATIENCE_SECONDS = 6.0
"""A client goes on with something else after this; the command is settled beside."""
TWICE = 0.05
UNSETTLED = frozenset({401, 429, 500, 502, 503, 504})
SCARCE, MOVED = 6, 2

Step = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class World:
    """The company that trades."""

    company: Company
    scarce: list[str]
    moved: list[str]
    made: str
    component: str
    customers: list[str]
    supplier: str

    @classmethod
    async def found(cls, erp: Client, journal: list[Command]) -> World:
        """Found it; its opening stock is in the journal too."""
        company = await Company.found(erp)
        scarce = [await company.item(f"S{n}") for n in range(SCARCE)]
        moved = [await company.item(f"T{n}") for n in range(MOVED)]
        made = await company.item("M", procurement="make", valuation_class="finished_goods")
        component = await company.item("C", valuation_class="raw_material")
        customers = [await company.partner(f"C{n}", "customer") for n in range(4)]
        supplier = await company.partner("V", "supplier")
        await erp.quiet(seconds=120)
        lines = [
            {"item": item, "warehouse": company.of(warehouse), "quantity": quantity, "unit_cost": "5.00"}
            for items, warehouse, quantity in (
                (scarce, "SH", "40"), (scarce, "GZ", "20"), (moved, "SH", "5000"), ([component], "SH", "9000"),
            )
            for item in items
        ]  # fmt: skip
        opening = {"company": company.code, "reason": "opening", "lines": lines}
        answer = await erp.post("/inventory/adjustments", opening)
        journal.append(
            Command(
                "adjust", "/inventory/adjustments", opening, "opening", outcome="ok", answer=answer
            )
        )
        await erp.post(
            "/production/boms",
            {"company": company.code, "item": made, "components": [{"item": component, "quantity": "2"}]},
        )  # fmt: skip
        await erp.quiet(seconds=120)
        return cls(company, scarce, moved, made, component, customers, supplier)


@dataclass(slots=True)
class Load:
    """The clients, what they know, and the journal of what they were told."""

    erp: Client
    world: World
    journal: list[Command]
    seed: int
    rate: float = 12.0
    """Commands a second, all clients together."""
    bad_answers: Counter[str] = field(default_factory=Counter[str])
    """Answers 5xx that are not 503 with Retry-After."""
    stopped: bool = False
    _http: aiohttp.ClientSession | None = None
    _deliveries: deque[dict[str, Any]] = field(default_factory=deque)
    _taken: set[str] = field(default_factory=set[str])
    _orders: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _shipped: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _later: deque[tuple[float, Step]] = field(default_factory=deque)
    _unsettled: list[Command] = field(default_factory=list[Command])
    _next: float = 0.0

    # -- the clients -----------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Trade until stopped; afterwards every command is settled, or stays unknown."""
        self._next = time.monotonic()
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS, sock_connect=3)
        connector = aiohttp.TCPConnector(limit=64)
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as http:
            self._http = http
            clients = [asyncio.create_task(self._client(n)) for n in range(CLIENTS)]
            beside = [asyncio.create_task(self._scout()), asyncio.create_task(self._settle())]
            await asyncio.gather(*clients)
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            deadline = time.monotonic() + 120
            while self._unsettled and time.monotonic() < deadline:
                await self._settle_some()
                await asyncio.sleep(0.2)

    async def _client(self, number: int) -> None:
        chance = random.Random(f"{self.seed} {number}")
        while not self.stopped:
            now = time.monotonic()
            self._next = max(self._next + 1 / self.rate, now - 2)
            if self._next > now:
                await asyncio.sleep(self._next - now)
            if self._later and self._later[0][0] <= time.monotonic():
                _, step = self._later.popleft()
            else:
                step = self._draw(chance)
            await step()

    def _draw(self, chance: random.Random) -> Step:
        what = chance.choices(
            ("place", "ship", "cancel", "buy", "invoice", "pay", "move", "make", "return"),
            (38, 26, 5, 8, 6, 7, 4, 2, 4),
        )[0]
        steps: dict[str, Step] = {
            "place": lambda: self._place(chance),
            "ship": self._ship,
            "cancel": lambda: self._cancel(chance),
            "buy": lambda: self._buy(chance),
            "invoice": lambda: self._invoice(chance),
            "pay": lambda: self._pay(chance),
            "move": lambda: self._move(chance),
            "make": lambda: self._make(chance),
            "return": lambda: self._return(chance),
        }
        return steps[what]

    async def _scout(self) -> None:
        while True:
            with suppress(Exception):
                page = await self.erp.get(
                    "/inventory/deliveries", company=self.world.company.code, status="released", limit="200"
                )  # fmt: skip
                known = {row["id"] for row in self._deliveries} | self._taken
                self._deliveries.extend(row for row in page["items"] if row["id"] not in known)
            await asyncio.sleep(1.5)

    async def _settle(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            await self._settle_some()

    async def _settle_some(self) -> None:
        # As many at once as there are clients; who is tried goes to the end of the line.
        some, self._unsettled[:] = self._unsettled[:CLIENTS], self._unsettled[CLIENTS:]
        self._unsettled += some
        await asyncio.gather(*(self._try(command) for command in some))

    # -- one command -----------------------------------------------------------------------------------------

    async def send(self, kind: str, path: str, body: dict[str, Any], **context: Any) -> Command:
        """One command, tried until it is settled or patience ends; written in the journal either way."""
        chance = random.Random(f"{self.seed} {len(self.journal)}")
        command = Command(kind, path, body, str(uuid4()), context)
        self.journal.append(command)
        if chance.random() < TWICE:
            command.twice = True
            await asyncio.gather(self._try(command), self._try(command))
        until = time.monotonic() + PATIENCE_SECONDS
        while command.outcome == "unknown":
            await self._try(command)
            if command.outcome == "unknown":
                if time.monotonic() > until:
                    self._unsettled.append(command)
                    break
                await asyncio.sleep(0.3)
        return command

    async def _try(self, command: Command) -> None:
        assert self._http is not None
        command.attempts += 1
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                token = await self.erp.token()
        except Exception:
            return  # nothing was sent
        headers = {"authorization": f"Bearer {token}", "idempotency-key": command.key}
        try:
            async with self._http.post(
                f"{self.erp.address}/api/v1{command.path}", json=dict(command.body), headers=headers
            ) as answer:
                status, said = answer.status, await answer.read()
                retry_after = answer.headers.get("retry-after")
        except (aiohttp.ClientError, TimeoutError, OSError):
            command.lost_answers += 1
            return
        self._judge(command, status, said, retry_after)

    def _judge(self, command: Command, status: int, said: bytes, retry_after: str | None) -> None:
        import json

        try:
            body = json.loads(said)
        except ValueError:
            body = {}
        code = str(body.get("code", "")) if isinstance(body, dict) else ""
        if status >= 500 and not (status == 503 and retry_after):
            self.bad_answers[f"{command.kind}: {status} {code}"] += 1
        if status == 401:
            # Signed in anew: keys or clocks may have changed.
            self.erp._token_until = 0.0
        if status in UNSETTLED or (status == 409 and code == "idempotency-in-progress"):
            if status >= 500:
                command.lost_answers += 1
            return
        outcome = "ok" if status < 300 else "refused"
        if command.outcome == "ok" and outcome == "ok":
            if body.get("id") != command.answer.get("id"):
                command.contradictions.append(f"{command.answer.get('id')} and {body.get('id')}")
            return
        if command.outcome != "unknown":
            # Refused is not kept under a key: the first of two may be refused, and the second done.
            if outcome == "ok":
                command.outcome, command.status, command.answer = "ok", status, body
            return
        command.outcome, command.status, command.code = outcome, status, code
        command.answer = body if isinstance(body, dict) else {}
        with suppress(ValueError):
            self._unsettled.remove(command)

    def _after(self, seconds: float, step: Step) -> None:
        self._later.append((time.monotonic() + seconds, step))

    # -- what they do ----------------------------------------------------------------------------------------

    async def _place(self, chance: random.Random) -> None:
        world = self.world
        lines = [
            line(item, str(chance.randint(1, 4)), f"{10 * chance.randint(1, 9)}.00")
            for item in chance.sample(world.scarce, chance.randint(1, 2))
        ]
        body = {
            "company": world.company.code,
            "customer": chance.choice(world.customers),
            "lines": lines,
        }
        command = await self.send("place", "/sales/orders", body)
        if command.outcome == "ok":
            self._orders.append(dict(command.answer))

    async def _ship(self) -> None:
        if not self._deliveries:
            return
        delivery = self._deliveries.popleft()
        self._taken.add(delivery["id"])
        command = await self.send("ship", f"/inventory/deliveries/{delivery['id']}/ship", {})
        if command.outcome == "ok":
            self._shipped.append(dict(command.answer))

    async def _cancel(self, chance: random.Random) -> None:
        if self._orders:
            order = self._orders.pop(chance.randrange(len(self._orders)))
            await self.send("cancel", f"/sales/orders/{order['id']}/cancel", {}, order=order["id"])

    async def _buy(self, chance: random.Random) -> None:
        world = self.world
        item, quantity = chance.choice(world.scarce), str(chance.randint(5, 20))
        body = {
            "company": world.company.code, "supplier": world.supplier, "warehouse": world.company.of(chance.choice(("SH", "GZ"))),
            "lines": [line(item, quantity, "5.00")],
        }  # fmt: skip
        made = await self.send("buy", "/purchasing/orders", body)
        if made.outcome != "ok":
            return
        path = f"/purchasing/orders/{made.answer['id']}"
        if (await self.send("buy-submit", f"{path}/submit", {})).outcome != "ok":
            return
        if (await self.send("buy-approve", f"{path}/approve", {})).outcome != "ok":
            return
        self._after(5, lambda: self._receive(str(made.answer["number"]), quantity, 6))

    async def _receive(self, number: str, quantity: str, tries: int) -> None:
        body = {"purchase_order": number, "lines": [{"line": 1, "accepted": quantity}]}
        command = await self.send("receive", "/inventory/receipts", body)
        if command.outcome == "refused" and tries:
            self._after(8, lambda: self._receive(number, quantity, tries - 1))

    async def _invoice(self, chance: random.Random) -> None:
        if self._shipped:
            shipment = chance.choice(self._shipped)
            await self.send("invoice", "/finance/invoices", {"order": shipment["order_number"]})

    async def _pay(self, chance: random.Random) -> None:
        body = {
            "company": self.world.company.code, "direction": "received",
            "partner": chance.choice(self.world.customers), "amount": f"{chance.randint(5, 60)}.00",
        }  # fmt: skip
        await self.send("pay", "/finance/payments", body)

    async def _move(self, chance: random.Random) -> None:
        company = self.world.company
        body = {
            "company": company.code, "from_warehouse": company.of("SH"), "to_warehouse": company.of("GZ"),
            "lines": [{"item": chance.choice(self.world.moved), "quantity": str(chance.randint(1, 5))}],
        }  # fmt: skip
        made = await self.send("transfer", "/inventory/transfers", body)
        if made.outcome != "ok":
            return
        path = f"/inventory/transfers/{made.answer['id']}"
        if (await self.send("transfer-ship", f"{path}/ship", {})).outcome == "ok":
            self._after(2, lambda: self._arrive(path))

    async def _arrive(self, path: str) -> None:
        await self.send("transfer-receive", f"{path}/receive", {})

    async def _make(self, chance: random.Random) -> None:
        world = self.world
        quantity = chance.randint(1, 5)
        body = {
            "company": world.company.code, "item": world.made, "quantity": str(quantity),
            "warehouse": world.company.of("SH"),
        }  # fmt: skip
        made = await self.send("make", "/production/orders", body)
        if made.outcome != "ok":
            return
        order = str(made.answer["id"])
        path = f"/production/orders/{order}"
        needs: dict[str, Any] = {"component": world.component, "needed": 2 * quantity}
        released = await self.send("make-release", f"{path}/release", {}, order=order, **needs)
        if released.outcome != "ok":
            return
        await self.send("make-issue", f"{path}/issue", {}, order=order)
        self._after(4, lambda: self._complete(order, quantity, 6))

    async def _complete(self, order: str, quantity: int, tries: int) -> None:
        path = f"/production/orders/{order}"
        report = await self.send("make-report", f"{path}/report", {"good": str(quantity), "hours": "1"})  # fmt: skip
        done = await self.send(
            "make-complete", f"{path}/complete", {"quantity": str(quantity)},
            order=order, item=self.world.made,
        )  # fmt: skip
        if done.outcome == "refused" and report.outcome != "ok" and tries:
            self._after(4, lambda: self._complete(order, quantity, tries - 1))

    async def _return(self, chance: random.Random) -> None:
        if not self._shipped:
            return
        shipment = self._shipped.pop(chance.randrange(len(self._shipped)))
        row = shipment["lines"][0]
        if not Decimal(row["quantity"]):
            return
        body = {
            "order": shipment["order_number"], "reason": "scratched",
            "lines": [{"order_line": row["line"], "quantity": "1", "shipment": shipment["shipment"]}],
        }  # fmt: skip
        rma = await self.send("return", "/sales/returns", body)
        if rma.outcome != "ok":
            return
        if (await self.send("return-authorise", f"/sales/returns/{rma.answer['id']}/authorise", {})).outcome != "ok":  # fmt: skip
            return
        context = {
            "item": row["item"], "customer": shipment["customer"],
            "gross": str(Decimal(row["amount_gross"]) / Decimal(row["quantity"])),
        }  # fmt: skip
        number, warehouse = str(rma.answer["number"]), str(shipment["warehouse"])
        self._after(3, lambda: self._take_back(number, warehouse, context, 6))

    async def _take_back(
        self, number: str, warehouse: str, context: dict[str, str], tries: int
    ) -> None:
        body = {"return": number, "warehouse": warehouse, "lines": [{"line": 1, "quantity": "1"}]}
        came = await self.send("take-back", "/inventory/returns", body, **context)
        if came.outcome == "refused" and tries:
            self._after(4, lambda: self._take_back(number, warehouse, context, tries - 1))
        elif came.outcome == "ok":
            body = {"lines": [{"line": 1, "accepted": "1"}]}
            await self.send("inspect", f"/inventory/returns/{came.answer['id']}/inspect", body, **context)  # fmt: skip


__all__ = ["Load", "OperationsError", "Refused", "World"]
