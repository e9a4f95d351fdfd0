"""What can be done with categories."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from masterdata.categories import store
from masterdata.categories.rules import check_parent
from masterdata.categories.tables import categories
from masterdata.records import service as records
from masterdata.records.service import KeptRecord, Kind
from tongheng_contracts.masterdata import MasterRecord


class Category(MasterRecord):
    """A branch of the tree that items are sorted into."""

    parent: str = ""
    """The category above; empty at the root."""


class CategoryRecord(Category, KeptRecord):
    """A category as it is kept."""


CATEGORY = Kind(name="category", noun=("category", "类别"), table=categories, model=CategoryRecord)


async def create_category(session: AsyncSession, category: Category) -> CategoryRecord:
    """Grow a branch."""
    if category.parent:
        await store.lock_tree(session)
        parent = await _parent(session, category.parent)
        check_parent(category.code, await store.path_to_root(session, parent))
        category = category.model_copy(update={"parent": parent})
    return await records.create_one(session, CATEGORY, category)


async def change_category(
    session: AsyncSession, reference: str, changes: Mapping[str, object], *, expected: int | None
) -> CategoryRecord:
    """Rename a branch, or move it with all that hangs on it."""
    moved = str(changes.get("parent") or "")
    if moved:
        await store.lock_tree(session)
        moved = await _parent(session, moved)
    before = await records.load(session, CATEGORY, reference, expected=expected, lock=True)
    if moved and moved != before.parent:
        above = await store.path_to_root(session, moved)
        check_parent(before.code, above, levels_below=await store.levels_from(session, before.code))
    if "parent" in changes:
        changes = {**changes, "parent": moved}
    return await records.replace(session, CATEGORY, before, changes)


async def _parent(session: AsyncSession, reference: str) -> str:
    return (
        (await records.resolve(session, CATEGORY, [reference])).get(reference, field="/parent").code
    )
