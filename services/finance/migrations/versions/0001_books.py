"""The books: accounts, periods, posting rules, vouchers, open items, receivables, payables, payments, proof."""

from __future__ import annotations

from alembic import op

from chassis import schema

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# An amount that may be negative; the bounds keep NaN out, which sorts above all numbers.
SIGNED = "numeric(18, 2) NOT NULL CHECK ({0} > -1e15 AND {0} < 1e15)"
AMOUNT = "numeric(18, 2) NOT NULL DEFAULT 0 CHECK ({0} >= 0 AND {0} < 1e15)"
QUANTITY = "numeric(21, 6) NOT NULL DEFAULT 0 CHECK ({0} >= 0 AND {0} < 1e15)"
PRICE = "numeric(21, 6) NOT NULL CHECK ({0} >= 0 AND {0} < 1e15)"


def signed(*names: str) -> str:
    return ", ".join(f"{name} {SIGNED.format(name)}" for name in names)


def amount(*names: str) -> str:
    return ", ".join(f"{name} {AMOUNT.format(name)}" for name in names)


def quantity(*names: str) -> str:
    return ", ".join(f"{name} {QUANTITY.format(name)}" for name in names)


def price(*names: str) -> str:
    return ", ".join(f"{name} {PRICE.format(name)}" for name in names)


REPLICAS = f"""
CREATE TABLE company_replicas (
    code text PRIMARY KEY, id uuid NOT NULL, name text NOT NULL, name_en text NOT NULL,
    currency text NOT NULL, time_zone text NOT NULL, active boolean NOT NULL, version integer NOT NULL
);
CREATE TABLE partner_replicas (
    code text PRIMARY KEY, id uuid NOT NULL UNIQUE, name text NOT NULL, name_en text NOT NULL,
    roles text[] NOT NULL, currency text NOT NULL, payment_days integer NOT NULL, billing_policy text NOT NULL,
    active boolean NOT NULL, blocked boolean NOT NULL, version integer NOT NULL
);
CREATE TABLE tax_code_replicas (
    code text PRIMARY KEY, id uuid NOT NULL, {price("rate")}, active boolean NOT NULL, version integer NOT NULL
);
CREATE TABLE item_replicas (
    code text PRIMARY KEY, id uuid NOT NULL UNIQUE, name text NOT NULL, name_en text NOT NULL,
    valuation_class text NOT NULL, base_unit text NOT NULL, active boolean NOT NULL, version integer NOT NULL
);
CREATE TABLE purchase_order_lines (
    company text NOT NULL, purchase_order uuid NOT NULL, purchase_order_number text NOT NULL, order_line integer NOT NULL,
    supplier text NOT NULL, item text NOT NULL, unit text NOT NULL, {quantity("quantity")}, {price("unit_price", "tax_rate")},
    tax_code text NOT NULL, payment_days integer NOT NULL, status text NOT NULL, version integer NOT NULL,
    PRIMARY KEY (purchase_order, order_line)
);
CREATE INDEX purchase_order_lines_number ON purchase_order_lines (purchase_order_number);
"""

