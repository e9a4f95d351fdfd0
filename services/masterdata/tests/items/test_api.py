"""Items over HTTP."""

import pytest
from sqlalchemy import text

from chassis.context import Context
from chassis.testing import Api, Emitted, EmittedEvents
from tongheng_contracts.masterdata import ItemChanged

from ..builders import an_item

ITEMS = "/masterdata/items"


async def test_item_is_created_with_its_defaults(
    seeded: Api, emitted_events: EmittedEvents
) -> None:
    answer = await seeded.post(ITEMS, an_item("A", standard_cost="40.00", list_price="110"))

    item = answer.json()
    assert answer.status_code == 201, answer.text
    assert (answer.headers["etag"], item["version"], item["active"]) == ('"1"', 1, True)
    assert answer.headers["location"] == f"/api/v1/masterdata/items/{item['id']}"
    assert (item["base_unit"], item["quantity_decimals"], item["tax_code"]) == ("PCS", 0, "VAT13")
    assert (item["procurement"], item["tracking"]) == ("buy", "none")
    assert (item["valuation_class"], item["valuation_method"]) == (
        "finished_goods",
        "moving_average",
    )
    assert (item["standard_cost"], item["list_price"]) == ("40", "110")
    (told,) = await emitted_events(ItemChanged)
    assert told.item.model_dump(mode="json") == {
        key: value for key, value in item.items() if key != "recorded_at"
    }


async def test_decimals_come_from_the_unit_unless_given(seeded: Api) -> None:
    steel = await seeded.post(ITEMS, an_item("B", base_unit="kg"))
    powder = await seeded.post(ITEMS, an_item("P", base_unit="KG", quantity_decimals=6))

    assert (steel.json()["base_unit"], steel.json()["quantity_decimals"]) == ("KG", 3)
    assert powder.json()["quantity_decimals"] == 6


async def test_item_is_found_by_code_in_any_width_and_case_and_by_id(seeded: Api) -> None:
    created = (await seeded.post(ITEMS, an_item("BOLT-M8"))).json()

    by_code = await seeded.get(f"{ITEMS}/BOLT-M8")
    by_wide_code = await seeded.get(f"{ITEMS}/ｂｏｌｔ－ｍ８")
    by_id = await seeded.get(f"{ITEMS}/{created['id']}")

    assert by_code.json() == by_wide_code.json() == by_id.json() == created
    assert (await seeded.get(f"{ITEMS}/BOLT-M9")).status_code == 404


@pytest.mark.parametrize("code", ["BOLT-M8", "bolt-m8", "ＢＯＬＴ－Ｍ８", "BOLT\u200b-M8"])
async def test_same_code_in_other_width_or_case_is_a_duplicate(seeded: Api, code: str) -> None:
    await seeded.post(ITEMS, an_item("BOLT-M8"))

    again = await seeded.post(ITEMS, an_item(code))

    assert (again.status_code, again.json()["code"]) == (409, "duplicate")
    assert again.json()["errors"][0]["pointer"] == "/code"


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("base_unit", "FURLONG", "/base_unit"),
        ("tax_code", "VAT17", "/tax_code"),
        ("category", "TOOLS", "/category"),
        ("units", [{"unit": "CRATE", "numerator": 12}], "/units/0/unit"),
    ],
)
async def test_unknown_reference_is_named(
    seeded: Api, field: str, value: object, pointer: str
) -> None:
    answer = await seeded.post(ITEMS, an_item(**{field: value}))

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-reference")
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_inactive_unit_is_refused_for_new_items(seeded: Api) -> None:
    await seeded.post("/masterdata/units/BOX/deactivate")

    answer = await seeded.post(ITEMS, an_item(base_unit="BOX"))

    assert (answer.status_code, answer.json()["code"]) == (409, "invalid-state")
    assert answer.json()["detail"] == "Unit BOX is inactive."


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_unit": None},
        {"colour": "red"},
        {"id": "0190a5d0-0000-7000-8000-000000000000"},
        {"standard_cost": 40.0},
        {"standard_cost": "-1"},
        {"list_price": "1.0000001"},
        {"list_price": "NaN"},
        {"list_price": "1e5"},
        {"safety_stock": "0.5"},
        {"reorder_point": "1.5"},
        {"procurement": "steal"},
        {"valuation_method": "fifo"},
        {"tracking": "serial", "quantity_decimals": 1},
        {"quantity_decimals": 7},
        {"shelf_life_days": True},
        {"units": [{"unit": "BOX", "numerator": 0}]},
        {"units": [{"unit": "PCS", "numerator": 1}]},
        {"units": [{"unit": "BOX", "numerator": 10}, {"unit": "box", "numerator": 12}]},
        {"code": ""},
        {"code": " A"},
        {"code": "A\nB"},
        {"code": "x" * 300},
        {"code": "\u200b"},
        {"code": "0190a5d0-0000-7000-8000-000000000000"},
        {"name": " "},
        {"barcode": "条码"},
        {"barcode": "6901234567893"},
    ],
)
async def test_wrong_value_is_refused(
    seeded: Api, emitted: Emitted, wrong: dict[str, object]
) -> None:
    told = await emitted()

    answer = await seeded.post(ITEMS, an_item(**wrong))

    assert (answer.status_code, answer.json()["code"]) == (422, "validation-failed"), answer.text
    assert answer.json()["errors"]
    assert await emitted() == told


