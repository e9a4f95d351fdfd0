"""How each table is made again from `replayed`, where an event's document is `body`. The order of the statements matters."""

from __future__ import annotations

VOUCHERS = """
INSERT INTO vouchers (id, number, company, ledger, period, voucher_type, sequence, currency, rule, rule_version, text,
    text_en, source_topic, source_event, source_id, source_number, case_id, case_number, corrects, amount, actor,
    business_date, posting_date, source_recorded_at, recorded_at)
SELECT r.key, v.number, v.company, v.ledger, v.period, v.voucher_type, CAST(substring(v.number FROM '[0-9]+$') AS int),
       v.currency, v.rule, v.rule_version, v.text, v.text_en, v.source_topic, v.source_event, v.source_id, v.source_number,
       v."case", v.case_number, v.corrects, v.amount, v.actor, v.business_date, v.posting_date,
       coalesce(v.source_recorded_at, r.recorded_at), r.recorded_at
FROM replayed r CROSS JOIN LATERAL jsonb_to_record(r.body) AS v (number text, company text, ledger text, period text,
    voucher_type text, currency text, rule text, rule_version int, text text, text_en text, source_topic text,
    source_event uuid, source_id uuid, source_number text, "case" uuid, case_number text, corrects uuid, amount numeric,
    actor text, business_date date, posting_date date, source_recorded_at timestamptz)
WHERE r.topic = 'finance.VoucherPosted'
"""

VOUCHER_LINES = """
INSERT INTO voucher_lines (voucher, line, company, ledger, period, posting_date, account, debit, credit, red, partner, item,
    text, text_en, source_topic, source_recorded_at, recorded_at)
SELECT v.id, l.line, v.company, v.ledger, v.period, v.posting_date, l.account, l.debit, l.credit, v.corrects IS NOT NULL,
       l.partner, l.item, l.text, l.text_en, v.source_topic, v.source_recorded_at, v.recorded_at
FROM replayed r JOIN vouchers v ON v.id = r.key
CROSS JOIN LATERAL jsonb_to_recordset(r.body->'lines') AS l (line int, account text, debit numeric, credit numeric,
    partner text, item text, text text, text_en text)
WHERE r.topic = 'finance.VoucherPosted'
"""

BALANCES = """
INSERT INTO account_balances (company, ledger, period, account, debit, credit, lines)
SELECT company, ledger, period, account, sum(debit), sum(credit), count(*) FROM voucher_lines GROUP BY 1, 2, 3, 4
"""

COUNTERS = """
INSERT INTO voucher_counters (company, period, voucher_type, last)
SELECT company, period, voucher_type, max(sequence) FROM vouchers GROUP BY 1, 2, 3
"""

INVOICES = """
INSERT INTO invoices (id, number, company, status, customer, order_id, order_number, currency, due_date, amount_net,
    amount_tax, amount_gross, business_date, posting_date, recorded_at)
SELECT r.key, i.number, i.company, 'issued', i.customer, i."order", i.order_number, i.currency, i.due_date, i.amount_net,
       i.amount_tax, i.amount_gross, i.business_date, i.posting_date, r.recorded_at
FROM replayed r CROSS JOIN LATERAL jsonb_to_record(r.body) AS i (number text, company text, customer text, "order" uuid,
    order_number text, currency text, due_date date, amount_net numeric, amount_tax numeric, amount_gross numeric,
    business_date date, posting_date date)
WHERE r.topic = 'finance.InvoiceIssued'
"""

INVOICE_LINES = """
INSERT INTO invoice_lines (invoice, line, company, shipment, shipment_line, order_line, item, unit, tax_code, quantity,
    amount_net, amount_tax, amount_gross)
SELECT r.key, l.line, r.body->>'company', l.shipment, l.shipment_line, l.order_line, l.item, l.unit, l.tax_code, l.quantity,
       l.amount_net, l.amount_tax, l.amount_gross
FROM replayed r CROSS JOIN LATERAL jsonb_to_recordset(r.body->'lines') AS l (line int, shipment uuid, shipment_line int,
    order_line int, item text, unit text, tax_code text, quantity numeric, amount_net numeric, amount_tax numeric,
    amount_gross numeric)
WHERE r.topic = 'finance.InvoiceIssued'
"""

