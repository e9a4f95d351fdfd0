"""What must hold within one service's database, as SQL: each row that is looked at says whether it is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from tongheng_contracts.catalogue import contracts
from tongheng_contracts.envelope import Kind


@dataclass(frozen=True, slots=True)
class Check:
    """A question to one database. `rows` selects `what text, bad boolean`: each row that was looked at."""

    invariant: str
    says: str
    service: str
    rows: str


def _listed(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


_DOCUMENT_OF = ", ".join(
    f"('{one.topic}', '{one.document}')" for one in contracts() if one.kind is Kind.DOCUMENT
)
_CONTROL = _listed([one.topic for one in contracts() if one.kind is Kind.CONTROL])
HOT = "recorded_at > now() - interval '30 days'"
"""Rows that are older may be in the archive of the outbox."""

EVERYWHERE: tuple[tuple[str, str, str], ...] = (
    (
        "A3",
        "every event of the outbox is marked as published",
        f"SELECT topic || ' ' || event_id, published_at IS NULL FROM proof.outbox WHERE topic NOT IN ({_CONTROL})",
    ),
    (
        "A5",
        "nothing is parked",
        "SELECT topic || ' ' || event_id || ' ' || reason, status IN ('parked', 'waiting') FROM proof.parked",
    ),
    (
        "A5",
        "what the inbox calls parked is open at the desk",
        (
            "SELECT a.topic || ' ' || a.event_id, NOT EXISTS (SELECT FROM proof.parked p WHERE p.event_id = a.event_id"
            " AND p.status IN ('parked', 'waiting')) FROM proof.applied a WHERE a.outcome = 'parked'"
        ),
    ),
    (
        "A6",
        "a document's versions rise in the order in which they were told, each told once",
        (
            "SELECT document || ' ' || key || ' version ' || version, version < before OR version = before AND topic = topic_before FROM ("
            " SELECT d.document, topic, o.key, o.version, lag(o.version) OVER one AS before, lag(topic) OVER one AS topic_before"
            f" FROM outbox o JOIN (VALUES {_DOCUMENT_OF}) AS d (topic, document) USING (topic)"
            " WINDOW one AS (PARTITION BY d.document, o.key ORDER BY o.id)) AS told WHERE before IS NOT NULL"
        ),
    ),
    (
        "A1",
        "a command that is kept was done: its answer is 2xx",
        "SELECT method || ' ' || path, status NOT BETWEEN 200 AND 299 FROM proof.commands",
    ),
)


def _told(table: str, topics: str, *, number: str = "number") -> str:
    # Both ways: the row without its event, and the event without its row.
    return (
        f"SELECT coalesce(t.{number}, o.key), t.id IS NULL OR o.key IS NULL"
        f" FROM (SELECT id, {number} FROM {table} WHERE {HOT}) AS t"
        f" FULL JOIN (SELECT DISTINCT key FROM outbox WHERE topic IN ({topics}) AND {HOT}) AS o ON o.key = CAST(t.id AS text)"
    )


FACTS: tuple[tuple[str, str, str], ...] = (
    ("inventory", "shipments", "'inventory.GoodsShipped'"),
    ("inventory", "receipts", "'inventory.GoodsReceived'"),
    ("inventory", "adjustments", "'inventory.StockAdjusted'"),
    ("inventory", "issues", "'inventory.MaterialIssued'"),
    ("inventory", "production_receipts", "'inventory.ProductionReceived'"),
    ("inventory", "cost_adjustments", "'inventory.CostAdjusted'"),
    (
        "inventory",
        "transfer_movements",
        "'inventory.TransferShipped', 'inventory.TransferReceived'",
    ),
    ("finance", "vouchers", "'finance.VoucherPosted'"),
    ("finance", "invoices", "'finance.InvoiceIssued'"),
    ("finance", "advances", "'finance.AdvanceReceived', 'finance.AdvancePaid'"),
    ("finance", "advance_applications", "'finance.AdvanceApplied'"),
    ("finance", "payments", "'finance.PaymentReceived', 'finance.PaymentMade'"),
    ("sales", "orders", "'sales.OrderPlaced', 'sales.OrderChanged', 'sales.OrderCancelled'"),
    ("production", "outputs", "'production.OutputReported'"),
    ("production", "operation_reports", "'production.OperationReported'"),
)
"""Tables whose rows are each told by one event, and its topics."""

# Each: invariant, what it says, service, rows.
BOOKS: tuple[tuple[str, str, str, str], ...] = (
    (
        "B1",
        "a voucher has two lines or more, debits equal credits and its amount",
        "finance",
        (
            "SELECT v.number, count(l.line) < 2 OR sum(l.debit) <> sum(l.credit) OR sum(l.debit) <> v.amount"
            " FROM vouchers v LEFT JOIN voucher_lines l ON l.voucher = v.id GROUP BY v.id, v.number, v.amount"
        ),
    ),
    (
        "B1",
        "a line is on one side; it is negative only where it corrects another voucher",
        "finance",
        (
            "SELECT v.number || ' line ' || l.line, (l.debit = 0) = (l.credit = 0) OR l.red <> (v.corrects IS NOT NULL)"
            " OR CASE WHEN l.red THEN l.debit > 0 OR l.credit > 0 ELSE l.debit < 0 OR l.credit < 0 END"
            " FROM voucher_lines l JOIN vouchers v ON v.id = l.voucher"
        ),
    ),
    (
        "B2",
        "debits equal credits per company, ledger and period",
        "finance",
        (
            "SELECT company || ' ' || ledger || ' ' || period, sum(debit) <> sum(credit) FROM account_balances"
            " GROUP BY company, ledger, period"
        ),
    ),
    (
        "B2",
        "stored balances are the sums of the lines",
        "finance",
        (
            "SELECT coalesce(b.company, l.company) || ' ' || coalesce(b.account, l.account) || ' ' || coalesce(b.period, l.period),"
            " (coalesce(b.debit, 0), coalesce(b.credit, 0), coalesce(b.lines, 0))"
            " IS DISTINCT FROM (coalesce(l.debit, 0), coalesce(l.credit, 0), coalesce(l.lines, 0))"
            " FROM account_balances b FULL JOIN (SELECT company, ledger, period, account, sum(debit) AS debit, sum(credit) AS credit,"
            " count(*) AS lines FROM voucher_lines GROUP BY 1, 2, 3, 4) AS l USING (company, ledger, period, account)"
        ),
    ),
    (
        "B4",
        "a closed period is as it was sealed",
        "finance",
        (
            "SELECT p.company || ' ' || p.period, (p.sealed_vouchers, p.sealed_lines, p.sealed_debit, p.sealed_credit)"
            " IS DISTINCT FROM (n.vouchers, n.lines, n.debit, n.credit) FROM periods p LEFT JOIN LATERAL ("
            " SELECT count(DISTINCT l.voucher) AS vouchers, count(*) AS lines, coalesce(sum(l.debit), 0) AS debit,"
            " coalesce(sum(l.credit), 0) AS credit FROM voucher_lines l WHERE l.company = p.company AND l.period = p.period)"
            " AS n ON true WHERE p.status = 'closed'"
        ),
    ),
    (
        "B5",
        "voucher numbers run from 1 without a gap",
        "finance",
        (
            "SELECT v.company || ' ' || v.period || ' ' || v.voucher_type,"
            " min(v.sequence) <> 1 OR max(v.sequence) <> count(*) OR max(v.sequence) IS DISTINCT FROM max(c.last)"
            " FROM vouchers v LEFT JOIN voucher_counters c USING (company, period, voucher_type)"
            " GROUP BY v.company, v.period, v.voucher_type"
        ),
    ),
    (
        "B6",
        "open items equal their account, per company and partner",
        "finance",
        (
            "SELECT coalesce(i.company, l.company) || ' ' || coalesce(i.account, l.account) || ' ' || coalesce(i.partner, l.partner),"
            " coalesce(i.amount, 0) <> coalesce(l.amount, 0)"
            " FROM (SELECT company, account, partner, sum(CASE side WHEN 'receivable' THEN open_amount ELSE -open_amount END) AS amount"
            " FROM open_items GROUP BY 1, 2, 3) AS i"
            " FULL JOIN (SELECT company, account, partner, sum(debit - credit) AS amount FROM voucher_lines"
            " WHERE ledger = 'main' AND account IN (SELECT DISTINCT account FROM open_items) GROUP BY 1, 2, 3) AS l"
            " USING (company, account, partner)"
        ),
    ),
    (
        "B6",
        "advances that are not applied equal their account, per company and partner",
        "finance",
        (
            "SELECT coalesce(a.company, l.company) || ' ' || coalesce(a.account, l.account) || ' ' || coalesce(a.partner, l.partner),"
            " coalesce(a.amount, 0) <> coalesce(l.amount, 0)"
            " FROM (SELECT company, account, partner, sum(CASE direction WHEN 'paid' THEN open_amount ELSE -open_amount END) AS amount"
            " FROM proof.advances GROUP BY 1, 2, 3) AS a"
            " FULL JOIN (SELECT company, account, partner, sum(debit - credit) AS amount FROM voucher_lines"
            " WHERE ledger = 'main' AND account IN ('2203', '1123') GROUP BY 1, 2, 3) AS l"
            " USING (company, account, partner)"
        ),
    ),
    (
        "C5",
        "what is left of an advance is its amount less what was applied",
        "finance",
        (
            "SELECT a.number, a.open_amount <> a.amount - coalesce(sum(p.amount), 0) FROM advances a"
            " LEFT JOIN advance_applications p ON p.advance = a.id GROUP BY a.id, a.number, a.open_amount, a.amount"
        ),
    ),
    (
        "B8",
        "a fact that is booked has vouchers, another none",
        "finance",
        (
            "SELECT f.topic || ' ' || f.number, (f.status = 'posted') <> EXISTS"
            " (SELECT FROM vouchers v WHERE v.source_event = f.source_event) FROM posted_facts f"
        ),
    ),
    (
        "B8",
        "a voucher that a fact gave has that fact",
        "finance",
        (
            "SELECT v.number, f.source_event IS NULL FROM vouchers v LEFT JOIN posted_facts f ON f.source_event = v.source_event"
            " WHERE v.source_event IS NOT NULL AND v.source_topic NOT LIKE 'finance.%'"
        ),
    ),
    (
        "A8",
        "nothing waits in the middle: returns before their receipts, bills matched and not booked, facts not booked",
        "finance",
        (
            "SELECT 'return ' || source_event, true FROM waiting_returns UNION ALL SELECT number, status = 'matched' FROM bills"
            " UNION ALL SELECT topic || ' ' || number, status = 'waiting' FROM posted_facts"
        ),
    ),
    (
        "C5",
        "allocated is at most what was paid; the rest stays on account",
        "finance",
        (
            "SELECT p.number, coalesce(sum(a.amount), 0) + p.on_account <> p.amount FROM payments p"
            " LEFT JOIN allocations a ON a.payment = p.id GROUP BY p.id, p.number, p.on_account, p.amount"
        ),
    ),
    (
        "C5",
        "invoiced is at most what was shipped, billed at most what was received",
        "finance",
        (
            "SELECT shipment_number || ' line ' || order_line, invoiced_quantity + returned_quantity > quantity FROM shipment_lines"
            " UNION ALL SELECT receipt_number || ' line ' || line, billed_quantity > quantity FROM receipt_lines"
        ),
    ),
)

GOODS: tuple[tuple[str, str, str, str], ...] = (
    (
        "C1",
        "on hand is the sum of the moves, per item, place, bin, lot and status",
        "inventory",
        (
            "SELECT coalesce(s.item, m.item) || ' ' || coalesce(s.place, m.place), coalesce(s.quantity, 0) <> coalesce(m.quantity, 0)"
            " FROM (SELECT company, item, place, bin, lot, status, sum(on_hand) AS quantity FROM proof.stock GROUP BY 1, 2, 3, 4, 5, 6) AS s"
            " FULL JOIN (SELECT company, item, place, bin, lot, status, sum(quantity) AS quantity FROM proof.moves"
            " WHERE place NOT LIKE '@%' OR place = '@transit' GROUP BY 1, 2, 3, 4, 5, 6) AS m USING (company, item, place, bin, lot, status)"
        ),
    ),
    (
        "C1",
        "over all places, the outside included, the moves sum to nothing",
        "inventory",
        "SELECT company || ' ' || item, sum(quantity) <> 0 FROM proof.moves GROUP BY company, item",
    ),
    (
        "C2",
        "reserved is between 0 and on hand, and the sum of the reservations",
        "inventory",
        (
            "SELECT coalesce(s.item, r.item) || ' ' || coalesce(s.place, r.place),"
            " coalesce(s.reserved, 0) <> coalesce(r.quantity, 0) OR coalesce(s.wrong, true)"
            " FROM (SELECT company, item, place, bin, lot, status, sum(reserved) AS reserved,"
            " bool_or(reserved < 0 OR reserved > on_hand) AS wrong FROM proof.stock GROUP BY 1, 2, 3, 4, 5, 6) AS s"
            " FULL JOIN (SELECT company, item, place, bin, lot, status, sum(quantity) AS quantity FROM proof.reservations"
            " GROUP BY 1, 2, 3, 4, 5, 6) AS r USING (company, item, place, bin, lot, status)"
        ),
    ),
    (
        "C3",
        "a serial is in one place",
        "inventory",
        (
            "SELECT b.item || ' ' || b.lot, sum(b.on_hand) > 1 FROM balances b JOIN item_replicas i ON i.code = b.item"
            " WHERE i.tracking = 'serial' GROUP BY b.company, b.item, b.lot"
        ),
    ),
    (
        "C4",
        "the valued quantity is what is on hand and on its way; the value is the sum of the moves",
        "inventory",
        (
            "SELECT v.company || ' ' || v.item, v.quantity <> coalesce(m.quantity, 0) OR v.amount <> coalesce(m.amount, 0)"
            " FROM stock_values v LEFT JOIN (SELECT company, item, sum(quantity * direction) AS quantity, sum(amount) AS amount"
            " FROM moves GROUP BY 1, 2) AS m USING (company, item)"
        ),
    ),
    (
        "C6",
        "of an order line cancelled, held and shipped are at most what was ordered; held is the sum of its reservations",
        "inventory",
        (
            "SELECT d.item || ' order ' || d.order_id, d.cancelled + d.held + d.shipped > d.quantity OR d.held <> coalesce(r.quantity, 0)"
            " FROM demands d LEFT JOIN (SELECT order_id, line, sum(quantity) AS quantity FROM reservations GROUP BY 1, 2) AS r"
            " USING (order_id, line)"
        ),
    ),
    (
        "C7",
        "what is in transit is what transfers shipped and did not receive",
        "inventory",
        (
            "SELECT coalesce(t.company, m.company) || ' ' || coalesce(t.item, m.item), coalesce(t.quantity, 0) <> coalesce(m.quantity, 0)"
            " FROM (SELECT l.company, l.item, sum(l.quantity - l.received) AS quantity FROM transfer_lines l JOIN transfers t"
            " ON t.id = l.transfer_id WHERE t.status IN ('in_transit', 'received') GROUP BY 1, 2) AS t"
            " FULL JOIN (SELECT company, item, sum(quantity) AS quantity FROM proof.moves WHERE place = '@transit' GROUP BY 1, 2) AS m"
            " USING (company, item)"
        ),
    ),
    (
        "C5",
        "shipped and cancelled are at most what was ordered",
        "sales",
        (
            "SELECT o.number || ' line ' || l.line, l.quantity_shipped + l.quantity_cancelled > l.quantity"
            " FROM order_lines l JOIN orders o ON o.id = l.order_id"
        ),
    ),
    (
        "C5",
        "received is at most what was ordered and its tolerance",
        "purchasing",
        (
            "SELECT o.number || ' line ' || l.line, l.quantity_received > l.quantity * (1 + o.tolerance)"
            " FROM purchase_order_lines l JOIN purchase_orders o ON o.id = l.order_id"
        ),
    ),
    (
        "C5",
        "what was drawn of a blanket order is what its purchase orders say",
        "purchasing",
        (
            "SELECT agreement_id || ' line ' || line, quantity_released <> quantity_ordered OR amount_released <> amount_ordered"
            " OR quantity_received <> quantity_arrived FROM proof.agreement_draws"
        ),
    ),
    (
        "B6",
        "what a customer owes by sales' account is what his orders and shipments say",
        "sales",
        (
            "SELECT company || ' ' || customer, open_orders <> open_by_orders OR open_orders <> open_by_moves"
            " OR unacknowledged <> unacknowledged_by_shipments FROM proof.credit"
        ),
    ),
    (
        "C8",
        "what was given out for a production order is at most what was asked for",
        "production",
        "SELECT number || ' line ' || line, issued > greatest(requested, needed) FROM proof.production_orders WHERE line IS NOT NULL",
    ),
)


def within(services: list[str]) -> list[Check]:
    """Every check that one database answers, for the services that are there."""
    found = [
        Check(invariant, says, service, rows)
        for service in services
        for invariant, says, rows in EVERYWHERE
    ]
    found += [
        Check(
            "A2", f"{table}: each has its event, each event has it", service, _told(table, topics)
        )
        for service, table, topics in FACTS
    ]
    found += [Check(*each) for each in (*BOOKS, *GOODS)]
    return [each for each in found if each.service in services]
