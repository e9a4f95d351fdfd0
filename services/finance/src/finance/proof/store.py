"""All sums of the proof in one statement, so that they are of one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from .rules import EXPLAINS, Figures, InFlight, Total

_FIGURES = text("""
WITH report AS (SELECT cut, totals, recent FROM control_reports WHERE service = 'inventory'),
made AS (SELECT cut, totals, recent FROM control_reports WHERE service = 'production'),
-- Until production has told its totals, nothing of it is counted.
cuts AS (SELECT (SELECT cut FROM report) AS goods, coalesce((SELECT cut FROM made), '-infinity') AS work),
worked AS (
    SELECT t->>'company' AS company, sum(CAST(t->>'amount' AS numeric)) AS amount
    FROM made, jsonb_array_elements(totals) AS t WHERE t->>'name' IN ('operations', 'subcontracts', 'variances') GROUP BY 1
),
wanted AS (SELECT unnest(CAST(:companies AS text[])) AS company),
told AS (
    SELECT t->>'company' AS company, t->>'name' AS name, t->>'key' AS key, CAST(t->>'amount' AS numeric) AS amount,
           CAST(t->>'quantity' AS numeric) AS quantity
    FROM report, jsonb_array_elements(totals) AS t
),
inventory AS (
    SELECT company,
           coalesce(sum(amount) FILTER (WHERE name = 'stock'), 0) AS stock,
           coalesce(sum(amount) FILTER (WHERE name = 'received'), 0) AS received,
           coalesce(sum(amount) FILTER (WHERE name = 'issued'), 0) AS issued,
           coalesce(sum(amount) FILTER (WHERE name = 'cost_adjusted' AND key = 'work_in_process'), 0) AS cost_to_work,
           coalesce(sum(amount) FILTER (WHERE name = 'production_received'), 0) AS handed_over,
           coalesce(sum(amount) FILTER (WHERE name = 'in_transit'), 0) AS transit_amount,
           coalesce(sum(quantity) FILTER (WHERE name = 'in_transit'), 0) AS transit_quantity,
           coalesce(sum(amount) FILTER (WHERE name = 'in_transit_place'), 0) AS place_amount,
           coalesce(sum(quantity) FILTER (WHERE name = 'in_transit_place'), 0) AS place_quantity,
           coalesce(sum(quantity) FILTER (WHERE name = 'reserved'), 0) AS reserved,
           coalesce(sum(quantity) FILTER (WHERE name = 'reserved_balances'), 0) AS reserved_balances
    FROM told GROUP BY company
),
accounts AS (
    SELECT company, account, sum(debit) AS debit, sum(credit) AS credit FROM account_balances
    WHERE ledger = 'main' AND company = ANY(CAST(:companies AS text[])) GROUP BY company, account
),
later AS (
    SELECT company, account, sum(debit) AS debit, sum(credit) AS credit FROM voucher_lines
    WHERE ledger = 'main' AND source_recorded_at > (SELECT least(goods, work) FROM cuts)
      AND source_recorded_at > (SELECT CASE WHEN source_topic LIKE 'production.%' THEN work ELSE goods END FROM cuts)
      AND company = ANY(CAST(:companies AS text[]))
    GROUP BY company, account
),
books AS (
    SELECT a.company,
           sum(a.debit - a.credit - coalesce(l.debit, 0) + coalesce(l.credit, 0))
               FILTER (WHERE split_part(a.account, '.', 1) IN ('1403', '1405', '1411')) AS stock,
           sum(a.debit - a.credit - coalesce(l.debit, 0) + coalesce(l.credit, 0))
               FILTER (WHERE split_part(a.account, '.', 1) = '5001') AS work,
           sum(a.credit - coalesce(l.credit, 0)) FILTER (WHERE a.account = '2202.02') AS received,
           sum(a.credit - a.debit) FILTER (WHERE a.account = '2202.02') AS grni,
           sum(a.credit - a.debit) FILTER (WHERE split_part(a.account, '.', 1) = '2202' AND a.account <> '2202.02') AS payable,
           sum(a.debit - a.credit) FILTER (WHERE split_part(a.account, '.', 1) = '1122') AS receivable,
           sum(a.credit - a.debit) FILTER (WHERE split_part(a.account, '.', 1) = '2203') AS advances_received,
           sum(a.debit - a.credit) FILTER (WHERE split_part(a.account, '.', 1) = '1123') AS advances_paid,
           sum(a.debit) AS debits, sum(a.credit) AS credits
    FROM accounts a LEFT JOIN later l USING (company, account) GROUP BY a.company
)
SELECT w.company, (SELECT cut FROM report) AS cut,
       coalesce(i.stock, 0) AS stock, coalesce(i.received, 0) AS received, coalesce(i.issued, 0) AS issued,
       coalesce(i.cost_to_work, 0) AS cost_to_work, coalesce(i.handed_over, 0) AS handed_over,
       (SELECT coalesce(sum(p.amount), 0) FROM worked p WHERE p.company = w.company) AS worked, coalesce(i.transit_amount, 0) AS transit_amount,
       coalesce(i.transit_quantity, 0) AS transit_quantity, coalesce(i.place_amount, 0) AS place_amount,
       coalesce(i.place_quantity, 0) AS place_quantity, coalesce(i.reserved, 0) AS reserved,
       coalesce(i.reserved_balances, 0) AS reserved_balances,
       coalesce(b.stock, 0) AS stock_accounts, coalesce(b.work, 0) AS work_accounts,
       coalesce(b.received, 0) AS received_booked, coalesce(b.grni, 0) AS grni_account,
       coalesce(b.payable, 0) AS payable_account, coalesce(b.receivable, 0) AS receivable_accounts,
       coalesce(b.debits, 0) AS debits, coalesce(b.credits, 0) AS credits,
       (SELECT coalesce(sum(r.amount - r.cleared_amount), 0) FROM receipt_lines r
        WHERE r.company = w.company AND r.cleared_quantity < r.quantity) AS grni_open,
       (SELECT coalesce(sum(m.amount_received), 0) FROM bills l JOIN bill_matches m ON m.bill = l.id
        WHERE l.company = w.company AND l.status = 'matched') AS grni_in_flight,
       (SELECT coalesce(sum(o.open_amount), 0) FROM open_items o
        WHERE o.company = w.company AND o.side = 'receivable' AND o.open_amount <> 0) AS receivable_items,
       (SELECT coalesce(sum(o.open_amount), 0) FROM open_items o
        WHERE o.company = w.company AND o.side = 'payable' AND o.open_amount <> 0) AS payable_items,
       coalesce(b.advances_received, 0) AS advances_received_account,
       coalesce(b.advances_paid, 0) AS advances_paid_account,
       (SELECT coalesce(sum(v.open_amount), 0) FROM advances v
        WHERE v.company = w.company AND v.direction = 'received' AND v.open_amount > 0) AS advances_received,
       (SELECT coalesce(sum(v.open_amount), 0) FROM advances v
        WHERE v.company = w.company AND v.direction = 'paid' AND v.open_amount > 0) AS advances_paid,
       (SELECT coalesce(sum(s.unbilled), 0) FROM shipment_lines s
        WHERE s.company = w.company AND s.unbilled <> 0) AS unbilled,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(f.number, f.topic, f.reason) ORDER BY f.number), '[]') FROM (
            SELECT e->>'number' AS number, e->>'topic' AS topic, 'not posted yet' AS reason
            FROM (SELECT recent FROM report UNION ALL SELECT recent FROM made) AS r, jsonb_array_elements(r.recent) AS e
            WHERE e->>'company' = w.company AND e->>'topic' = ANY(CAST(:topics AS text[]))
              AND NOT EXISTS (SELECT 1 FROM posted_facts p WHERE p.source_event = CAST(e->>'event' AS uuid))
            UNION ALL
            SELECT p.number, p.topic, 'waits for its receipt' FROM posted_facts p
            WHERE p.company = w.company AND p.status = 'waiting'
            UNION ALL
            SELECT k.headers->>'ce_subject', k.topic, 'parked: ' || k.reason FROM parked k
            WHERE k.company = w.company AND k.status IN ('parked', 'waiting')
            UNION ALL
            SELECT l.number, 'finance.BillMatched', 'waits for its cost difference' FROM bills l
            WHERE l.company = w.company AND l.status = 'matched'
            LIMIT 200) AS f) AS in_flight