CREDIT_NOTES = """
INSERT INTO credit_notes (id, number, company, status, customer, order_id, order_number, currency, goods_return,
    goods_return_number, invoiced, amount_net, amount_tax, amount_gross, business_date, posting_date, recorded_at)
SELECT r.key, c.number, c.company, 'issued', c.customer, c."order", c.order_number, c.currency, c.goods_return,
       c.goods_return_number, c.invoiced, c.amount_net, c.amount_tax, c.amount_gross, c.business_date, c.posting_date,
       r.recorded_at
FROM replayed r CROSS JOIN LATERAL jsonb_to_record(r.body) AS c (number text, company text, customer text, "order" uuid,
    order_number text, currency text, goods_return uuid, goods_return_number text, invoiced boolean, amount_net numeric,
    amount_tax numeric, amount_gross numeric, business_date date, posting_date date)
WHERE r.topic = 'finance.CreditNoteIssued'
"""

SHIPPED = """
INSERT INTO shipment_lines (shipment, order_line, shipment_line, company, shipment_number, order_id, order_number, customer,
    item, unit, tax_code, currency, business_date, quantity, net, tax, gross, recorded_at)
SELECT r.key, l.order_line, min(l.line), s.company, s.number, s."order", s.order_number, s.customer,
       (array_agg(l.item ORDER BY l.line))[1], (array_agg(l.unit ORDER BY l.line))[1],
       (array_agg(l.tax_code ORDER BY l.line))[1], s.currency, s.business_date, sum(l.quantity), sum(l.amount_net),
       sum(l.amount_tax), sum(l.amount_gross), r.recorded_at
FROM replayed r
CROSS JOIN LATERAL jsonb_to_record(r.body) AS s (number text, company text, "order" uuid, order_number text, customer text,
    currency text, business_date date)
CROSS JOIN LATERAL jsonb_to_recordset(r.body->'lines') AS l (line int, order_line int, item text, unit text, tax_code text,
    quantity numeric, amount_net numeric, amount_tax numeric, amount_gross numeric)
WHERE r.topic = 'inventory.GoodsShipped'
GROUP BY r.key, l.order_line, s.company, s.number, s."order", s.order_number, s.customer, s.currency, s.business_date,
    r.recorded_at
"""

# What came back: of a credit note's lines which shipped line, invoiced or not. Notes of 0.00 are not written, so that their
# lines are told by the return itself.
RETURNED_LINES = """
CREATE TEMP TABLE returned_lines ON COMMIT DROP AS
SELECT n.goods_return, n.invoiced, l.*, n.company, n.customer, n."order", n.order_number, n.currency, n.business_date,
       r.recorded_at
FROM replayed r
CROSS JOIN LATERAL jsonb_to_record(r.body) AS n (goods_return uuid, invoiced boolean, company text, customer text,
    "order" uuid, order_number text, currency text, business_date date)
CROSS JOIN LATERAL jsonb_to_recordset(r.body->'lines') AS l (line int, shipment uuid, shipment_line int, order_line int,
    item text, unit text, tax_code text, quantity numeric, amount_net numeric, amount_tax numeric, amount_gross numeric)
WHERE r.topic = 'finance.CreditNoteIssued'
"""

