"""What can be done with warehouses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.context import context_of
from chassis.errors import BusinessError
from chassis.ids import uuid7
from masterdata.companies.rules import check_scope
from masterdata.companies.service import COMPANY
from masterdata.records import service as records
from masterdata.records.service import KeptRecord, Kind
from masterdata.warehouses.rules import NewWarehouse
from masterdata.warehouses.tables import warehouses
from tongheng_contracts.masterdata import Warehouse, WarehouseChanged


class WarehouseRecord(Warehouse, KeptRecord):
    """A warehouse as it is kept."""


WAREHOUSE = Kind(
    name="warehouse",
    noun=("warehouse", "仓库"),
    table=warehouses,
    model=WarehouseRecord,
    event=lambda warehouse: WarehouseChanged(warehouse=warehouse),
)


async def create_warehouses(
    session: AsyncSession, proposals: Sequence[NewWarehouse | BusinessError]
) -> list[WarehouseRecord | BusinessError]:
    """Open warehouses; each proposal gets its warehouse or the reason why not."""
    scope = context_of(session).companies
    companies = await records.resolve(
        session, COMPANY, [each.company for each in proposals if isinstance(each, NewWarehouse)]
    )

    def draft(new: NewWarehouse) -> Warehouse:
        check_scope(new.company, scope)
        return Warehouse(
            id=uuid7(),
            code=new.code,
            name=new.name,
            name_en=new.name_en,
            version=1,
            company=companies.get(new.company, field="/company").code,
            region=new.region,
            priority=new.priority,
            negative_allowed=new.negative_allowed,
        )

    return await records.create(session, WAREHOUSE, records.drafted(draft, proposals))


async def change_warehouse(
    session: AsyncSession, reference: str, changes: Mapping[str, object], *, expected: int | None
) -> WarehouseRecord:
    """Change a warehouse; it stays with its company."""
    before = await records.load(session, WAREHOUSE, reference, expected=expected, lock=True)
    return await records.replace(session, WAREHOUSE, before, changes)