FROM wanted w LEFT JOIN inventory i USING (company) LEFT JOIN books b USING (company) ORDER BY w.company
""")


async def figures(
    session: AsyncSession, companies: Sequence[str]
) -> tuple[datetime | None, list[Figures]]:
    """The cut, and the sums of each company."""
    rows = (
        await session.execute(_FIGURES, {"companies": list(companies), "topics": sorted(EXPLAINS)})
    ).mappings().all()  # fmt: skip
    cut: datetime | None = rows[0]["cut"] if rows else None
    return cut, [_figures(dict(row)) for row in rows]


def _figures(row: Mapping[str, Any]) -> Figures:
    number: dict[str, Decimal] = {
        name: Decimal(value) for name, value in row.items() if isinstance(value, Decimal)
    }
    return Figures(
        company=row["company"],
        stock=number["stock"],
        received=number["received"],
        issued=number["issued"],
        cost_to_work=number["cost_to_work"],
        handed_over=number["handed_over"],
        worked=number["worked"],
        in_transit=Total(number["transit_amount"], number["transit_quantity"]),
        in_transit_place=Total(number["place_amount"], number["place_quantity"]),
        reserved=Total(quantity=number["reserved"]),
        reserved_balances=Total(quantity=number["reserved_balances"]),
        stock_accounts=number["stock_accounts"],
        work_accounts=number["work_accounts"],
        received_booked=number["received_booked"],
        grni_account=number["grni_account"],
        grni_open=number["grni_open"],
        grni_in_flight=number["grni_in_flight"],
        receivable_items=number["receivable_items"],
        unbilled=number["unbilled"],
        receivable_accounts=number["receivable_accounts"],
        payable_items=number["payable_items"],
        payable_account=number["payable_account"],
        advances_received=number["advances_received"],
        advances_received_account=number["advances_received_account"],
        advances_paid=number["advances_paid"],
        advances_paid_account=number["advances_paid_account"],
        debits=number["debits"],
        credits=number["credits"],
        reported=row["cut"] is not None,
        in_flight=tuple(
            InFlight(str(one[0]), str(one[1]), str(one[2])) for one in row["in_flight"]
        ),
    )


async def keep_report(
    session: AsyncSession, *, service: str, cut: datetime, version: int, totals: str, recent: str
) -> None:
    """Keep a service's newest control totals."""
    await session.execute(
        text(
            "INSERT INTO control_reports (service, cut, version, totals, recent)"
            " VALUES (:service, :cut, :version, CAST(:totals AS jsonb), CAST(:recent AS jsonb))"
            " ON CONFLICT (service) DO UPDATE SET cut = excluded.cut, version = excluded.version, totals = excluded.totals,"
            " recent = excluded.recent, received_at = now() WHERE excluded.cut > control_reports.cut"
        ),
        {"service": service, "cut": cut, "version": version, "totals": totals, "recent": recent},
    )