RETURNED_FOR_NOTHING = """
INSERT INTO returned_lines (goods_return, invoiced, line, shipment, shipment_line, order_line, item, unit, tax_code, quantity,
    amount_net, amount_tax, amount_gross, company, customer, "order", order_number, currency, business_date, recorded_at)
SELECT r.key, EXISTS (SELECT 1 FROM invoice_lines i WHERE i.shipment = coalesce(l.shipment, s.shipment, r.key)
                      AND i.order_line = l.order_line),
       l.line, coalesce(l.shipment, s.shipment, r.key), coalesce(s.shipment_line, l.line), l.order_line, l.item, l.unit,
       l.tax_code, l.quantity, l.amount_net, l.amount_tax, l.amount_gross, g.company, g.partner, g."order", g.order_number,
       g.currency, g.business_date, r.recorded_at
FROM replayed r
CROSS JOIN LATERAL jsonb_to_record(r.body) AS g (direction text, company text, partner text, "order" uuid,
    order_number text, currency text, business_date date)
CROSS JOIN LATERAL jsonb_to_recordset(r.body->'lines') AS l (line int, shipment uuid, order_line int, item text, unit text,
    tax_code text, quantity numeric, amount_net numeric, amount_tax numeric, amount_gross numeric)
LEFT JOIN LATERAL (
    SELECT one.shipment, one.shipment_line FROM shipment_lines one
    WHERE one.order_line = l.order_line
      AND (one.shipment = l.shipment OR l.shipment IS NULL AND one.order_id = g."order")
    ORDER BY one.shipment_number DESC LIMIT 1) AS s ON true
WHERE r.topic = 'inventory.GoodsReturned' AND g.direction = 'from_customer'
  AND NOT EXISTS (SELECT 1 FROM returned_lines k WHERE k.goods_return = r.key AND k.line = l.line)
"""

# A return that was told before its shipment made the row.
RETURNED_FIRST = """
INSERT INTO shipment_lines (shipment, order_line, shipment_line, company, shipment_number, order_id, order_number, customer,
    item, unit, tax_code, currency, business_date, recorded_at)
SELECT DISTINCT ON (shipment, order_line) shipment, order_line, shipment_line, company, '', "order", order_number, customer,
       item, unit, tax_code, currency, business_date, recorded_at
FROM returned_lines ORDER BY shipment, order_line, recorded_at, goods_return, line
ON CONFLICT (shipment, order_line) DO NOTHING
"""

INVOICED = """
UPDATE shipment_lines s SET invoiced_quantity = n.quantity, invoiced_net = n.net, invoiced_tax = n.tax, invoiced_gross = n.gross
FROM (SELECT shipment, order_line, sum(quantity) AS quantity, sum(amount_net) AS net, sum(amount_tax) AS tax,
      sum(amount_gross) AS gross FROM invoice_lines GROUP BY 1, 2) AS n
WHERE s.shipment = n.shipment AND s.order_line = n.order_line
"""

RETURNED = """
UPDATE shipment_lines s SET returned_quantity = n.quantity, returned_net = n.net, returned_tax = n.tax, returned_gross = n.gross,
    credited_quantity = n.credited_quantity, credited_gross = n.credited_gross
FROM (SELECT shipment, order_line, coalesce(sum(quantity) FILTER (WHERE NOT invoiced), 0) AS quantity,
      coalesce(sum(amount_net) FILTER (WHERE NOT invoiced), 0) AS net,
      coalesce(sum(amount_tax) FILTER (WHERE NOT invoiced), 0) AS tax,
      coalesce(sum(amount_gross) FILTER (WHERE NOT invoiced), 0) AS gross,
      coalesce(sum(quantity) FILTER (WHERE invoiced), 0) AS credited_quantity,
      coalesce(sum(amount_gross) FILTER (WHERE invoiced), 0) AS credited_gross
      FROM returned_lines GROUP BY 1, 2) AS n
WHERE s.shipment = n.shipment AND s.order_line = n.order_line
"""

