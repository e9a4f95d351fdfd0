"""One trace from the click to the voucher: over the gateway, four services and Kafka, seen by a real OTLP receiver."""

import secrets

import pytest

from operations.client import Client
from operations.errors import OperationsError

from .company import Company, line
from .telemetry import Receiver, Span


async def test_an_order_and_its_voucher_are_one_trace(
    erp: Client, company: Company, telemetry: Receiver | None
) -> None:
    if telemetry is None:
        pytest.skip("the stack named in TONGHENG_TEST_STACK exports elsewhere")
    item = await company.item("TRACE")
    customer = await company.partner("TRACE-C", "customer")
    await erp.quiet()
    await company.opening((item, "SH", "5", "4"))
    await erp.quiet()

    placing = secrets.token_hex(16)
    answer = await erp.request(
        "POST",
        "/sales/orders",
        body={
            "company": company.code,
            "customer": customer,
            "lines": [line(item, "3", "10")],
        },
        headers={"traceparent": f"00-{placing}-{secrets.token_hex(8)}-01"},
    )
    order = answer.body
    await erp.quiet()
    shipping = secrets.token_hex(16)
    delivery = await company.delivery(order["id"], "SH")
    await erp.request(
        "POST",
        f"/inventory/deliveries/{delivery['id']}/ship",
        headers={"traceparent": f"00-{shipping}-{secrets.token_hex(8)}-01"},
    )
    await erp.quiet()

    def complete(trace_id: str, *services: str) -> list[Span]:
        spans = telemetry.trace(trace_id)
        # of every span the parent is one of the trace, but for the caller's own
        orphans = {span.parent_id for span in spans} - {span.span_id for span in spans}
        whole = {span.service for span in spans} >= set(services) and len(orphans) == 1
        return spans if whole else []

    async def placed() -> list[Span]:
        return complete(placing, "gateway", "sales", "inventory")

    async def shipped() -> list[Span]:
        return complete(shipping, "gateway", "inventory", "finance", "sales")

    for trace_id, look in ((placing, placed), (shipping, shipped)):
        try:
            await erp.eventually(look, bool, seconds=60)
        except OperationsError:
            spans = sorted(telemetry.trace(trace_id), key=lambda span: span.service)
            pytest.fail("the trace is not whole: " + "; ".join(map(str, spans)))