LEDGER = f"""
CREATE TABLE company_settings (
    company text PRIMARY KEY, {price("price_tolerance")}, version integer NOT NULL DEFAULT 1
);
CREATE TABLE accounts (
    company text NOT NULL, code text NOT NULL, name text NOT NULL, name_en text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('asset', 'liability', 'equity', 'cost', 'income', 'expense')),
    parent text, postable boolean NOT NULL, control boolean NOT NULL, active boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1, PRIMARY KEY (company, code)
);
CREATE TABLE periods (
    company text NOT NULL, period text NOT NULL CHECK (period ~ '^[0-9]{{4}}-(0[1-9]|1[0-2])$'),
    starts_on date NOT NULL, ends_on date NOT NULL,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed')),
    sealed_vouchers bigint, sealed_lines bigint, sealed_debit numeric(18, 2), sealed_credit numeric(18, 2), sealed_hash text,
    closed_at timestamptz, closed_by text, version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (company, period)
);
CREATE TABLE posting_rules (
    company text NOT NULL, code text NOT NULL, version integer NOT NULL, current boolean NOT NULL,
    topic text NOT NULL, active boolean NOT NULL, definition jsonb NOT NULL,
    actor text NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (company, code, version)
);
CREATE UNIQUE INDEX posting_rules_current ON posting_rules (company, code) WHERE current;

CREATE TABLE posted_facts (
    source_event uuid PRIMARY KEY, topic text NOT NULL, document_id uuid NOT NULL, number text NOT NULL,
    company text NOT NULL, status text NOT NULL CHECK (status IN ('posted', 'empty', 'waiting')),
    source_recorded_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(), UNIQUE (topic, document_id)
);
CREATE INDEX posted_facts_waiting ON posted_facts (company) WHERE status = 'waiting';

CREATE TABLE vouchers (
    id uuid PRIMARY KEY, number text NOT NULL, company text NOT NULL, ledger text NOT NULL, period text NOT NULL,
    voucher_type text NOT NULL, sequence integer NOT NULL CHECK (sequence > 0), currency text NOT NULL,
    rule text NOT NULL, rule_version integer NOT NULL, text text NOT NULL, text_en text NOT NULL,
    source_topic text NOT NULL, source_event uuid, source_id uuid, source_number text NOT NULL,
    case_id uuid, case_number text NOT NULL, corrects uuid REFERENCES vouchers (id),
    {signed("amount")}, actor text NOT NULL, business_date date NOT NULL, posting_date date NOT NULL,
    source_recorded_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (company, period, voucher_type, sequence)
);
CREATE UNIQUE INDEX vouchers_source ON vouchers (source_event, rule, ledger) WHERE source_event IS NOT NULL;
CREATE UNIQUE INDEX vouchers_corrects ON vouchers (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX vouchers_source_id ON vouchers (source_id);
CREATE INDEX vouchers_source_number ON vouchers (source_number);
CREATE INDEX vouchers_case_id ON vouchers (case_id);
CREATE INDEX vouchers_case_number ON vouchers (case_number);
CREATE INDEX vouchers_number ON vouchers (number);
CREATE INDEX vouchers_recorded ON vouchers (recorded_at, id);

CREATE TABLE voucher_lines (
    voucher uuid NOT NULL, line integer NOT NULL, company text NOT NULL, ledger text NOT NULL,
    period text NOT NULL, posting_date date NOT NULL, account text NOT NULL, {signed("debit", "credit")},
    red boolean NOT NULL, partner text NOT NULL, item text NOT NULL, text text NOT NULL, text_en text NOT NULL,
    source_topic text NOT NULL, source_recorded_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (voucher, line),
    CONSTRAINT one_side CHECK ((debit = 0) <> (credit = 0)),
    CONSTRAINT red_is_negative CHECK (CASE WHEN red THEN debit <= 0 AND credit <= 0 ELSE debit >= 0 AND credit >= 0 END)
);
CREATE INDEX voucher_lines_account ON voucher_lines (company, account, period);
CREATE INDEX voucher_lines_later ON voucher_lines (source_recorded_at);

CREATE TABLE account_balances (
    company text NOT NULL, ledger text NOT NULL, period text NOT NULL, account text NOT NULL,
    {signed("debit", "credit")}, lines bigint NOT NULL, PRIMARY KEY (company, ledger, period, account)
) WITH (fillfactor = 50);
CREATE TABLE voucher_counters (
    company text NOT NULL, period text NOT NULL, voucher_type text NOT NULL, last integer NOT NULL,
    PRIMARY KEY (company, period, voucher_type)
) WITH (fillfactor = 50);

CREATE FUNCTION lines_belong_together() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE bad uuid;
BEGIN
    SELECT n.voucher INTO bad FROM new_lines n LEFT JOIN vouchers v ON v.id = n.voucher
        WHERE v.id IS NULL OR v.recorded_at <> now() OR v.company <> n.company OR v.period <> n.period OR v.ledger <> n.ledger LIMIT 1;
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'voucher % was posted before, or its lines name other books', bad USING ERRCODE = 'check_violation';
    END IF;
    SELECT voucher INTO bad FROM new_lines GROUP BY voucher HAVING sum(debit) <> sum(credit) LIMIT 1;
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'voucher % does not balance', bad USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER lines_belong_together AFTER INSERT ON voucher_lines
    REFERENCING NEW TABLE AS new_lines FOR EACH STATEMENT EXECUTE FUNCTION lines_belong_together();

CREATE FUNCTION voucher_balances() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE n integer; d numeric; c numeric;
BEGIN
    SELECT count(*), coalesce(sum(debit), 0), coalesce(sum(credit), 0) INTO n, d, c FROM voucher_lines WHERE voucher = NEW.id;
    IF n < 2 OR d <> c OR d <> NEW.amount THEN
        RAISE EXCEPTION 'voucher % does not balance: % lines, debit %, credit %', NEW.number, n, d, c
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER voucher_balances AFTER INSERT ON vouchers
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION voucher_balances();

CREATE FUNCTION period_is_open() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE bad text;
BEGIN
    SELECT n.period INTO bad FROM (SELECT DISTINCT company, period FROM new_vouchers) n
        LEFT JOIN periods p ON p.company = n.company AND p.period = n.period WHERE p.status IS DISTINCT FROM 'open' LIMIT 1;
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'period % is not open', bad USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER period_is_open AFTER INSERT ON vouchers
    REFERENCING NEW TABLE AS new_vouchers FOR EACH STATEMENT EXECUTE FUNCTION period_is_open();
"""