async def test_refusal_speaks_chinese_when_asked(seeded: Api) -> None:
    answer = await seeded.request(
        "POST", ITEMS, json=an_item(base_unit="丈"), headers={"accept-language": "zh-CN"}
    )

    assert answer.json()["detail"] == "计量单位“丈”不存在。"


async def test_barcode_is_generated_and_unique(seeded: Api) -> None:
    first = (await seeded.post(ITEMS, an_item("A", barcode="generate"))).json()
    second = (await seeded.post(ITEMS, an_item("B", barcode="generate"))).json()
    third = await seeded.post(ITEMS, an_item("C", barcode=first["barcode"]))

    assert first["barcode"] != second["barcode"]
    assert all(
        len(each["barcode"]) == 13 and each["barcode"][:2] == "20" for each in (first, second)
    )
    assert (third.status_code, third.json()["errors"][0]["pointer"]) == (409, "/barcode")
    found = await seeded.get(ITEMS, barcode=second["barcode"])
    assert [each["code"] for each in found.json()["items"]] == ["B"]


async def test_change_makes_the_next_version_and_tells_it(
    seeded: Api, emitted_events: EmittedEvents
) -> None:
    await seeded.post(ITEMS, an_item("A", list_price="100", shelf_life_days=30))

    answer = await seeded.patch(
        f"{ITEMS}/A",
        {
            "list_price": "110.5",
            "shelf_life_days": None,
            "units": [{"unit": "box", "numerator": 12}],
        },
        if_match='"1"',
    )

    item = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"'), answer.text
    assert (item["version"], item["list_price"], item["shelf_life_days"]) == (2, "110.5", None)
    assert item["units"] == [{"unit": "BOX", "numerator": 12, "denominator": 1}]
    assert [event.item.version for event in await emitted_events(ItemChanged)] == [1, 2]


async def test_change_without_difference_changes_nothing(seeded: Api, emitted: Emitted) -> None:
    await seeded.post(ITEMS, an_item("A", list_price="100"))
    told = await emitted()

    answer = await seeded.patch(f"{ITEMS}/A", {"list_price": "100.00"}, if_match='"1"')

    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert await emitted() == told


async def test_change_must_name_the_current_version(seeded: Api) -> None:
    await seeded.post(ITEMS, an_item("A"))

    without = await seeded.patch(f"{ITEMS}/A", {"name": "新"})
    stale = await seeded.patch(f"{ITEMS}/A", {"name": "新"}, if_match='"7"')

    assert (without.status_code, stale.status_code) == (428, 412)
    assert stale.json()["code"] == "precondition-failed"


@pytest.mark.parametrize("field", ["code", "base_unit", "quantity_decimals", "tracking", "version"])
async def test_what_stock_stands_on_does_not_change(seeded: Api, field: str) -> None:
    await seeded.post(ITEMS, an_item("A"))

    answer = await seeded.patch(f"{ITEMS}/A", {field: "KG"}, if_match='"1"')

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown-field")


async def test_name_may_not_be_taken_away(seeded: Api) -> None:
    await seeded.post(ITEMS, an_item("A"))

    answer = await seeded.patch(f"{ITEMS}/A", {"name": None}, if_match='"1"')

    assert answer.status_code == 422


