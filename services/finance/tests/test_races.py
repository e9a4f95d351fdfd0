"""What meets at the same time, committed, on connections of its own: nothing doubled, no gap, all sums whole."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from chassis.access import AccessDirectory
from chassis.consuming import Inbox, Message
from chassis.context import Context
from chassis.database import Database
from chassis.service import Running, Service, create_app
from chassis.testing import Api, Harness, SignedByTest, message_of, role_url
from tongheng_contracts.envelope import Event

from .builders import (
    DAY,
    adjusted,
    company,
    customer_return,
    issued,
    partner,
    received,
    shipped,
    supplier_return,
)

SOMEBODY = Context(actor="somebody")

INVARIANTS = {
    "B1 every voucher balances and has two lines": (
        "SELECT v.number FROM vouchers v LEFT JOIN voucher_lines l ON l.voucher = v.id GROUP BY v.id, v.number, v.amount"
        " HAVING sum(l.debit) IS DISTINCT FROM sum(l.credit) OR sum(l.debit) IS DISTINCT FROM v.amount OR count(l.line) < 2"
    ),
    "B2 balances are the sums of the lines": (
        "SELECT * FROM (SELECT company, ledger, period, account, sum(debit) d, sum(credit) c, count(*) n FROM voucher_lines"
        " GROUP BY 1, 2, 3, 4) s FULL JOIN account_balances b USING (company, ledger, period, account)"
        " WHERE s.d IS DISTINCT FROM b.debit OR s.c IS DISTINCT FROM b.credit OR s.n IS DISTINCT FROM b.lines"
    ),
    "B5 numbers run from 1 to n": (
        "SELECT company, period, voucher_type FROM vouchers GROUP BY 1, 2, 3"
        " HAVING count(*) <> max(sequence) OR min(sequence) <> 1"
    ),
    "B6 open items are the control accounts, per partner": (
        "SELECT * FROM (SELECT company, partner, split_part(account, '.', 1) a,"
        "   sum(CASE WHEN account LIKE '1122%' THEN debit - credit ELSE credit - debit END) v FROM voucher_lines"
        "   WHERE account LIKE '1122%' OR account = '2202.01' GROUP BY 1, 2, 3) l"
        " FULL JOIN (SELECT company, partner, a, sum(v) v FROM ("
        "   SELECT company, partner, split_part(account, '.', 1) a, open_amount v FROM open_items"
        "   UNION ALL SELECT company, customer, '1122', unbilled FROM shipment_lines) x GROUP BY 1, 2, 3) o"
        " USING (company, partner, a) WHERE coalesce(l.v, 0) <> coalesce(o.v, 0)"
    ),
    "B7 received, not billed is 2202.02": (
        "SELECT * FROM (SELECT sum(credit - debit) v FROM voucher_lines WHERE account = '2202.02') l,"
        " (SELECT sum(amount - cleared_amount) v FROM receipt_lines) r, (SELECT coalesce(sum(m.amount_received), 0) v FROM bills b"
        " JOIN bill_matches m ON m.bill = b.id WHERE b.status = 'matched') f"
        " WHERE coalesce(l.v, 0) <> coalesce(r.v, 0) + f.v"
    ),
    "exposures are what customers owe": (
        "SELECT * FROM (SELECT company, partner AS customer, sum(debit - credit) v FROM voucher_lines WHERE account LIKE '1122%'"
        " GROUP BY 1, 2) l FULL JOIN exposures e USING (company, customer) WHERE coalesce(l.v, 0) <> coalesce(e.receivable, 0)"
    ),
    "allocations are what was settled": (
        "SELECT i.id FROM open_items i LEFT JOIN allocations a ON a.open_item = i.id GROUP BY i.id, i.amount, i.open_amount"
        " HAVING i.amount - i.open_amount <> coalesce(sum(a.amount), 0)"
    ),
}


@dataclass(slots=True)
class World:
    """The service on a database where everything is committed."""

    api: Api
    worker: Database
    service: Service

    async def hear(self, *messages: Message | Event) -> None:
        """As a worker of its own would."""
        inbox = Inbox(self.worker, self.service.all_consumers(), service="finance")
        await inbox.apply(
            [one if isinstance(one, Message) else message_of(one) for one in messages]
        )
        assert inbox.counts.parked == 0

    async def rows(self, query: str) -> Sequence[Any]:
        """What a query finds."""
        async with self.worker.read(SOMEBODY) as session:
            return (await session.execute(text(query))).all()

    async def check(self) -> None:
        """The invariants, by plain SQL."""
        for name, query in INVARIANTS.items():
            assert await self.rows(query) == [], name


async def empty(url: str) -> None:
    """The tests of this module share a database; each begins with empty tables."""
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.begin() as connection:
        names = await connection.execute(
            text(
                "SELECT string_agg(format('%I', tablename), ', ') FROM pg_tables"
                " WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
            )
        )
        await connection.execute(text(f"TRUNCATE {names.scalar_one()}"))
    await engine.dispose()


@pytest_asyncio.fixture
async def world(scratch_database_url: str, service: Service) -> AsyncGenerator[World]:
    """A committed company with a customer and a supplier, and nothing else."""
    await empty(scratch_database_url)
    api = Database(role_url(scratch_database_url, "finance", "api"), pool_size=12)
    worker = Database(role_url(scratch_database_url, "finance", "worker"), pool_size=12)
    inbox = Inbox(worker, service.all_consumers(), service="finance")
    access = AccessDirectory(api)
    access.load()  # nobody is known: the token says who may do what
    running = Running(service=service, api=api, worker_database=worker, access=access, inbox=inbox)
    running.started = True
    verifier = SignedByTest()
    harness = Harness(service, api, worker, inbox, verifier, create_app(service, running, verifier))
    made = World(Api(harness).as_("*"), worker, service)
    await made.hear(company(), partner("C001", "customer"), partner("V3", "supplier"))
    yield made
    await api.close()
    await worker.close()


async def codes(*answers: Any) -> list[str]:
    """The status of each answer, sorted."""
    return sorted(str(one.status_code) for one in await asyncio.gather(*answers))


async def test_vouchers_posted_at_once_by_many_have_no_gap(world: World) -> None:
    by_hand = {
        "company": "E01", "text": "rent",
        "lines": [{"account": "6602", "debit": "1.00"}, {"account": "1002", "credit": "1.00"}],
    }  # fmt: skip

    heard = [
        world.hear(*(shipped(f"DN-{n}-{k}", "1", cost="4.00", order=f"SO-{n}") for k in range(20)))
        for n in range(6)
    ]
    posted, _ = await asyncio.gather(
        codes(*(world.api.post("/finance/vouchers", by_hand) for _ in range(10))),
        asyncio.gather(*heard),
    )

    assert posted == ["201"] * 10
    await world.check()
    assert (await world.rows("SELECT count(*) FROM vouchers"))[0][0] == 250


async def test_the_same_facts_at_once_are_posted_once(world: World) -> None:
    messages = [message_of(shipped(f"DN-{n}", "1", cost="4.00")) for n in range(30)]

    await asyncio.gather(
        *(world.hear(*random.Random(seed).sample(messages, 30)) for seed in range(4))
    )

    assert (await world.rows("SELECT count(*) FROM vouchers"))[0][0] == 60
    await world.check()


async def test_an_order_invoiced_by_many_at_once_is_invoiced_once(world: World) -> None:
    await world.hear(shipped("DN-1", "10"))

    found = await codes(*(world.api.post("/finance/invoices", {"order": "SO-1"}) for _ in range(8)))

    assert found == ["201", *["409"] * 7]
    await world.check()


async def test_a_bill_paid_by_many_at_once_is_paid_once(world: World) -> None:
    await world.hear(received("GR-1", "10", "10"))
    bill = await world.api.post("/finance/bills", {
        "number": "F-1", "purchase_order": "PO-1", "lines": [{"line": 1, "quantity": "10", "unit_price": "10"}],
    })  # fmt: skip
    assert bill.status_code == 201, bill.text
    body = {"company": "E01", "direction": "paid", "partner": "V3", "amount": "113.00"}

    found = await codes(*(world.api.post("/finance/payments", body) for _ in range(8)))

    assert found == ["201", *["409"] * 7]
    await world.check()


async def test_nettings_and_payments_at_once_settle_each_item_at_most_once(world: World) -> None:
    for who in ("C001", "V3"):
        await world.hear(partner(who, "customer", "supplier", version=2))
    for who, order in (("C001", "SO-1"), ("V3", "SO-2")):
        await world.hear(
            shipped(f"DN-{who}", "10", customer=who, order=order),
            received(f"GR-{who}", "100", "10", supplier=who, order=f"PO-{who}"),
        )
        sold = await world.api.post("/finance/invoices", {"order": order})
        bill = await world.api.post("/finance/bills", {
            "number": f"F-{who}", "purchase_order": f"PO-{who}",
            "lines": [{"line": 1, "quantity": "100", "unit_price": "10"}],
        })  # fmt: skip
        assert (sold.status_code, bill.json()["status"]) == (201, "posted"), (sold.text, bill.text)

    # 1,130.00 is open on each side of each partner: two of these fit into the payables, not three
    def at_once(who: str) -> list[Any]:
        netting = {"company": "E01", "partner": who, "amount": "400.00"}
        paid = {"company": "E01", "direction": "paid", "partner": who, "amount": "400.00"}
        return [
            world.api.post("/finance/nettings", netting),
            world.api.post("/finance/payments", paid),
            world.api.post("/finance/nettings", netting),
            world.api.post("/finance/payments", paid),
        ]

    found = await codes(*at_once("C001"), *at_once("V3"))

    assert found == ["201"] * 4 + ["409"] * 4
    await world.check()
    left = await world.rows(
        "SELECT partner, sum(open_amount), min(open_amount) FROM open_items WHERE side = 'payable'"
        " GROUP BY 1 ORDER BY 1"
    )
    assert [(one[0], f"{one[1]:.2f}", f"{one[2]:.2f}") for one in left] == [
        ("C001", "330.00", "330.00"),
        ("V3", "330.00", "330.00"),
    ]
    netted = await world.rows(
        "SELECT n.partner FROM nettings n"
        " JOIN payments r ON r.id = n.payment_received AND r.amount = n.amount"
        " JOIN payments p ON p.id = n.payment_made AND p.amount = n.amount"
    )
    receivable = await world.rows(
        "SELECT 1130 - sum(open_amount) FROM open_items WHERE side = 'receivable' GROUP BY partner"
    )
    assert sum(one[0] for one in receivable) == 400 * len(netted)
    assert (
        await world.rows(
            "SELECT account FROM account_balances WHERE account = '1241'"
            " GROUP BY 1 HAVING sum(debit - credit) <> 0"
        )
        == []
    )


async def test_an_advance_applied_by_many_at_once_is_spent_once(world: World) -> None:
    await world.hear(shipped("DN-1", "10"))
    invoice = await world.api.post("/finance/invoices", {"order": "SO-1"})
    assert invoice.status_code == 201, invoice.text
    given = {"company": "E01", "direction": "received", "partner": "C001", "amount": "1000.00"}
    advances = [
        (await world.api.post("/finance/advances", {**given, "amount": amount})).json()["id"]
        for amount in ("1000.00", "500.00")
    ]

    # 1,130.00 is open: two of these fit, whichever advance they come from, not three.
    found = await codes(*(
        world.api.post(f"/finance/advances/{one}/apply", {"amount": "400.00"}) for one in advances * 4
    ))  # fmt: skip

    assert found == ["200"] * 2 + ["409"] * 6
    await world.check()
    wrong = await world.rows(
        "SELECT a.number FROM advances a LEFT JOIN advance_applications p ON p.advance = a.id"
        " GROUP BY a.id, a.number, a.amount, a.open_amount HAVING a.open_amount <> a.amount - coalesce(sum(p.amount), 0)"
    )
    assert wrong == []
    books = await world.rows(
        "SELECT (SELECT sum(credit - debit) FROM account_balances WHERE account = '2203')"
        " - (SELECT sum(open_amount) FROM advances)"
    )
    assert books[0][0] == 0


async def test_the_same_bill_sent_by_many_at_once_is_taken_once(world: World) -> None:
    await world.hear(received("GR-1", "10", "10"))
    body = {
        "number": "F-1",
        "purchase_order": "PO-1",
        "lines": [{"line": 1, "quantity": "1", "unit_price": "10"}],
    }

    found = await codes(*(world.api.post("/finance/bills", body) for _ in range(6)))

    assert found == ["201", *["409"] * 5]
    await world.check()


async def test_bills_at_once_never_take_more_than_arrived(world: World) -> None:
    await world.hear(received("GR-1", "10", "10"))

    answers = await asyncio.gather(*(
        world.api.post("/finance/bills", {
            "number": f"F-{n}", "purchase_order": "PO-1", "lines": [{"line": 1, "quantity": "3", "unit_price": "10"}],
        })
        for n in range(6)
    ))  # fmt: skip

    assert sorted(one.json()["status"] for one in answers) == ["blocked"] * 3 + ["posted"] * 3
    await world.check()


async def test_a_period_that_closes_while_facts_come_keeps_its_seal(world: World) -> None:
    month = f"{int(DAY[:4]) - 1}-12"
    facts = [world.hear(adjusted(f"AD-{n}", "1.00", day=f"{month}-15")) for n in range(12)]

    closing = world.api.post(f"/finance/periods/{month}/close", {"company": "E01"})
    closed, *_ = await asyncio.gather(closing, *facts)

    assert closed.status_code == 200, closed.text
    in_it = (
        await world.rows(
            f"SELECT count(*), coalesce(sum(amount), 0) FROM vouchers WHERE period = '{month}'"
        )
    )[0]
    assert (closed.json()["sealed_vouchers"], closed.json()["sealed_debit"]) == (
        in_it[0],
        f"{in_it[1]:.2f}",
    )
    assert (await world.rows("SELECT count(*) FROM vouchers"))[0][0] == 12
    await world.check()


@pytest.mark.parametrize("seed", range(3))
async def test_the_books_are_the_same_whatever_the_order_of_facts(world: World, seed: int) -> None:
    chance = random.Random(seed)
    facts = [
        *(shipped(f"DN-{n}", "3", cost="10.01", order=f"SO-{n % 4}") for n in range(12)),
        *(
            customer_return(f"RT-{n}", "1", shipment=f"DN-{n}", cost="3.34", order=f"SO-{n % 4}")
            for n in range(6)
        ),
        *(received(f"GR-{n}", "7", "3.333333") for n in range(6)),
        *(
            supplier_return(f"RS-{n}", "2", price="3.333333", cost="7.00", receipt=f"GR-{n}")
            for n in range(3)
        ),
        *(issued(f"MI-{n}", "5.55") for n in range(4)),
    ]
    messages = [message_of(one) for one in facts]
    messages += chance.sample(messages, 10)
    chance.shuffle(messages)

    cuts = sorted(chance.sample(range(len(messages)), 3))
    batches = [messages[a:b] for a, b in zip([0, *cuts], [*cuts, len(messages)], strict=True)]
    await asyncio.gather(*(world.hear(*batch) for batch in batches))

    await world.check()
    sums = {row[0]: f"{row[1]:.2f}" for row in await world.rows(
        "SELECT account, sum(debit - credit) FROM account_balances GROUP BY 1 HAVING sum(debit - credit) <> 0"
    )}  # fmt: skip
    assert sums == {
        "1122.02": "3390.00", "6001": "-3000.00", "2221.03": "-390.00", "6401": "100.08", "1405.01": "-100.08",
        "1403": "96.78", "2202.02": "-119.97", "5001.01": "22.20", "6602": "0.99",
    }  # fmt: skip
    assert await world.rows("SELECT * FROM waiting_returns") == []
    await world.hear(*messages)
    assert (await world.rows("SELECT count(*) FROM vouchers"))[0][0] == 12 * 2 + 6 * 2 + 6 + 3 + 4
