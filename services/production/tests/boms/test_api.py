"""Bills of material over HTTP."""

from chassis.testing import Api, Emitted

from .. import builders as a


async def test_a_bill_that_closes_a_circle_is_refused_with_the_way_round(
    making: Api, emitted: Emitted
) -> None:
    await a.made(making, "/production/boms", a.bom("X", ("S", "2")))
    await a.made(making, "/production/boms", a.bom("S", ("C", "1")))

    refused = await making.post("/production/boms", a.bom("C", ("X", "1")))

    assert (refused.status_code, refused.json()["code"]) == (422, "bom-cycle")
    assert "C → X → S → C" in refused.json()["detail"]
    itself = await making.post("/production/boms", a.bom("B", ("B", "1")))
    assert "B → B" in itself.json()["detail"]


async def test_a_batch_takes_the_good_ones_and_names_the_others(making: Api) -> None:
    answer = await making.post(
        "/production/boms:batch",
        {
            "rows": [
                a.bom("X", ("S", "2")),
                a.bom("S", ("X", "1")),
                a.bom("S", ("NONE", "1")),
                a.bom("S", ("C", "0")),
                a.bom("X", ("C", "2")),
                a.bom("S", ("C", "1")),
            ]
        },
    )

    results = answer.json()["results"]
    assert [r["status"] for r in results] == [201, 422, 422, 422, 409, 201]
    assert "S → X → S" in results[1]["problem"]["detail"]
    assert results[2]["problem"]["code"] == "unknown-reference"


async def test_where_used_goes_up_all_levels(making: Api) -> None:
    await a.e3_bills(making)

    used = (await making.get("/production/boms/where-used", company="E01", item="C")).json()
    tape = (await making.get("/production/boms/where-used", company="E01", item="TAPE")).json()

    assert [(u["level"], u["item"], u["component"]) for u in used] == [(1, "S", "C"), (2, "X", "S")]
    assert [(u["level"], u["item"]) for u in tape] == [(1, "P"), (2, "X")]


async def test_explosion_blows_through_phantoms(making: Api) -> None:
    await a.e3_bills(making)

    needs = (
        await making.get("/production/boms/explosion", company="E01", item="X", quantity="90")
    ).json()

    assert [(n["item"], n["quantity"], n["via"]) for n in needs] == [
        ("S", "180", []), ("BOX", "90", ["P"]), ("TAPE", "45", ["P"]),
    ]  # fmt: skip


async def test_a_bill_of_another_company_is_out_of_sight(making: Api) -> None:
    made = await a.made(making, "/production/boms", a.bom("X", ("S", "2")))
    other = making.as_("production.*", companies=["E02"])

    assert (await other.get(f"/production/boms/{made['id']}")).status_code == 404
    assert (await other.post("/production/boms", a.bom("S", ("C", "2")))).status_code == 403


async def test_an_ended_bill_makes_no_orders(making: Api) -> None:
    made = await a.made(making, "/production/boms", a.bom("X", ("S", "2")))

    ended = await making.patch(
        f"/production/boms/{made['id']}", {"valid_to": "2020-01-01"}, if_match="1"
    )
    refused = await making.post(
        "/production/orders",
        {"company": "E01", "item": "X", "quantity": "1", "warehouse": "SH"},
    )

    assert (ended.json()["status"], ended.json()["version"]) == ("ended", 2)
    assert (refused.status_code, refused.json()["code"]) == (422, "no-bom")