async def test_item_is_deactivated_once_and_comes_back(
    seeded: Api, emitted_events: EmittedEvents
) -> None:
    await seeded.post(ITEMS, an_item("A"))

    off = await seeded.post(f"{ITEMS}/A/deactivate")
    off_again = await seeded.post(f"{ITEMS}/A/deactivate")
    on = await seeded.post(f"{ITEMS}/A/activate", if_match='"2"')

    assert (off.json()["active"], off.json()["version"]) == (False, 2)
    assert (off_again.status_code, off_again.json()["code"]) == (409, "invalid-state")
    assert (on.json()["active"], on.json()["version"]) == (True, 3)
    told = [(e.item.version, e.item.active) for e in await emitted_events(ItemChanged)]
    assert told == [(1, True), (2, False), (3, True)]


async def test_list_is_filtered_and_paged(seeded: Api) -> None:
    await seeded.post("/masterdata/categories", {"code": "FASTENERS", "name": "紧固件"})
    for number in range(5):
        await seeded.post(ITEMS, an_item(f"BOLT-{number}", category="fasteners"))
    await seeded.post(ITEMS, an_item("NUT", name="螺母", name_en="Nut", procurement="make"))
    await seeded.post(f"{ITEMS}/BOLT-4/deactivate")

    first = (await seeded.get(ITEMS, q="ｂolt", limit="2")).json()
    second = (await seeded.get(ITEMS, q="ｂolt", limit="2", cursor=first["next"])).json()
    third = (await seeded.get(ITEMS, q="ｂolt", limit="2", cursor=second["next"])).json()

    pages = [[item["code"] for item in page["items"]] for page in (first, second, third)]
    assert pages == [["BOLT-0", "BOLT-1"], ["BOLT-2", "BOLT-3"], ["BOLT-4"]]
    assert third["next"] is None

    async def codes(**filters: str) -> list[str]:
        return [item["code"] for item in (await seeded.get(ITEMS, **filters)).json()["items"]]

    assert await codes(q="螺母") == ["NUT"]
    assert await codes(q="nu") == ["NUT"]
    assert await codes(active="false") == ["BOLT-4"]
    assert await codes(procurement="make") == ["NUT"]
    assert len(await codes(category="FASTENERS")) == 5
    assert await codes(category="none-such") == []
    assert (await codes(sort="-code"))[:2] == ["NUT", "BOLT-4"]


@pytest.mark.parametrize("query", ["colour=red", "active=1", "sort=version", "limit=0", "cursor=x"])
async def test_unknown_question_is_refused(seeded: Api, query: str) -> None:
    answer = await seeded.request("GET", f"/api/v1{ITEMS}?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-query")


async def test_who_may_only_read_creates_nothing(seeded: Api, emitted: Emitted) -> None:
    await seeded.post(ITEMS, an_item("A"))
    reader = seeded.as_("masterdata.item.read")
    told = await emitted()

    assert (await reader.get(f"{ITEMS}/A")).status_code == 200
    assert (await reader.post(ITEMS, an_item("B"))).status_code == 403
    assert (await reader.patch(f"{ITEMS}/A", {"name": "新"}, if_match='"1"')).status_code == 403
    assert (await reader.post(f"{ITEMS}/A/deactivate")).status_code == 403
    assert await emitted() == told


async def test_change_is_in_the_audit_trail(seeded: Api) -> None:
    await seeded.post(ITEMS, an_item("A", name="旧"))
    wang = seeded.as_("*", subject="wang")
    wang.headers["x-forwarded-for"] = "203.0.113.9"
    await wang.patch(f"{ITEMS}/A", {"name": "新"}, if_match='"1"')

    async with seeded.harness.worker.read(Context(actor="auditor")) as reading:
        rows = await reading.execute(
            text(
                "SELECT action, actor, before->>'name' AS old, after->>'name' AS new,"
                " address, request_id <> '' AS named FROM audit_entries WHERE document_type = 'masterdata.item' ORDER BY id"
            )
        )
    assert [tuple(row) for row in rows] == [
        ("masterdata.item.create", "tester", None, "旧", "127.0.0.1", True),
        ("masterdata.item.change", "wang", "旧", "新", "203.0.113.9", True),
    ]
