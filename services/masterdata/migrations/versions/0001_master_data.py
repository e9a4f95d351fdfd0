"""Master data: companies, units, categories, tax codes, terms, rates, items, partners, warehouses.

Revision ID: 0001
"""

from alembic import op

from chassis import schema

revision = "0001"
down_revision = None

RECORD = """
    id uuid PRIMARY KEY,
    code text NOT NULL,
    code_key text COLLATE "C" NOT NULL UNIQUE,
    name text NOT NULL,
    name_en text NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    name_en_key text COLLATE "C" NOT NULL,
    active boolean NOT NULL,
    version integer NOT NULL CONSTRAINT {table}_version_counts CHECK (version >= 1),
    recorded_at timestamptz NOT NULL DEFAULT now()
"""

TABLES = {
    "companies": """
        company text GENERATED ALWAYS AS (code) STORED,
        currency text NOT NULL,
        time_zone text NOT NULL,
        valuation_level text NOT NULL CONSTRAINT companies_valuation_level CHECK (valuation_level = 'company'),
        fiscal_year_start integer NOT NULL CONSTRAINT companies_fiscal_year_start CHECK (fiscal_year_start BETWEEN 1 AND 12)
    """,
    "units": """
        decimals integer NOT NULL CONSTRAINT units_decimals CHECK (decimals BETWEEN 0 AND 6)
    """,
    "categories": """
        parent text NOT NULL
    """,
    "tax_codes": """
        rate numeric(21,6) NOT NULL CONSTRAINT tax_codes_rate_range CHECK (rate >= 0 AND rate < 1e15),
        kind text NOT NULL CONSTRAINT tax_codes_kind CHECK (kind IN ('vat', 'exempt'))
    """,
    "terms": """
        days integer NOT NULL CONSTRAINT terms_days CHECK (days BETWEEN 0 AND 3650)
    """,
    "items": """
        base_unit text NOT NULL,
        quantity_decimals integer NOT NULL CONSTRAINT items_quantity_decimals CHECK (quantity_decimals BETWEEN 0 AND 6),
        units jsonb NOT NULL,
        category text NOT NULL,
        specification text NOT NULL,
        barcode text NOT NULL,
        procurement text NOT NULL CONSTRAINT items_procurement CHECK (procurement IN ('buy', 'make', 'phantom')),
        tracking text NOT NULL CONSTRAINT items_tracking CHECK (tracking IN ('none', 'lot', 'serial')),
        shelf_life_days integer CONSTRAINT items_shelf_life_days CHECK (shelf_life_days BETWEEN 0 AND 36500),
        valuation_class text NOT NULL CONSTRAINT items_valuation_class
            CHECK (valuation_class IN ('raw_material', 'finished_goods', 'semi_finished', 'consumable')),
        valuation_method text NOT NULL CONSTRAINT items_valuation_method CHECK (valuation_method IN ('moving_average')),
        standard_cost numeric(21,6) CONSTRAINT items_standard_cost_range CHECK (standard_cost >= 0 AND standard_cost < 1e15),
        list_price numeric(21,6) CONSTRAINT items_list_price_range CHECK (list_price >= 0 AND list_price < 1e15),
        tax_code text NOT NULL,
        safety_stock numeric(21,6) CONSTRAINT items_safety_stock_range CHECK (safety_stock >= 0 AND safety_stock < 1e15),
        reorder_point numeric(21,6) CONSTRAINT items_reorder_point_range CHECK (reorder_point >= 0 AND reorder_point < 1e15),
        lead_time_days integer CONSTRAINT items_lead_time_days CHECK (lead_time_days BETWEEN 0 AND 36500),
        weight numeric(21,6) CONSTRAINT items_weight_range CHECK (weight >= 0 AND weight < 1e15)
    """,
    "partners": """
        roles text[] NOT NULL CONSTRAINT partners_roles
            CHECK (cardinality(roles) > 0 AND roles <@ ARRAY['customer', 'supplier']),
        currency text NOT NULL,
        payment_term text NOT NULL,
        payment_days integer NOT NULL CONSTRAINT partners_payment_days CHECK (payment_days >= 0),
        tax_id text NOT NULL,
        language text NOT NULL,
        billing_policy text NOT NULL CONSTRAINT partners_billing_policy CHECK (billing_policy IN ('manual', 'on_shipment')),
        blocked boolean NOT NULL,
        region text NOT NULL
    """,
    "warehouses": """
        company text NOT NULL,
        region text NOT NULL,
        priority integer NOT NULL CONSTRAINT warehouses_priority CHECK (priority BETWEEN 0 AND 1000000),
        negative_allowed boolean NOT NULL
    """,
}

RATES = """
CREATE TABLE rates (
    id uuid PRIMARY KEY,
    code text NOT NULL,
    code_key text COLLATE "C" NOT NULL UNIQUE,
    currency text NOT NULL,
    to_currency text NOT NULL,
    valid_from date NOT NULL,
    rate numeric(21,6) NOT NULL CONSTRAINT rates_rate_range CHECK (rate >= 0 AND rate < 1e15),
    version integer NOT NULL CONSTRAINT rates_version_counts CHECK (version >= 1),
    recorded_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (currency, to_currency, valid_from),
    CONSTRAINT rates_rate_above_zero CHECK (rate > 0)
)
"""

INDEXES = """
CREATE UNIQUE INDEX items_barcode_key ON items (barcode) WHERE barcode <> '';
CREATE INDEX items_category ON items (category);
CREATE INDEX partners_roles ON partners USING gin (roles);
CREATE INDEX warehouses_company ON warehouses (company);
CREATE INDEX categories_parent ON categories (parent);
"""

VERSIONS = """
CREATE VIEW proof.records AS {selects};
GRANT SELECT ON proof.records TO {{worker}};
"""

DELETED_NEVER = "REVOKE DELETE ON {tables} FROM {{api}}, {{worker}};"


def upgrade() -> None:
    """The chassis' tables and ours; a master record is never deleted."""
    schema.install(op)
    for table, own in TABLES.items():
        schema.script(op, f"CREATE TABLE {table} ({RECORD.format(table=table)}, {own})")
        schema.script(op, f"CREATE INDEX {table}_name_key ON {table} (name_key)")
        schema.script(op, f"CREATE INDEX {table}_name_en_key ON {table} (name_en_key)")
    schema.script(op, RATES)
    schema.script(op, INDEXES)
    schema.sequence(op, "item_barcodes")
    schema.protect(op, "companies", "warehouses")
    schema.share(op, "units", "categories", "tax_codes", "terms", "rates", "items", "partners")
    names = (*TABLES, "rates")
    schema.script(op, DELETED_NEVER.format(tables=", ".join(names)))
    selects = " UNION ALL ".join(
        f"SELECT '{name}' AS kind, id, code, version, recorded_at FROM {name}" for name in names
    )
    schema.script(op, VERSIONS.format(selects=selects))
