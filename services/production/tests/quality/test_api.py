"""What is reported is inspected before it is handed over; what is rejected waits for a decision."""

from typing import Any

from chassis.testing import Api, EmittedEvents
from tongheng_contracts.production import NonconformanceRaised

from .. import builders as a

PLAN: dict[str, Any] = {
    "company": "E01",
    "item": "S",
    "sampling": {"sampling": "fixed", "size": 2},
    "characteristics": [
        {"code": "W", "name": "Width", "kind": "variable", "unit": "mm", "lower": "9.9", "upper": "10.1"},
        {"code": "C", "name": "Crack", "severity": "critical"},
    ],
}  # fmt: skip


def results(*widths: str) -> dict[str, Any]:
    return {
        "results": [
            {"piece": n, "characteristic": code, **found}
            for n, width in enumerate(widths, 1)
            for code, found in (("W", {"value": width}), ("C", {"conforms": True}))
        ]
    }


async def test_pieces_are_inspected_before_they_are_handed_over(
    making: Api, emitted_events: EmittedEvents
) -> None:
    await a.e3_bills(making)
    plan = await a.made(making, "/production/inspection-plans", PLAN)
    twice = await making.post("/production/inspection-plans", PLAN)
    assert twice.status_code == 409
    order = await a.released(making, "S", "10")
    at = f"/production/orders/{order['id']}"

    await a.made(making, f"{at}/report", {"good": "6"})
    (first,) = (await making.get("/production/inspections", status="open")).json()["items"]
    assert (first["quantity"], first["sample_size"], first["plan"]) == ("6", 2, plan["id"])
    early = await making.post(f"{at}/complete", {"quantity": "1"})
    assert early.status_code == 409

    path = f"/production/inspections/{first['number']}"
    blind = await making.post(f"{path}/decide", {})
    assert blind.status_code == 409
    await a.made(making, f"{path}/results", results("9.95", "10.05"))
    assert (await making.get(f"{path}/certificate")).status_code == 409
    done = await a.made(making, f"{path}/decide", {"text": "ok"})
    assert (done["status"], done["rejected"]) == ("accepted", "0")
    certificate = (await making.get(f"{path}/certificate")).json()
    width = certificate["measured"][0]
    assert (certificate["accepted"], width["lowest"], width["mean"]) == ("6", "9.95", "10")
    await a.made(making, f"{at}/complete", {"quantity": "6"})

    # Of the next four one is too wide: the lot is rejected and waits for a decision.
    await a.made(making, f"{at}/report", {"good": "4"})
    (second,) = (await making.get("/production/inspections", status="open")).json()["items"]
    path = f"/production/inspections/{second['id']}"
    await a.made(making, f"{path}/results", results("10", "10.2"))
    lost = await a.made(making, f"{path}/decide", {})
    assert (lost["status"], lost["rejected"], lost["nonconforming"]) == ("rejected", "4", 1)
    again = await making.post(f"{path}/decide", {})
    assert again.status_code == 409
    (raised,) = [e.nonconformance for e in await emitted_events(NonconformanceRaised)]
    assert (raised.quantity, raised.defect, raised.decision) == (4, "Width", "open")
    (step,) = (await making.get(at)).json()["operations"]
    assert (step["good"], step["defective"]) == ("6", "4")

    await a.made(
        making, f"/production/nonconformances/{raised.number}/decide", {"decision": "rework"}
    )
    await a.made(making, f"{at}/report", {"good": "4", "reworked": True, "hours": "1"})
    (third,) = (await making.get("/production/inspections", status="open")).json()["items"]
    path = f"/production/inspections/{third['id']}"
    await a.made(making, f"{path}/results", results("10", "10"))
    await a.made(making, f"{path}/decide", {})
    finished = await a.made(making, f"{at}/complete", {"quantity": "4"})
    assert finished["status"] == "completed"


async def test_pieces_that_have_gone_on_cannot_be_set_aside(making: Api) -> None:
    await a.made(making, "/production/boms", a.bom("S", ("C", "1")))
    await a.made(
        making,
        "/production/routings",
        {
            "company": "E01", "item": "S",
            "operations": [
                {"operation": 10, "work_centre": "WC1"}, {"operation": 20, "work_centre": "WC1"},
            ],
        },
    )  # fmt: skip
    await a.made(
        making, "/production/inspection-plans", PLAN | {"stage": "operation", "operation": 10}
    )
    order = await a.released(making, "S", "5")
    at = f"/production/orders/{order['id']}"
    await a.made(making, f"{at}/report", {"operation": 10, "good": "5"})
    await a.made(making, f"{at}/report", {"operation": 20, "good": "3"})
    (found,) = (await making.get("/production/inspections", order=order["id"])).json()["items"]
    path = f"/production/inspections/{found['id']}"
    await a.made(making, f"{path}/results", results("10", "11"))

    refused = await making.post(f"{path}/decide", {})

    assert refused.status_code == 409
    assert (await making.get(path)).json()["status"] == "open"
    await a.made(making, f"{at}/complete", {"quantity": "3"})


async def test_a_plan_says_how_and_ends(making: Api) -> None:
    without = await making.post(
        "/production/inspection-plans",
        PLAN | {"characteristics": [{"code": "W", "name": "Width", "kind": "variable"}]},
    )
    odd = await making.post(
        "/production/inspection-plans", PLAN | {"sampling": {"sampling": "aql", "aql": "3"}}
    )
    nowhere = await making.post("/production/inspection-plans", PLAN | {"stage": "operation"})
    assert {r.status_code for r in (without, odd, nowhere)} == {422}

    await a.e3_bills(making)
    plan = await a.made(
        making,
        "/production/inspection-plans",
        PLAN | {"sampling": {"sampling": "aql", "aql": "1.0"}},
    )
    ended = await a.made(making, f"/production/inspection-plans/{plan['number']}/end", {})
    assert ended["status"] == "ended"
    order = await a.released(making, "S", "5")
    await a.made(making, f"/production/orders/{order['id']}/report", {"good": "5"})
    assert (await making.get("/production/inspections")).json()["items"] == []
