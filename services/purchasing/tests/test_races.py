"""Commands and events that meet: on connections of their own, committed."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import text

from chassis.auth import Principal
from chassis.consuming import Inbox
from chassis.context import Context
from chassis.database import Database
from chassis.errors import BusinessError
from chassis.service import Service
from chassis.testing import message_of, role_url
from purchasing.agreements import service as agreements
from purchasing.agreements.rules import NewAgreement
from purchasing.agreements.rules import NewLine as AgreementLine
from purchasing.merging import service as merging
from purchasing.merging.service import Picked
from purchasing.orders import service as orders
from purchasing.orders.rules import NewLine, NewOrder, Order
from purchasing.requisitions import service as requisitions
from purchasing.returns import service as returns
from purchasing.returns.rules import NewLine as ReturnLine
from purchasing.returns.rules import NotSoMuchReceived
from purchasing.supplier_items import service as supplier_items
from purchasing.supplier_items.rules import Offer
from tongheng_contracts.envelope import Event

from . import builders as a

SOMEBODY = Context(actor="somebody")
BUYER = Principal("buyer", permissions=frozenset({"*"}), companies=None)


@dataclass(frozen=True, slots=True)
class Office:
    """The service's two ways into one database."""

    api: Database
    worker: Database
    service: Service

    async def hear(self, *events: Event) -> None:
        """As a worker of its own would."""
        inbox = Inbox(self.worker, self.service.all_consumers(), service="purchasing")
        await inbox.apply([message_of(event) for event in events])
        assert inbox.counts.parked == 0

    async def approved(self, quantity: str = "1000", item: str = "B") -> Order:
        """An approved order."""
        line = NewLine(item, Decimal(quantity), unit_price=Decimal(10))
        async with self.api.transaction(SOMEBODY) as session:
            draft = await orders.create_order(session, BUYER, NewOrder("E01", "V3", "SH", (line,)))
            await orders.submit_order(session, draft.number)
            return await orders.approve_order(session, draft.number)

    async def one(self, sql: str, **values: object) -> Any:
        """One value."""
        async with self.worker.read(SOMEBODY) as session:
            return await session.scalar(text(sql), values)


@pytest_asyncio.fixture
async def office(scratch_database_url: str, service: Service) -> AsyncGenerator[Office]:
    """A committed company that buys."""
    opened = Office(
        Database(role_url(scratch_database_url, "purchasing", "api"), pool_size=10),
        Database(role_url(scratch_database_url, "purchasing", "worker"), pool_size=10),
        service,
    )
    await opened.hear(
        a.company(), a.warehouse("SH"), a.tax_code(), a.supplier("V3"),
        a.item("A"), a.item("B", base_unit="KG", quantity_decimals=3),
    )  # fmt: skip
    async with opened.api.transaction(SOMEBODY) as session:
        offer = Offer("V3", "A", "PCS", Decimal(44), "CNY", 5, Decimal(0))
        await supplier_items.add_supplier_items(session, [offer])
    yield opened
    await opened.api.close()
    await opened.worker.close()


async def outcomes(*work: Awaitable[object]) -> list[str]:
    """What became of each: `done`, or the code of the refusal."""
    results = await asyncio.gather(*work, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, BusinessError):
            raise result
    return sorted(r.code if isinstance(r, BusinessError) else "done" for r in results)


def as_json(order: Order) -> dict[str, Any]:
    return {"id": str(order.id), "number": order.number}


async def test_receipts_at_once_are_all_counted(office: Office) -> None:
    order = await office.approved()

    await asyncio.gather(*(office.hear(a.received(as_json(order), "50")) for _ in range(20)))

    async with office.api.read(SOMEBODY) as session:
        now = await orders.get(session, order.number)
    assert now.lines[0].quantity_received == 1000
    assert (now.status, now.version) == ("received", 5)


async def test_twenty_orders_at_once_share_what_an_agreement_has_left(office: Office) -> None:
    day = date(2026, 11, 2)
    asked = NewAgreement(
        "E01", "V3", date(2026, 1, 1), date(2026, 12, 31),
        (AgreementLine("B", Decimal(10), quantity_limit=Decimal(1000), amount_limit=Decimal(7000)),),
    )  # fmt: skip
    async with office.api.transaction(SOMEBODY) as session:
        agreement = await agreements.create_agreement(session, BUYER, asked)
        await agreements.approve_agreement(session, agreement.number, expected=None)

    async def order() -> Order:
        line = NewLine("B", Decimal(100), agreement=agreement.number)
        async with office.api.transaction(SOMEBODY) as session:
            return await orders.create_order(
                session, BUYER, NewOrder("E01", "V3", "SH", (line,), business_date=day)
            )

    assert await outcomes(*(order() for _ in range(20))) == (
        ["agreement-exhausted"] * 13 + ["done"] * 7
    )
    numbers = await office.one("SELECT array_agg(number) FROM purchase_orders")

    async def cancel(number: str) -> None:
        async with office.api.transaction(SOMEBODY) as session:
            await orders.cancel_order(session, number)

    # What is cancelled beside them is given back once, and taken at most once.
    became = await outcomes(*(cancel(number) for number in numbers), *(order() for _ in range(20)))
    made = became.count("done") - 7
    released = await office.one("SELECT amount_released FROM purchase_agreement_lines")
    assert 0 <= made <= 7
    assert released == made * 1000


