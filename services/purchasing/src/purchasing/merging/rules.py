"""Open requisition lines become orders: one per company, supplier and warehouse. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from chassis.errors import BusinessError
from purchasing.orders.rules import NewLine, NewOrder
from purchasing.replicas.rules import ItemReplica
from purchasing.supplier_items.rules import Lot, Offer, lot_of

ZERO = Decimal(0)


class SupplierMissing(BusinessError):
    """A requisition line that nobody offers."""

    code = "supplier-missing"
    status = 422
    en = "No supplier is named or known for item {item}."
    zh = "物料“{item}”没有指定或可用的供应商。"


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A requisition line's quantity that is to be bought."""

    requisition: UUID
    line: int
    company: str
    item: str
    quantity: Decimal
    warehouse: str
    due_date: date | None
    supplier: str
    unit_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Conversion:
    """How much of a requisition line became which line of a merged order."""

    requisition: UUID
    requisition_line: int
    order_line: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class MergedOrder:
    """Requisition lines that one supplier delivers to one warehouse."""

    order: NewOrder
    conversions: tuple[Conversion, ...]


def merge_requisitions(
    lines: Sequence[OpenLine],
    items: Mapping[str, ItemReplica],
    offers: Mapping[tuple[str, str], Offer],
    *,
    business_date: date | None = None,
) -> list[MergedOrder]:
    """One order per company, supplier and warehouse; one line per item and price, sized by the supplier's lot.

    What a lot adds belongs to no requisition; what its maximum leaves out stays open in the last ones.
    """
    orders: dict[tuple[str, str, str], list[OpenLine]] = {}
    for line in lines:
        orders.setdefault((line.company, line.supplier, line.warehouse), []).append(line)
    merged: list[MergedOrder] = []
    for (company, supplier, warehouse), members in sorted(orders.items()):
        groups: dict[tuple[str, Decimal | None], list[OpenLine]] = {}
        for line in members:
            groups.setdefault((line.item, line.unit_price), []).append(line)
        new_lines: list[NewLine] = []
        conversions: list[Conversion] = []
        for (item, price), parts in groups.items():
            offer = offers.get((supplier, item))
            lot = lot_of(offer, items[item]) if offer else Lot()
            bought = lot.size(sum((part.quantity for part in parts), ZERO))
            days = [part.due_date for part in parts if part.due_date is not None]
            new_lines.append(
                NewLine(item, bought, unit_price=price, due_date=min(days) if days else None)
            )
            left = bought
            for part in parts:
                taken = min(left, part.quantity)
                left -= taken
                if taken > ZERO:
                    conversions.append(
                        Conversion(part.requisition, part.line, len(new_lines), taken)
                    )
        merged.append(
            MergedOrder(
                NewOrder(
                    company, supplier, warehouse, tuple(new_lines), business_date=business_date
                ),
                tuple(conversions),
            )
        )
    return merged