UNDECIDED = """
INSERT INTO undecided_shipments (shipment, company, customer, order_id, business_date, recorded_at)
SELECT r.key, s.company, s.customer, s."order", s.business_date, r.recorded_at
FROM replayed r CROSS JOIN LATERAL jsonb_to_record(r.body) AS s (company text, customer text, "order" uuid, business_date date)
WHERE r.topic = 'inventory.GoodsShipped' AND NOT EXISTS (SELECT 1 FROM partner_replicas p WHERE p.code = s.customer)
"""

EXPOSURES = """
INSERT INTO exposures (company, customer, sequence, currency, receivable, overdue, changed_at)
SELECT DISTINCT ON (e.company, e.customer) e.company, e.customer, e.sequence, e.currency, e.receivable, e.overdue, r.recorded_at
FROM replayed r CROSS JOIN LATERAL jsonb_to_record(r.body) AS e (company text, customer text, sequence int, currency text,
    receivable numeric, overdue numeric)
WHERE r.topic = 'finance.CreditExposureChanged' ORDER BY e.company, e.customer, e.sequence DESC
"""

RECEIVED = """
INSERT INTO receipt_lines (receipt, line, company, receipt_number, purchase_order, purchase_order_number, order_line, supplier,
    item, unit, tax_code, tax_rate, valuation_class, unit_price, quantity, amount, business_date, source_recorded_at, recorded_at)
SELECT r.key, l.line, g.company, g.number, g.purchase_order, g.purchase_order_number, l.order_line, g.supplier, l.item, l.unit,
       l.tax_code, l.tax_rate, l.valuation_class, l.unit_price, l.accepted, l.amount, g.business_date, r.recorded_at, r.recorded_at
FROM replayed r
CROSS JOIN LATERAL jsonb_to_record(r.body) AS g (number text, company text, purchase_order uuid, purchase_order_number text,
    supplier text, business_date date)
CROSS JOIN LATERAL jsonb_to_recordset(r.body->'lines') AS l (line int, order_line int, item text, unit text, tax_code text,
    tax_rate numeric, valuation_class text, unit_price numeric, accepted numeric, amount numeric)
WHERE r.topic = 'inventory.GoodsReceived' AND l.accepted > 0
"""

BILLS = """
INSERT INTO bills (id, number, company, version, status, supplier, supplier_number, supplier_key, purchase_order,
    purchase_order_number, currency, due_date, block_reasons, price_accepted, amount_net, amount_tax, amount_gross,
    business_date, posting_date, recorded_at, created_by)
SELECT DISTINCT ON (r.key) r.key, b.number, b.company, r.version,
       CASE WHEN b.status = 'matched' AND (
                NOT EXISTS (SELECT 1 FROM jsonb_to_recordset(r.body->'lines') AS l (difference numeric) WHERE l.difference <> 0)
                OR EXISTS (SELECT 1 FROM replayed c WHERE c.topic = 'inventory.CostAdjusted'
                           AND CAST(c.body->>'cause_id' AS uuid) = r.key))
            THEN 'posted' ELSE b.status END,
       b.supplier, b.supplier_number, CAST(r.key AS text), b.purchase_order, b.purchase_order_number, b.currency, b.due_date,
       ARRAY(SELECT jsonb_array_elements_text(r.body->'block_reasons')), b.price_accepted, b.amount_net, b.amount_tax,
       b.amount_gross, b.business_date, b.posting_date, r.recorded_at,
       (SELECT first.actor FROM replayed first WHERE first.key = r.key AND first.version = 1
        AND first.topic IN ('finance.BillBlocked', 'finance.BillMatched') LIMIT 1)
FROM replayed r CROSS JOIN LATERAL jsonb_to_record(r.body) AS b (number text, company text, status text, supplier text,
    supplier_number text, purchase_order uuid, purchase_order_number text, currency text, due_date date,
    price_accepted boolean, amount_net numeric, amount_tax numeric, amount_gross numeric, business_date date, posting_date date)
WHERE r.topic IN ('finance.BillBlocked', 'finance.BillMatched') ORDER BY r.key, r.version DESC
"""

