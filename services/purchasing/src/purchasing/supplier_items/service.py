"""What suppliers offer: entered, changed, and found when something is to be bought."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.errors import BusinessError, Duplicate, NotFound
from chassis.http import check_version
from chassis.ids import named
from chassis.outbox import emit
from purchasing.replicas import rules as masters
from purchasing.replicas import service as replicas
from purchasing.supplier_items import store
from purchasing.supplier_items.rules import Offer, check_offer, preferred_offer
from tongheng_contracts.purchasing import SupplierItem, SupplierItemChanged


def id_of(supplier: str, item: str) -> UUID:
    """The id of what a supplier offers of an item."""
    return named("purchasing.supplier_item", supplier, item)


def document_of(row: RowMapping) -> SupplierItem:
    """The supplier item as others see it."""
    return SupplierItem.model_validate(dict(row))


async def add_supplier_items(
    session: AsyncSession, asked: Sequence[Offer | BusinessError]
) -> list[RowMapping | BusinessError]:
    """Enter offers; each is stored, or refused with its reason.

    References may be codes or ids; the currency is empty for the supplier's own.
    """
    offered = [offer for offer in asked if isinstance(offer, Offer)]
    items = await replicas.find_items(session, {offer.item for offer in offered})
    partners = await replicas.find_partners(session, {offer.supplier for offer in offered})
    results: list[RowMapping | BusinessError | None] = []
    rows: dict[UUID, tuple[int, dict[str, object]]] = {}
    for index, offer in enumerate(asked):
        if isinstance(offer, BusinessError):
            results.append(offer)
            continue
        results.append(None)
        try:
            ref, row = _row(offer, items, partners)
            if ref in rows:
                raise Duplicate(what=("A supplier item", "供应商物料"))
            rows[ref] = (index, row)
        except BusinessError as refusal:
            results[index] = refusal
    stored = {row["id"]: row for row in await store.add(session, [row for _, row in rows.values()])}
    for ref, (index, _) in rows.items():
        results[index] = stored.get(ref) or Duplicate(what=("A supplier item", "供应商物料"))
    await _tell(session, "purchasing.supplier_item.add", [(None, row) for row in stored.values()])
    return [result for result in results if result is not None]


def _row(
    offer: Offer,
    items: Mapping[str, masters.ItemReplica],
    partners: Mapping[str, masters.PartnerReplica],
) -> tuple[UUID, dict[str, object]]:
    supplier = masters.find(partners, offer.supplier, masters.PARTNER, "/supplier", active=False)
    masters.check_supplier(supplier, field="/supplier")
    item = masters.find(items, offer.item, masters.ITEM, "/item")
    check_offer(offer)
    ref = id_of(supplier.code, item.code)
    return ref, {
        **asdict(offer),
        "id": ref,
        "supplier": supplier.code,
        "item": item.code,
        "unit": offer.unit or item.base_unit,
        "currency": offer.currency or supplier.currency,
        "version": 1,
    }


async def change_supplier_item(
    session: AsyncSession, ref: UUID, changes: Mapping[str, object], *, expected: int | None
) -> RowMapping:
    """Change terms of an offer."""
    before = await store.get(session, ref, lock=True)
    if before is None:
        raise NotFound(what=("supplier item", "供应商物料"))
    check_version(expected, before["version"])
    after = await store.change(session, ref, changes)
    check_offer(store.offer_of(after))
    await _tell(session, "purchasing.supplier_item.change", [(before, after)])
    return after


async def _tell(
    session: AsyncSession, action: str, changes: Sequence[tuple[RowMapping | None, RowMapping]]
) -> None:
    documents = [document_of(after) for _, after in changes]
    await emit(session, *(SupplierItemChanged(supplier_item=document) for document in documents))
    await record(
        session,
        *(
            AuditEntry(
                action=action,
                document_type="purchasing.supplier_item",
                document_id=document.id,
                number=f"{document.supplier}/{document.item}",
                company="",
                before=None if before is None else document_of(before).model_dump(mode="json"),
                after=document.model_dump(mode="json"),
            )
            for (before, _), document in zip(changes, documents, strict=True)
        ),
    )


async def get(session: AsyncSession, ref: UUID) -> RowMapping:
    """One supplier item."""
    row = await store.get(session, ref)
    if row is None:
        raise NotFound(what=("supplier item", "供应商物料"))
    return row


def listing(
    *, supplier: str | None, item: str | None, active: bool | None, preferred: bool | None
) -> Select[tuple[object, ...]]:
    """Supplier items by supplier and item."""
    return store.listing(
        {"supplier": supplier, "item": item, "active": active, "preferred": preferred}
    )


async def offers(
    session: AsyncSession, pairs: Collection[tuple[str, str]]
) -> dict[tuple[str, str], Offer]:
    """Active offers by (supplier, item)."""
    return await store.offers(session, pairs)


async def preferred_suppliers(
    session: AsyncSession, items: Mapping[str, masters.ItemReplica]
) -> dict[str, str]:
    """For each item whom to buy it from, where anybody may be bought from."""
    offered = await store.offers_of_items(session, items)
    partners = await replicas.find_partners(
        session, {offer.supplier for each in offered.values() for offer in each}
    )
    chosen: dict[str, str] = {}
    for code, each in offered.items():
        usable = [offer for offer in each if _may_be_bought_from(partners.get(offer.supplier))]
        best = preferred_offer(usable, items.get(code))
        if best is not None:
            chosen[code] = best.supplier
    return chosen


def _may_be_bought_from(partner: masters.PartnerReplica | None) -> bool:
    if partner is None:
        return False
    try:
        masters.check_supplier(partner)
    except BusinessError:
        return False
    return True
