"""Reading and renewing the replicas: one statement per kind, whichever way they are referred to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.replicas import as_id
from chassis.statements import Statement
from sales.replicas.rules import Company, Item, Partner, UnitRatio, Warehouse
from sales.replicas.tables import tax_codes

# One statement for all kinds: an order asks for each of them, and every statement is a round trip.
KNOWN = Statement(
    "SELECT 'company' AS kind, id, code, active, currency AS a, time_zone AS b, '' AS c, NULL::text AS d, false AS e,"
    " false AS f, 0 AS g, NULL::numeric AS h, NULL::numeric AS i FROM company_replicas"
    " WHERE code = ANY(CAST(:companies AS text[])) OR id = ANY(CAST(:company_ids AS uuid[]))"
    " UNION ALL SELECT 'partner', id, code, active, name, name_en, currency, NULL, customer, blocked, 0, NULL, NULL"
    " FROM partner_replicas WHERE code = ANY(CAST(:partners AS text[])) OR id = ANY(CAST(:partner_ids AS uuid[]))"
    " UNION ALL SELECT 'warehouse', id, code, active, company_code, '', '', NULL, false, false, 0, NULL, NULL"
    " FROM warehouse_replicas WHERE code = ANY(CAST(:warehouses AS text[])) OR id = ANY(CAST(:warehouse_ids AS uuid[]))"
    " UNION ALL SELECT 'item', r.id, r.code, r.active, r.base_unit, r.tax_code, r.name, r.units::text, false, false,"
    " r.quantity_decimals, r.list_price, t.rate"
    " FROM item_replicas r LEFT JOIN tax_code_replicas t ON t.code = r.tax_code AND t.active"
    " WHERE r.code = ANY(CAST(:items AS text[])) OR r.id = ANY(CAST(:item_ids AS uuid[]))"
)


async def load_known(
    session: AsyncSession, references: Mapping[str, Iterable[str]]
) -> tuple[list[Company], list[Partner], list[Item], list[Warehouse]]:
    """Records by code or id, given by kind: companies, partners, items, warehouses; items with their tax code's rate."""
    values: dict[str, object] = {}
    for kind, ids in KINDS.items():
        wanted = sorted(set(references.get(kind, ())))
        values[kind] = wanted
        values[ids] = [found for one in wanted if (found := as_id(one)) is not None]
    companies: list[Company] = []
    partners: list[Partner] = []
    items: list[Item] = []
    warehouses: list[Warehouse] = []
    for row in await KNOWN.fetch(session, values):
        kind, key, code, active, a, b, c, d, e, f, g, h, i = row.values()
        if kind == "item":
            items.append(Item(key, code, c, active, a, g, _units(d), h, b, i))
        elif kind == "partner":
            partners.append(Partner(key, code, a, b, active, e, c, f))
        elif kind == "company":
            companies.append(Company(key, code, active, a, b))
        else:
            warehouses.append(Warehouse(key, code, a, active))
    return companies, partners, items, warehouses


KINDS = {
    "companies": "company_ids",
    "partners": "partner_ids",
    "items": "item_ids",
    "warehouses": "warehouse_ids",
}
NO_UNITS: Mapping[str, UnitRatio] = {}


def _units(text: str) -> Mapping[str, UnitRatio]:
    if text == "{}":
        return NO_UNITS
    found: dict[str, list[int]] = json.loads(text)
    return {unit: UnitRatio(ratio[0], ratio[1]) for unit, ratio in found.items()}


async def tax_rates(session: AsyncSession, codes: Iterable[str]) -> dict[str, Decimal]:
    """The rates of active tax codes."""
    query = select(tax_codes.c.code, tax_codes.c.rate).where(
        tax_codes.c.code == func.any(sorted(set(codes))), tax_codes.c.active
    )
    return {row.code: row.rate for row in await session.execute(query)}