BILL_LINES = """
INSERT INTO bill_lines (bill, line, company, order_line, item, unit, tax_code, quantity, unit_price, order_price, tax_rate,
    amount_net, amount_tax)
SELECT b.id, l.line, b.company, l.order_line, l.item, l.unit, l.tax_code, l.quantity, l.unit_price, l.order_price, l.tax_rate,
       l.amount_net, l.amount_tax
FROM bills b JOIN replayed r ON r.key = b.id AND r.version = b.version AND r.topic IN ('finance.BillBlocked', 'finance.BillMatched')
CROSS JOIN LATERAL jsonb_to_recordset(r.body->'entries') AS l (line int, order_line int, item text, unit text, tax_code text,
    quantity numeric, unit_price numeric, order_price numeric, tax_rate numeric, amount_net numeric, amount_tax numeric)
"""

BILL_MATCHES = """
INSERT INTO bill_matches (bill, line, company, bill_line, order_line, receipt, receipt_line, item, quantity, unit_price,
    amount_received, amount_net, difference, recorded_at)
SELECT b.id, l.line, b.company, l.bill_line, l.order_line, l.receipt, l.receipt_line, l.item, l.quantity, l.unit_price,
       l.amount_received, l.amount_net, l.difference, r.recorded_at
FROM bills b JOIN replayed r ON r.key = b.id AND r.version = b.version AND r.topic = 'finance.BillMatched'
CROSS JOIN LATERAL jsonb_to_recordset(r.body->'lines') AS l (line int, bill_line int, order_line int, receipt uuid,
    receipt_line int, item text, quantity numeric, unit_price numeric, amount_received numeric, amount_net numeric,
    difference numeric)
"""

CLEARED = """
UPDATE receipt_lines l SET cleared_quantity = n.quantity, cleared_amount = n.amount, billed_quantity = n.billed,
    returned_quantity = n.returned
FROM (SELECT receipt, line, sum(quantity) AS quantity, sum(amount) AS amount, sum(billed) AS billed, sum(returned) AS returned
      FROM (SELECT receipt, receipt_line AS line, quantity, amount_received AS amount, quantity AS billed, 0 AS returned
            FROM bill_matches
            UNION ALL
            SELECT d.receipt, d.receipt_line, d.quantity_unbilled, d.amount_unbilled, 0, d.quantity_billed
            FROM replayed r CROSS JOIN LATERAL jsonb_to_recordset(r.body->'lines') AS d (receipt uuid, receipt_line int,
                quantity_unbilled numeric, amount_unbilled numeric, quantity_billed numeric)
            WHERE r.topic = 'finance.DebitNoteIssued') AS parts GROUP BY 1, 2) AS n
WHERE l.receipt = n.receipt AND l.line = n.line
"""

COST_SHARES = """
INSERT INTO cost_shares (source_event, line, company, bill, receipt, receipt_line, item, destination, amount,
    source_recorded_at, recorded_at)
SELECT r.event_id, row_number() OVER (PARTITION BY r.event_id ORDER BY l.receipt, l.receipt_line, s.destination),
       r.body->>'company', CAST(r.body->>'cause_id' AS uuid), l.receipt, l.receipt_line, l.item, s.destination, s.amount,
       r.recorded_at, r.recorded_at
FROM replayed r CROSS JOIN LATERAL jsonb_to_recordset(r.body->'lines') AS l (receipt uuid, receipt_line int, item text, shares jsonb)
CROSS JOIN LATERAL jsonb_to_recordset(l.shares) AS s (destination text, amount numeric)
WHERE r.topic = 'inventory.CostAdjusted'
"""