ITEMS = f"""
CREATE TABLE open_items (
    id uuid PRIMARY KEY, company text NOT NULL, side text NOT NULL CHECK (side IN ('receivable', 'payable')),
    account text NOT NULL, partner text NOT NULL, document_type text NOT NULL, document_id uuid NOT NULL,
    number text NOT NULL, order_id uuid, order_number text NOT NULL, currency text NOT NULL,
    {signed("amount", "open_amount")}, business_date date NOT NULL, due_date date NOT NULL,
    version integer NOT NULL DEFAULT 1, recorded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT open_within_amount CHECK (amount <> 0 AND
        CASE WHEN amount > 0 THEN open_amount BETWEEN 0 AND amount ELSE open_amount BETWEEN amount AND 0 END)
);
CREATE INDEX open_items_open ON open_items (company, side, partner, due_date) WHERE open_amount <> 0;
CREATE INDEX open_items_document ON open_items (document_id);
CREATE INDEX open_items_number ON open_items (number);
CREATE TABLE allocations (
    id uuid PRIMARY KEY, company text NOT NULL, payment uuid NOT NULL, line integer NOT NULL,
    open_item uuid NOT NULL REFERENCES open_items (id), {signed("amount")}, recorded_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (payment, line)
);
CREATE INDEX allocations_item ON allocations (open_item);
CREATE INDEX allocations_recorded ON allocations (recorded_at);
CREATE INDEX open_items_recorded ON open_items (recorded_at);
CREATE TABLE exposures (
    company text NOT NULL, customer text NOT NULL, sequence integer NOT NULL, currency text NOT NULL,
    {signed("receivable", "overdue")}, changed_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (company, customer)
);
"""

