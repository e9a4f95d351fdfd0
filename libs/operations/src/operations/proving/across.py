"""What two services must agree on: the same question to both, compared row by row."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two services' answers `key text, value text`; with `all_of_left` a key that only the left has is wrong too."""

    invariant: str
    says: str
    left: str
    left_rows: str
    right: str
    right_rows: str
    all_of_left: bool = True
    all_of_right: bool = True


_REPLICAS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("item", ("purchasing", "sales", "inventory", "production", "finance")),
    ("partner", ("purchasing", "sales", "finance")),
    ("warehouse", ("purchasing", "sales", "inventory", "production")),
    ("company", ("purchasing", "sales", "inventory", "production", "finance")),
    ("tax_code", ("purchasing", "sales", "production", "finance")),
)
_PLURALS = {"item": "items", "partner": "partners", "warehouse": "warehouses", "company": "companies", "tax_code": "tax_codes"}  # fmt: skip

_FACT_TABLES = {
    "inventory.GoodsShipped": "shipments",
    "inventory.GoodsReceived": "receipts",
    "inventory.StockAdjusted": "adjustments",
    "inventory.MaterialIssued": "issues",
    "inventory.ProductionReceived": "production_receipts",
    "inventory.CostAdjusted": "cost_adjustments",
}


def agreements() -> list[Agreement]:
    """Every comparison of two services."""
    found = [
        Agreement(
            "A6", f"{kind} replicas have their owner's version",
            "masterdata", f"SELECT code, id || ' version ' || version FROM {_PLURALS[kind]}",
            reader, f"SELECT code, id || ' version ' || version FROM {kind}_replicas",
        )
        for kind, readers in _REPLICAS
        for reader in readers
    ]  # fmt: skip
    facts = " UNION ALL ".join(
        f"SELECT id::text, '{topic}' FROM {table}" for topic, table in _FACT_TABLES.items()
    )
    topics = ", ".join(f"'{topic}'" for topic in _FACT_TABLES)
    found += [
        Agreement(
            "B8", "each shipment, receipt, issue and count of the stock is booked once",
            "inventory", facts,
            "finance", f"SELECT document_id::text, topic FROM posted_facts WHERE topic IN ({topics})",
        ),
        Agreement(
            "C6", "sales and inventory say the same of what was shipped and cancelled",
            "inventory", "SELECT order_id || ' line ' || line, 'shipped ' || trim_scale(shipped) || ' of ' || trim_scale(quantity) FROM demands",
            "sales", "SELECT order_id || ' line ' || line, 'shipped ' || trim_scale(quantity_shipped) || ' of ' || trim_scale(quantity) FROM order_lines",
            # An order that sales holds back is not inventory's yet.
            all_of_right=False,
        ),
        Agreement(
            "C5", "purchasing and inventory say the same of what was received",
            "inventory", "SELECT order_id || ' line ' || line, trim_scale(accepted)::text FROM purchase_order_lines",
            "purchasing", "SELECT order_id || ' line ' || line, trim_scale(quantity_received)::text FROM purchase_order_lines",
            all_of_right=False,
        ),
        Agreement(
            "B7", "finance and inventory say the same of what was shipped",
            "inventory", "SELECT shipment_id || ' line ' || order_line, trim_scale(sum(quantity)) || ' ' || sum(amount_net + amount_tax) FROM shipment_lines GROUP BY shipment_id, order_line",
            "finance", "SELECT shipment || ' line ' || order_line, trim_scale(quantity) || ' ' || gross FROM shipment_lines",
        ),
        Agreement(
            "C8", "production and inventory say the same of what was given out",
            "inventory", "SELECT order_id || ' line ' || line, trim_scale(issued)::text FROM work_order_components",
            "production", "SELECT order_id || ' line ' || line, trim_scale(issued)::text FROM production_order_components",
            all_of_right=False,
        ),
        Agreement(
            "B6", "sales knows what finance says a customer owes",
            "finance", "SELECT company || ' ' || customer, receivable::text FROM exposures",
            "sales", "SELECT company || ' ' || customer, receivable::text FROM credit_accounts",
            all_of_right=False,
        ),
    ]  # fmt: skip
    return found