async def test_two_returns_of_the_same_goods_are_not_both_authorised(office: Office) -> None:
    order = await office.approved()
    await office.hear(a.received(as_json(order), "1000"))
    drafts: list[str] = []
    async with office.api.transaction(SOMEBODY) as session:
        for _ in range(2):
            line = ReturnLine(1, Decimal(600))
            made = await returns.create_return(
                session, purchase_order=order.number, lines=[line], reason=""
            )
            drafts.append(made.number)

    async def authorise(number: str) -> None:
        async with office.api.transaction(SOMEBODY) as session:
            await returns.authorise_return(session, number)

    async with office.api.transaction(SOMEBODY) as session:
        await returns.authorise_return(session, drafts[0])
        second = asyncio.create_task(authorise(drafts[1]))
        # The first is not committed yet, so the second must wait to see it.
        await asyncio.wait({second}, timeout=0.3)

    with pytest.raises(NotSoMuchReceived):
        await second


async def test_a_shortage_heard_while_a_buyer_declines_it_is_not_asked_for_again(
    office: Office,
) -> None:
    await office.hear(a.short("SO-D1", "20"))
    order = a.sales_order("SO-D1")
    number = await office.one(
        "SELECT number FROM requisitions WHERE demand_order = :order", order=order
    )

    async with office.api.transaction(SOMEBODY) as session:
        await requisitions.cancel_requisition(session, number)
        hearing = asyncio.create_task(office.hear(a.short("SO-D1", "20", version=2)))
        await asyncio.wait({hearing}, timeout=0.3)
    await hearing

    assert (
        await office.one(
            "SELECT count(*) FROM requisitions WHERE demand_order = :order AND status = 'open'",
            order=order,
        )
        == 0
    )


async def test_two_buyers_order_a_requisition_once(office: Office) -> None:
    await office.hear(a.short("SO-R1", "20"))
    number = await office.one(
        "SELECT number FROM requisitions WHERE demand_order = :order", order=a.sales_order("SO-R1")
    )

    async def buy() -> None:
        async with office.api.transaction(SOMEBODY) as session:
            await merging.order_requisitions(session, BUYER, [Picked(number)])

    assert await outcomes(*(buy() for _ in range(4))) == ["done", *["invalid-state"] * 3]
    assert await office.one(
        "SELECT sum(quantity) FROM conversions WHERE demand_order = :order",
        order=a.sales_order("SO-R1"),
    ) == Decimal(20)


async def test_a_shortage_that_changes_while_buyers_order_and_cancel_is_bought_once(
    office: Office,
) -> None:
    """In every order of events, open requisitions and uncancelled orders together are the last shortage."""
    names = [f"SO-M{n}" for n in range(6)]
    await office.hear(*(a.short(name, "20") for name in names))

    async def buy(name: str) -> None:
        async with office.api.transaction(SOMEBODY) as session:
            found = await requisitions.with_lines(
                session,
                (await session.execute(requisitions.listing(order=a.sales_order(name))))
                .mappings()
                .all(),
            )
            await merging.order_requisitions(
                session, BUYER, [Picked(one.number) for one in found if one.status == "open"]
            )

    async def buy_and_cancel(name: str) -> None:
        async with office.api.transaction(SOMEBODY) as session:
            line = NewLine("A", Decimal(1), unit_price=Decimal(1))
            await orders.create_order(session, BUYER, NewOrder("E01", "V3", "SH", (line,)))
        await buy(name)
        order = await office.one(
            "SELECT order_id FROM conversions WHERE demand_order = :order AND quantity > 0 LIMIT 1",
            order=a.sales_order(name),
        )
        async with office.api.transaction(SOMEBODY) as session:
            await orders.cancel_order(session, str(order))

    await outcomes(
        *(office.hear(a.short(name, "26", version=2)) for name in names),
        *(buy(name) for name in names[:3]),
        *(buy_and_cancel(name) for name in names[3:]),
    )

    for name in names:
        order: UUID = a.sales_order(name)
        open_ones = await office.one(
            "SELECT coalesce(sum(l.quantity - l.quantity_ordered), 0) FROM requisition_lines l"
            " JOIN requisitions r ON r.id = l.requisition_id"
            " WHERE r.demand_order = :order AND r.status = 'open'",
            order=order,
        )
        bought = await office.one(
            "SELECT coalesce(sum(quantity), 0) FROM conversions WHERE demand_order = :order",
            order=order,
        )
        assert open_ones + bought == 26, name


async def test_the_same_offer_at_once_is_entered_once(office: Office) -> None:
    async def enter() -> int:
        offer = Offer("V3", "B", "KG", Decimal(10), "CNY", 5, Decimal(0))
        async with office.api.transaction(SOMEBODY) as session:
            found = await supplier_items.add_supplier_items(session, [offer])
        return sum(not isinstance(one, BusinessError) for one in found)

    assert sum(await asyncio.gather(*(enter() for _ in range(6)))) == 1
