"""What can be done with units of measure. Other services know an item's units by the item."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from masterdata.records import service as records
from masterdata.records.service import KeptRecord, Kind
from masterdata.units.tables import units
from tongheng_contracts.masterdata import MasterRecord


class Unit(MasterRecord):
    """A unit of measure."""

    decimals: int
    """How many decimals a quantity in it has unless the item says otherwise."""


class UnitRecord(Unit, KeptRecord):
    """A unit as it is kept."""


UNIT = Kind(name="unit", noun=("unit", "计量单位"), table=units, model=UnitRecord)


async def create_unit(session: AsyncSession, unit: Unit) -> UnitRecord:
    """Introduce a unit."""
    return await records.create_one(session, UNIT, unit)


async def change_unit(
    session: AsyncSession, reference: str, changes: Mapping[str, object], *, expected: int | None
) -> UnitRecord:
    """Name a unit otherwise; its decimals are in the items that use it."""
    before = await records.load(session, UNIT, reference, expected=expected, lock=True)
    return await records.replace(session, UNIT, before, changes)