RECEIVABLES = f"""
CREATE TABLE shipment_lines (
    shipment uuid NOT NULL, order_line integer NOT NULL, shipment_line integer NOT NULL, company text NOT NULL,
    shipment_number text NOT NULL, order_id uuid NOT NULL, order_number text NOT NULL, customer text NOT NULL,
    item text NOT NULL, unit text NOT NULL, tax_code text NOT NULL, currency text NOT NULL, business_date date NOT NULL,
    {quantity("quantity", "invoiced_quantity", "returned_quantity", "credited_quantity")},
    {
    amount(
        "net",
        "tax",
        "gross",
        "invoiced_net",
        "invoiced_tax",
        "invoiced_gross",
        "returned_net",
        "returned_tax",
        "returned_gross",
        "credited_gross",
    )
},
    unbilled numeric(18, 2) GENERATED ALWAYS AS (gross - invoiced_gross - returned_gross) STORED,
    recorded_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (shipment, order_line)
);
CREATE INDEX shipment_lines_order ON shipment_lines (order_id);
CREATE INDEX shipment_lines_order_number ON shipment_lines (order_number);
CREATE INDEX shipment_lines_unbilled ON shipment_lines (company, customer) INCLUDE (unbilled) WHERE unbilled <> 0;

CREATE TABLE undecided_shipments (
    shipment uuid PRIMARY KEY, company text NOT NULL, customer text NOT NULL, order_id uuid NOT NULL,
    business_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX undecided_shipments_customer ON undecided_shipments (customer);
CREATE TABLE invoices (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, version integer NOT NULL DEFAULT 1,
    status text NOT NULL, customer text NOT NULL, order_id uuid NOT NULL, order_number text NOT NULL, currency text NOT NULL,
    due_date date NOT NULL, {
    amount("amount_net", "amount_tax", "amount_gross")
}, business_date date NOT NULL,
    posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX invoices_recorded ON invoices (recorded_at, id);
CREATE INDEX invoices_order ON invoices (order_id);
CREATE INDEX invoices_customer ON invoices (company, customer);
CREATE TABLE invoice_lines (
    invoice uuid NOT NULL REFERENCES invoices (id), line integer NOT NULL, company text NOT NULL, shipment uuid NOT NULL,
    shipment_line integer NOT NULL, order_line integer NOT NULL, item text NOT NULL, unit text NOT NULL, tax_code text NOT NULL,
    {quantity("quantity")}, {
    amount("amount_net", "amount_tax", "amount_gross")
}, PRIMARY KEY (invoice, line)
);
CREATE TABLE credit_notes (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, version integer NOT NULL DEFAULT 1,
    status text NOT NULL, customer text NOT NULL, order_id uuid NOT NULL, order_number text NOT NULL, currency text NOT NULL,
    goods_return uuid NOT NULL, goods_return_number text NOT NULL, invoiced boolean NOT NULL,
    {
    amount("amount_net", "amount_tax", "amount_gross")
}, business_date date NOT NULL, posting_date date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(), UNIQUE (goods_return, invoiced)
);
CREATE INDEX credit_notes_order ON credit_notes (order_id);
"""

PAYABLES = f"""
CREATE TABLE receipt_lines (
    receipt uuid NOT NULL, line integer NOT NULL, company text NOT NULL, receipt_number text NOT NULL,
    purchase_order uuid NOT NULL, purchase_order_number text NOT NULL, order_line integer NOT NULL, supplier text NOT NULL,
    item text NOT NULL, unit text NOT NULL, tax_code text NOT NULL, valuation_class text NOT NULL,
    {price("unit_price", "tax_rate")}, {quantity("quantity", "cleared_quantity", "billed_quantity", "returned_quantity")},
    {amount("amount", "cleared_amount")}, business_date date NOT NULL, source_recorded_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (receipt, line),
    CONSTRAINT cleared_within CHECK (cleared_quantity <= quantity AND cleared_amount <= amount),
    CONSTRAINT billed_within CHECK (billed_quantity <= cleared_quantity AND returned_quantity <= billed_quantity)
);
CREATE INDEX receipt_lines_order ON receipt_lines (purchase_order, order_line);
CREATE INDEX receipt_lines_number ON receipt_lines (purchase_order_number);
CREATE INDEX receipt_lines_uncleared ON receipt_lines (company, supplier) WHERE cleared_quantity < quantity;

CREATE TABLE bills (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, version integer NOT NULL, status text NOT NULL
        CHECK (status IN ('blocked', 'matched', 'posted', 'cancelled')),
    supplier text NOT NULL, supplier_number text NOT NULL, supplier_key text NOT NULL, purchase_order uuid NOT NULL,
    purchase_order_number text NOT NULL, currency text NOT NULL, due_date date NOT NULL,
    block_reasons text[] NOT NULL, price_accepted boolean NOT NULL DEFAULT false,
    {amount("amount_net", "amount_tax", "amount_gross")}, business_date date NOT NULL, posting_date date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX bills_once ON bills (company, supplier, supplier_key) WHERE status <> 'cancelled';
CREATE INDEX bills_recorded ON bills (recorded_at, id);
CREATE INDEX bills_order ON bills (purchase_order);
CREATE INDEX bills_in_flight ON bills (company) WHERE status = 'matched';
CREATE TABLE bill_lines (
    bill uuid NOT NULL REFERENCES bills (id), line integer NOT NULL, company text NOT NULL, order_line integer NOT NULL,
    item text NOT NULL, unit text NOT NULL, tax_code text NOT NULL, {quantity("quantity")},
    {price("unit_price", "order_price", "tax_rate")}, {amount("amount_net", "amount_tax")}, PRIMARY KEY (bill, line)
);
CREATE TABLE bill_matches (
    bill uuid NOT NULL REFERENCES bills (id), line integer NOT NULL, company text NOT NULL, bill_line integer NOT NULL,
    order_line integer NOT NULL, receipt uuid NOT NULL, receipt_line integer NOT NULL, item text NOT NULL,
    {quantity("quantity")}, {price("unit_price")}, {amount("amount_received", "amount_net")},
    {signed("difference")}, recorded_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (bill, line)
);
CREATE TABLE cost_shares (
    source_event uuid NOT NULL, line integer NOT NULL, company text NOT NULL, bill uuid NOT NULL, receipt uuid NOT NULL,
    receipt_line integer NOT NULL, item text NOT NULL, destination text NOT NULL, {signed("amount")},
    source_recorded_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (source_event, line)
);
CREATE TABLE waiting_returns (
    source_event uuid PRIMARY KEY, company text NOT NULL, receipts uuid[] NOT NULL, fact jsonb NOT NULL,
    source_recorded_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE payments (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, version integer NOT NULL DEFAULT 1,
    status text NOT NULL, direction text NOT NULL CHECK (direction IN ('received', 'paid')), partner text NOT NULL,
    currency text NOT NULL, bank_account text NOT NULL, reference text NOT NULL, order_id uuid, order_number text NOT NULL,
    {amount("amount", "on_account")}, business_date date NOT NULL, posting_date date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX payments_recorded ON payments (recorded_at, id);
CREATE INDEX payments_partner ON payments (company, partner);
CREATE TABLE openings (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, version integer NOT NULL DEFAULT 1,
    status text NOT NULL, {amount("amount")}, business_date date NOT NULL, posting_date date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE control_reports (
    service text PRIMARY KEY, cut timestamptz NOT NULL, version bigint NOT NULL, totals jsonb NOT NULL, recent jsonb NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now()
);
"""

