"""Questions to the tree of categories."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# UNION, not UNION ALL: it ends even if the tree had a loop.
ABOVE = text(
    "WITH RECURSIVE above (code, parent, level) AS ("
    " SELECT code, parent, 1 FROM categories WHERE code = :code"
    " UNION SELECT c.code, c.parent, level + 1 FROM categories c JOIN above ON c.code = above.parent WHERE level < 100"
    ") SELECT code FROM above ORDER BY level"
)
LEVELS = text(
    "WITH RECURSIVE below (code, level) AS ("
    " SELECT CAST(:code AS text), 1"
    " UNION SELECT c.code, level + 1 FROM categories c JOIN below ON c.parent = below.code WHERE level < 100"
    ") SELECT max(level) FROM below"
)


async def lock_tree(session: AsyncSession) -> None:
    """One change of the tree's shape at a time: two moves could otherwise make a loop together."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('masterdata.categories'))"))


async def path_to_root(session: AsyncSession, code: str) -> list[str]:
    """A category and all above it, the root last."""
    return list(await session.scalars(ABOVE, {"code": code}))


async def levels_from(session: AsyncSession, code: str) -> int:
    """How many levels the tree has from a category down, itself included."""
    return int((await session.execute(LEVELS, {"code": code})).scalar_one())
