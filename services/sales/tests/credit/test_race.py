"""Orders at the same instant against one customer's credit, and of one quotation; real transactions, nothing rolled back."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text

from chassis.auth import Principal
from chassis.consuming import Inbox
from chassis.context import Context
from chassis.database import Database
from chassis.errors import BusinessError
from chassis.service import Service
from chassis.testing import message_of
from sales.orders import service as orders
from sales.orders.service import WantedLine, WantedOrder
from sales.quotations import service as quotations

from .. import builders as make

CUSTOMER = "RACE"


@pytest.fixture
async def database(database_url: str, service: Service) -> AsyncGenerator[Database]:
    """The service's database with connections of its own, as the worker sees it."""
    opened = Database(database_url, pool_size=12)
    master = [*make.master_data(), make.partner(CUSTOMER)]
    inbox = Inbox(opened, service.all_consumers(), service="sales")
    await inbox.apply([message_of(event, offset=n) for n, event in enumerate(master)])
    yield opened
    async with opened.engine.begin() as connection:
        await connection.execute(
            text(
                "TRUNCATE orders, order_lines, credit_accounts, exposure_moves, credit_shipments,"
                " item_replicas, partner_replicas, warehouse_replicas, company_replicas, tax_code_replicas, returns,"
                " return_lines, outbox, inbox, document_versions, audit_entries CASCADE"
            )
        )
    await opened.close()


async def _place(database: Database, *gross_in_turn: str) -> list[str]:
    """Orders of these gross amounts in one transaction; their statuses."""
    # Net amounts whose 13 % is exact to the cent.
    wanted = [
        WantedOrder("E01", CUSTOMER, [WantedLine("A", Decimal(1), unit_price=Decimal(net))])
        for net in gross_in_turn
    ]
    async with database.transaction(Context(actor="test")) as session:
        placed = await orders.place_orders(
            session, Principal("test", permissions=frozenset({"*"}), companies=None), wanted
        )
    return [
        str(one.detail("en")) if isinstance(one, BusinessError) else one.status.value
        for one in placed
    ]


async def _grant(database: Database, limit: str, receivable: str) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO credit_accounts (company, customer, profile_id, version, granted_at, credit_limit, receivable)"
                " VALUES ('E01', :c, gen_random_uuid(), 1, now(), :l, :r)"
            ),
            {"c": CUSTOMER, "l": Decimal(limit), "r": Decimal(receivable)},
        )


async def test_of_two_orders_at_the_same_instant_exactly_one_passes(database: Database) -> None:
    # 9,000.00 gross each (7,964.60 + 1,035.40), 16,500.00 of headroom.
    await _grant(database, "20000.00", "3500.00")

    both = await asyncio.gather(_place(database, "7964.60"), _place(database, "7964.60"))

    assert sorted(status for (status,) in both) == ["on_hold", "pending"]


async def test_of_forty_orders_at_once_as_many_pass_as_fit(database: Database) -> None:
    await _grant(database, "1130.00", "0.00")

    statuses = await asyncio.gather(*(_place(database, "100.00", "50.00") for _ in range(20)))

    passed = [status for pair in statuses for status in pair if status == "pending"]
    async with database.engine.connect() as connection:
        row = (
            await connection.execute(
                text(
                    "SELECT open_orders, open_count, (SELECT sum(amount) FROM exposure_moves) AS moved,"
                    " (SELECT sum(amount_open) FROM orders) AS summed FROM credit_accounts"
                )
            )
        ).one()
    assert row.open_orders == row.moved == row.summed == Decimal("1130.00")
    assert row.open_count == len(passed)


async def test_first_orders_of_a_new_customer_at_once(database: Database) -> None:
    statuses = await asyncio.gather(*(_place(database, "10.00") for _ in range(8)))

    assert statuses == [["pending"]] * 8


async def test_a_quotation_accepted_several_times_at_once_makes_one_order(
    database: Database,
) -> None:
    seller = Principal("test", permissions=frozenset({"*"}), companies=None)
    head = WantedOrder("E01", CUSTOMER, ())
    lines = [WantedLine("A", Decimal(150), unit_price=Decimal(100))]
    async with database.transaction(Context(actor="test")) as session:
        drafted = await quotations.draft_quotation(
            session, seller, head, lines, valid_until=date(2999, 12, 31)
        )
        await quotations.issue_quotation(session, drafted.number, expected=None)

    async def accept() -> str:
        try:
            async with database.transaction(Context(actor="test")) as session:
                done = await quotations.accept_quotation(
                    session, seller, drafted.number, expected=None
                )
        except BusinessError as refusal:
            return refusal.code
        return done.status.value

    assert sorted(await asyncio.gather(*(accept() for _ in range(8)))) == (
        ["accepted"] + ["invalid-state"] * 7
    )
    async with database.engine.connect() as connection:
        row = (
            await connection.execute(
                text("SELECT count(*), bool_and(fits), sum(ordered_net) FROM proof.quotations")
            )
        ).one()
    assert tuple(row) == (1, True, Decimal("15000.00"))
