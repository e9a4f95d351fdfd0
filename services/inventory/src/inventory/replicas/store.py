"""How replicas are found."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.replicas import Named
from chassis.rows import rows_of
from chassis.statements import Statement
from inventory.replicas.rules import CompanyReplica, ItemReplica, WarehouseReplica
from inventory.replicas.tables import companies, items, warehouses

ITEMS = Named(items, ItemReplica)
WAREHOUSES = Named(warehouses, WarehouseReplica)
COMPANIES = Named(companies, CompanyReplica)
_AROUND = Statement(
    "SELECT new.code, c.time_zone, w.code FROM unnest(CAST(:codes AS text[])) AS new (code)"
    " LEFT JOIN company_replicas c ON c.code = new.code"
    " LEFT JOIN warehouse_replicas w ON w.company = new.code AND w.active ORDER BY new.code, w.priority, w.code"
)


async def around(
    session: AsyncSession, company_codes: Collection[str]
) -> Sequence[tuple[str, str | None, str | None]]:
    """Each company with its time zone and, in the order of sourcing, its active warehouses; one at least."""
    return await rows_of(session, _AROUND, {"codes": sorted(company_codes)})