WAITING = """
INSERT INTO waiting_returns (source_event, company, receipts, fact, source_recorded_at, recorded_at)
SELECT r.event_id, r.body->>'company',
       ARRAY(SELECT CAST(r.body->>'order' AS uuid) UNION
             SELECT l.receipt FROM jsonb_to_recordset(r.body->'lines') AS l (receipt uuid)
             WHERE l.receipt IS NOT NULL AND NOT EXISTS (SELECT 1 FROM receipt_lines k WHERE k.receipt = l.receipt) ORDER BY 1),
       r.body, r.recorded_at, r.recorded_at
FROM replayed r WHERE r.topic = 'inventory.GoodsReturned' AND r.body->>'direction' <> 'from_customer'
  AND NOT EXISTS (SELECT 1 FROM replayed d WHERE d.topic = 'finance.DebitNoteIssued'
                  AND CAST(d.body->>'goods_return' AS uuid) = r.key)
"""

PAYMENTS = """
INSERT INTO payments (id, number, company, status, direction, partner, currency, bank_account, reference, order_id, order_number,
    amount, on_account, business_date, posting_date, recorded_at, created_by)
SELECT r.key, p.number, p.company, 'posted', CASE r.topic WHEN 'finance.PaymentReceived' THEN 'received' ELSE 'paid' END,
       p.partner, p.currency, p.bank_account, p.reference, p."order", p.order_number, p.amount, p.on_account, p.business_date,
       p.posting_date, r.recorded_at, r.actor
FROM replayed r CROSS JOIN LATERAL jsonb_to_record(r.body) AS p (number text, company text, partner text, currency text,
    bank_account text, reference text, "order" uuid, order_number text, amount numeric, on_account numeric,
    business_date date, posting_date date)
WHERE r.topic IN ('finance.PaymentReceived', 'finance.PaymentMade')
"""

SETTLED = """
CREATE TEMP TABLE settled ON COMMIT DROP AS
SELECT r.key AS payment, r.body->>'company' AS company, CAST(a.place AS int) AS line, CAST(a.value->>'open_item' AS uuid) AS open_item,
       CAST(a.value->>'amount' AS numeric) AS amount, r.recorded_at
FROM replayed r CROSS JOIN LATERAL jsonb_array_elements(r.body->'allocations') WITH ORDINALITY AS a (value, place)
WHERE r.topic IN ('finance.PaymentReceived', 'finance.PaymentMade')
"""

ADVANCES = """
INSERT INTO advances (id, number, company, version, direction, account, partner, currency, bank_account, reference, amount,
    open_amount, business_date, posting_date, recorded_at, created_by)
SELECT r.key, a.number, a.company, 1 + coalesce(n.times, 0),
       CASE r.topic WHEN 'finance.AdvanceReceived' THEN 'received' ELSE 'paid' END, a.account, a.partner, a.currency,
       a.bank_account, a.reference, a.amount, a.amount - coalesce(n.amount, 0), a.business_date, a.posting_date,
       r.recorded_at, r.actor
FROM replayed r CROSS JOIN LATERAL jsonb_to_record(r.body) AS a (number text, company text, partner text, currency text,
    account text, bank_account text, reference text, amount numeric, business_date date, posting_date date)
LEFT JOIN (
    SELECT CAST(body->>'advance' AS uuid) AS advance, count(*) AS times, sum(CAST(body->>'amount' AS numeric)) AS amount
    FROM replayed WHERE topic = 'finance.AdvanceApplied' GROUP BY 1) AS n ON n.advance = r.key
WHERE r.topic IN ('finance.AdvanceReceived', 'finance.AdvancePaid')
"""

APPLICATIONS = """
INSERT INTO advance_applications (id, number, company, advance, payment, partner, amount, business_date, posting_date,
    recorded_at)
SELECT r.key, a.number, a.company, a.advance, a.payment, a.partner, a.amount, a.business_date, a.posting_date, r.recorded_at
FROM replayed r CROSS JOIN LATERAL jsonb_to_record(r.body) AS a (number text, company text, advance uuid, payment uuid,
    partner text, amount numeric, business_date date, posting_date date)
WHERE r.topic = 'finance.AdvanceApplied'
"""