PROOF = """
CREATE VIEW proof.ledger_lines AS SELECT l.*, v.number, v.source_event, v.rule, v.voucher_type, v.sequence
    FROM voucher_lines l JOIN vouchers v ON v.id = l.voucher;
CREATE VIEW proof.balances AS SELECT company, ledger, period, account, debit, credit, lines FROM account_balances;
CREATE VIEW proof.open_items AS SELECT id, company, side, account, partner, number, amount, open_amount FROM open_items;
CREATE VIEW proof.unbilled AS SELECT shipment, order_line, company, customer, unbilled FROM shipment_lines;
CREATE VIEW proof.received_not_billed AS
    SELECT receipt, line, company, supplier, quantity - cleared_quantity AS quantity, amount - cleared_amount AS amount
    FROM receipt_lines;
GRANT SELECT ON ALL TABLES IN SCHEMA proof TO {worker};
"""


def upgrade() -> None:
    """Make the books."""
    schema.install(op)
    for part in (REPLICAS, LEDGER, ITEMS, RECEIVABLES, PAYABLES):
        schema.script(op, part.replace("{", "{{").replace("}", "}}"))
    schema.share(op, "company_replicas", "partner_replicas", "tax_code_replicas", "item_replicas", "control_reports",
                 read_only_for_api=True)  # fmt: skip
    schema.protect(
        op,
        "vouchers",
        "voucher_lines",
        "allocations",
        "bill_matches",
        "cost_shares",
        append_only=True,
    )
    schema.protect(op, "purchase_order_lines", "company_settings", "accounts", "periods", "posting_rules", "posted_facts",
                   "account_balances", "voucher_counters", "open_items", "exposures", "shipment_lines", "undecided_shipments", "invoices",
                   "invoice_lines", "credit_notes", "receipt_lines", "bills", "bill_lines", "waiting_returns", "payments",
                   "openings")  # fmt: skip
    for name in (
        "invoice_numbers",
        "credit_note_numbers",
        "bill_numbers",
        "payment_numbers",
        "opening_numbers",
    ):
        schema.sequence(op, name)
    schema.script(op, PROOF)


def downgrade() -> None:
    """The first migration has nothing before it."""
    raise NotImplementedError("the books are not thrown away by a migration")
