"""How items are kept."""

from sqlalchemy import CheckConstraint, Column, Index, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB

from chassis import columns
from masterdata.records.tables import record_table


def _one_of(column: str, *values: str) -> Column[str]:
    choices = ", ".join(f"'{value}'" for value in values)
    return Column(
        column, Text, CheckConstraint(f"{column} IN ({choices})", name=column), nullable=False
    )


def _days(column: str) -> Column[int]:
    return Column(
        column,
        Integer,
        CheckConstraint(f"{column} BETWEEN 0 AND 36500", name=column),
        nullable=True,
    )


items = record_table(
    "items",
    Column("base_unit", Text, nullable=False),
    Column(
        "quantity_decimals", Integer,
        CheckConstraint("quantity_decimals BETWEEN 0 AND 6", name="quantity_decimals"), nullable=False,
    ),
    Column("units", JSONB, nullable=False),
    Column("category", Text, nullable=False),
    Column("specification", Text, nullable=False),
    Column("barcode", Text, nullable=False),
    _one_of("procurement", "buy", "make", "phantom"),
    _one_of("tracking", "none", "lot", "serial"),
    _days("shelf_life_days"),
    _one_of("valuation_class", "raw_material", "finished_goods", "semi_finished", "consumable"),
    _one_of("valuation_method", "moving_average"),
    columns.price("standard_cost", nullable=True),
    columns.price("list_price", nullable=True),
    Column("tax_code", Text, nullable=False),
    columns.quantity("safety_stock", nullable=True),
    columns.quantity("reorder_point", nullable=True),
    _days("lead_time_days"),
    columns.quantity("weight", nullable=True),
    Index("items_barcode_key", "barcode", unique=True, postgresql_where="barcode <> ''"),
    Index(None, "category"),
)  # fmt: skip
