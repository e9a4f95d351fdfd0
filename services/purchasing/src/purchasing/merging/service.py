"""Turning requisitions into draft purchase orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.auth import Principal
from chassis.errors import BusinessError
from purchasing.merging import rules
from purchasing.merging.rules import MergedOrder, OpenLine
from purchasing.orders import service as orders_service
from purchasing.orders.rules import Order
from purchasing.replicas import rules as masters
from purchasing.replicas import service as replicas
from purchasing.requisitions import service as requisitions
from purchasing.requisitions.rules import NewConversion, NothingOpen, Requisition
from purchasing.supplier_items import service as supplier_items


@dataclass(frozen=True, slots=True)
class Picked:
    """A requisition, or a line or a part of it, that is to be ordered now."""

    requisition: str
    line: int | None = None
    quantity: Decimal | None = None
    supplier: str | None = None
    unit_price: Decimal | None = None
    at: str = ""


async def order_requisitions(
    session: AsyncSession,
    caller: Principal,
    picked: Sequence[Picked],
    *,
    supplier: str | None = None,
    warehouse: str | None = None,
    business_date: date | None = None,
) -> list[Order]:
    """Turn open requisition lines into draft orders: one per company, supplier and warehouse."""
    locked = await requisitions.lock_open(session, {each.requisition for each in picked})
    wanted = _open_lines(picked, locked)
    refs = {ref for ref in (supplier, *(each.supplier for each in picked)) if ref is not None}
    partners = await replicas.find_partners(session, refs)
    items = await replicas.find_items(session, {line.item for line in wanted})
    preferred = await supplier_items.preferred_suppliers(session, items)
    lines: list[OpenLine] = []
    for line in wanted:
        ref = line.supplier or supplier
        chosen = masters.find(partners, ref, masters.PARTNER, "/supplier").code if ref else ""
        own = _own_supplier(locked, line)
        code = chosen or own or preferred.get(line.item, "")
        if not code:
            raise rules.SupplierMissing(item=line.item)
        lines.append(replace(line, supplier=code, warehouse=warehouse or line.warehouse))
    offers = await supplier_items.offers(session, {(line.supplier, line.item) for line in lines})
    merged = rules.merge_requisitions(lines, items, offers, business_date=business_date)
    return await _order_merged(session, caller, merged, {r.id: r for r in locked.values()})


def _own_supplier(locked: Mapping[str, Requisition], line: OpenLine) -> str:
    for requisition in locked.values():
        if requisition.id == line.requisition:
            return requisition.line(line.line).supplier or ""
    return ""


def _open_lines(picked: Sequence[Picked], locked: Mapping[str, Requisition]) -> list[OpenLine]:
    wanted: dict[tuple[UUID, int], OpenLine] = {}
    for each in picked:
        requisition = locked[each.requisition]
        lines = (
            requisition.lines
            if each.line is None
            else (requisition.line(each.line, field=f"{each.at}/line"),)
        )
        for line in lines:
            quantity = each.quantity or line.quantity_open
            if quantity == rules.ZERO or (requisition.id, line.line) in wanted:
                continue
            wanted[requisition.id, line.line] = OpenLine(
                requisition=requisition.id,
                line=line.line,
                company=requisition.company,
                item=line.item,
                quantity=quantity,
                warehouse=line.warehouse,
                due_date=line.due_date,
                supplier=each.supplier or "",
                unit_price=each.unit_price,
            )
    if not wanted:
        raise NothingOpen
    return list(wanted.values())


async def _order_merged(
    session: AsyncSession,
    caller: Principal,
    merged: Sequence[MergedOrder],
    known: Mapping[UUID, Requisition],
) -> list[Order]:
    orders: list[Order] = []
    made: list[NewConversion] = []
    for outcome, source in zip(
        await orders_service.create_orders(session, caller, [each.order for each in merged]),
        merged,
        strict=True,
    ):
        if isinstance(outcome, BusinessError):
            raise outcome
        orders.append(outcome)
        made.extend(
            NewConversion(
                each.requisition,
                each.requisition_line,
                outcome.id,
                each.order_line,
                each.quantity,
            )
            for each in source.conversions
        )
    await requisitions.convert(session, list(known.values()), made)
    return orders
