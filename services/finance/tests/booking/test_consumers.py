"""The flows of the scenarios through the books, with their exact figures."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from tongheng_contracts.finance import VoucherPosted

from chassis.testing import EmittedEvents, Publish

from ..builders import adjusted, company, issued, partner, received, shipped


async def voucher_lines(session: AsyncSession, source: str) -> list[list[str]]:
    """The vouchers of a document, each as its lines `account debit credit`."""
    rows = await session.execute(
        text(
            "SELECT v.number, l.account, l.debit, l.credit FROM vouchers v JOIN voucher_lines l ON l.voucher = v.id"
            " WHERE v.source_number = :source ORDER BY v.rule DESC, l.line"
        ),
        {"source": source},
    )
    found: dict[str, list[str]] = {}
    for number, account, debit, credit in rows:
        found.setdefault(number, []).append(f"{account} {debit} {credit}")
    return list(found.values())


async def test_a_shipment_makes_revenue_and_cost(publish: Publish, session: AsyncSession) -> None:
    await publish(company(), partner("C001"))

    await publish(shipped("DN-1", "80", cost="3200.00"))

    assert await voucher_lines(session, "DN-1") == [
        ["1122.02 9040.00 0.00", "6001 0.00 8000.00", "2221.03 0.00 1040.00"],
        ["6401 3200.00 0.00", "1405.01 0.00 3200.00"],
    ]