OPENINGS = """
INSERT INTO openings (id, number, company, status, amount, business_date, posting_date, recorded_at)
SELECT r.key, o.number, o.company, 'posted', o.amount, o.business_date, o.posting_date, r.recorded_at
FROM replayed r CROSS JOIN LATERAL jsonb_to_record(r.body) AS o (number text, company text, amount numeric, business_date date,
    posting_date date)
WHERE r.topic = 'finance.OpeningEntered'
"""

OPEN_ITEMS = """
INSERT INTO open_items (id, company, side, account, partner, document_type, document_id, number, order_id, order_number, currency,
    amount, open_amount, business_date, due_date, version, recorded_at)
SELECT i.id, i.company, i.side, CASE i.side WHEN 'receivable' THEN '1122.01' ELSE '2202.01' END, i.partner, i.document_type,
       i.document_id, i.number, i.order_id, i.order_number, i.currency, i.amount, i.amount - coalesce(s.amount, 0),
       i.business_date, i.due_date, 1 + coalesce(s.payments, 0), i.recorded_at
FROM (
    SELECT d.id, company, 'receivable' AS side, customer AS partner, 'invoice' AS document_type, i.id AS document_id, number,
           order_id, order_number, currency, amount_gross AS amount, business_date, due_date, recorded_at
    FROM invoices i JOIN derived_ids d ON d.document = i.id AND d.what = 'open_item'
    UNION ALL
    SELECT d.id, company, 'receivable', customer, 'credit_note', c.id, number, order_id, order_number, currency, -amount_gross,
           business_date, business_date, recorded_at
    FROM credit_notes c JOIN derived_ids d ON d.document = c.id AND d.what = 'open_item' WHERE invoiced
    UNION ALL
    SELECT d.id, company, 'payable', supplier, 'bill', b.id, number, purchase_order, purchase_order_number, currency, amount_gross,
           business_date, due_date, recorded_at
    FROM bills b JOIN derived_ids d ON d.document = b.id AND d.what = 'open_item' WHERE status = 'posted'
    UNION ALL
    SELECT d.id, n.company, 'payable', n.supplier, 'supplier_credit', n.goods_return, n.number, n."order", n.order_number,
           n.currency, -n.amount_gross, n.business_date, n.business_date, r.recorded_at
    FROM replayed r CROSS JOIN LATERAL jsonb_to_record(r.body) AS n (number text, company text, supplier text, "order" uuid,
        order_number text, goods_return uuid, currency text, amount_gross numeric, business_date date)
    JOIN derived_ids d ON d.document = n.goods_return AND d.what = 'open_item' WHERE r.topic = 'finance.DebitNoteIssued'
    UNION ALL
    SELECT d.id, n.company, 'payable', n.supplier, 'subcontract', r.key, n.number, n."order", n.order_number,
           n.currency, n.amount_gross, n.business_date, n.due_date, r.recorded_at
    FROM replayed r CROSS JOIN LATERAL jsonb_to_record(r.body) AS n (number text, company text, supplier text, "order" uuid,
        order_number text, currency text, amount_gross numeric, business_date date, due_date date)
    JOIN derived_ids d ON d.document = r.key AND d.what = 'open_item' WHERE r.topic = 'production.SubcontractReceived'
    UNION ALL
    SELECT d.id, company, 'receivable', partner, 'on_account', p.id, number, order_id, order_number, currency, -on_account,
           business_date, business_date, recorded_at
    FROM payments p JOIN derived_ids d ON d.document = p.id AND d.what = 'on_account'
    UNION ALL
    SELECT o.open_item, r.body->>'company', o.side, o.partner, 'opening', o.open_item, o.number, NULL, '', r.body->>'currency',
           o.amount, CAST(r.body->>'business_date' AS date), o.due_date, r.recorded_at
    FROM replayed r CROSS JOIN LATERAL jsonb_to_recordset(r.body->'documents') AS o (open_item uuid, side text, partner text,
        number text, amount numeric, due_date date)
    WHERE r.topic = 'finance.OpeningEntered'
) AS i LEFT JOIN (
    SELECT open_item, sum(amount) AS amount, count(DISTINCT payment) AS payments FROM settled GROUP BY 1
) AS s ON s.open_item = i.id
WHERE i.amount <> 0
"""

ALLOCATIONS = """
INSERT INTO allocations (id, company, payment, line, open_item, amount, recorded_at)
SELECT d.id, s.company, s.payment, s.line, s.open_item, s.amount, s.recorded_at
FROM settled s JOIN derived_ids d ON d.document = s.payment AND d.what = 'allocation' AND d.line = s.line
"""

POSTED_FACTS = """
INSERT INTO posted_facts (source_event, topic, document_id, number, company, status, source_recorded_at, recorded_at)
SELECT r.event_id, r.topic, r.key, r.body->>'number', r.body->>'company',
       CASE WHEN EXISTS (SELECT 1 FROM waiting_returns w WHERE w.source_event = r.event_id) THEN 'waiting'
            WHEN EXISTS (SELECT 1 FROM vouchers v WHERE v.source_event = r.event_id) THEN 'posted' ELSE 'empty' END,
       r.recorded_at, r.recorded_at
FROM replayed r WHERE r.topic NOT LIKE 'finance.%'
"""

ANALYZE = "ANALYZE vouchers, voucher_lines, invoices, invoice_lines, shipment_lines, receipt_lines"

UNBALANCED = """
SELECT v.id FROM vouchers v LEFT JOIN voucher_lines l ON l.voucher = v.id GROUP BY v.id, v.amount
HAVING count(l.line) < 2 OR sum(l.debit) <> sum(l.credit) OR sum(l.debit) <> v.amount
"""

GAPS = """
SELECT company, period, voucher_type FROM vouchers GROUP BY 1, 2, 3 HAVING count(*) <> max(sequence) OR min(sequence) <> 1
"""

SEALS = """
SELECT p.company, p.period FROM periods p LEFT JOIN LATERAL (
    SELECT count(DISTINCT l.voucher) AS vouchers, count(*) AS lines, coalesce(sum(l.debit), 0) AS debit,
           coalesce(sum(l.credit), 0) AS credit
    FROM voucher_lines l WHERE l.company = p.company AND l.period = p.period) AS n ON true
WHERE p.status = 'closed' AND (p.sealed_vouchers, p.sealed_lines, p.sealed_debit, p.sealed_credit)
    IS DISTINCT FROM (n.vouchers, n.lines, n.debit, n.credit)
"""

# Ids that follow from a document's: which documents, and what of them.
ITEMS = (
    "SELECT id, 0 FROM invoices UNION ALL SELECT id, 0 FROM credit_notes UNION ALL SELECT id, 0 FROM bills"
    " UNION ALL SELECT CAST(body->>'goods_return' AS uuid), 0 FROM replayed WHERE topic = 'finance.DebitNoteIssued'"
    " UNION ALL SELECT key, 0 FROM replayed WHERE topic = 'production.SubcontractReceived'"
)
ON_ACCOUNT = "SELECT id, 0 FROM payments WHERE on_account <> 0"
SETTLEMENTS = "SELECT payment, line FROM settled"
SUPPLIER_NUMBERS = "SELECT id, supplier_number FROM bills"
"""Each bill with the number that its supplier gave it."""
SUPPLIER_KEYS = (
    "UPDATE bills b SET supplier_key = n.key FROM unnest(CAST(:ids AS uuid[]), CAST(:keys AS text[])) AS n (id, key)"
    " WHERE b.id = n.id"
)
