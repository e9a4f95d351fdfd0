"""Warehouses over HTTP: each within its company."""

from chassis.testing import Api, EmittedEvents
from tongheng_contracts.masterdata import WarehouseChanged

from ..builders import a_warehouse

WAREHOUSES = "/masterdata/warehouses"


async def _second_company(api: Api) -> str:
    answer = await api.post(
        "/masterdata/companies",
        {"code": "E02", "name": "香港公司", "currency": "HKD", "time_zone": "Asia/Hong_Kong"},
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_warehouse_is_opened(seeded: Api, emitted_events: EmittedEvents) -> None:
    answer = await seeded.post(WAREHOUSES, a_warehouse("SH", region="East", priority=10))

    warehouse = answer.json()
    assert answer.status_code == 201, answer.text
    assert (warehouse["company"], warehouse["priority"], warehouse["negative_allowed"]) == (
        "E01",
        10,
        False,
    )
    (told,) = await emitted_events(WarehouseChanged)
    assert (told.warehouse.code, told.company) == ("SH", "E01")


async def test_company_may_be_given_by_id(seeded: Api) -> None:
    company = await _second_company(seeded)

    answer = await seeded.post(WAREHOUSES, a_warehouse("HK", company=company))

    assert answer.json()["company"] == "E02"


async def test_other_companies_warehouses_do_not_exist_for_the_narrow(seeded: Api) -> None:
    await _second_company(seeded)
    await seeded.post(WAREHOUSES, a_warehouse("SH"))
    other = (await seeded.post(WAREHOUSES, a_warehouse("HK", company="E02"))).json()
    narrow = seeded.as_("masterdata.*", companies=["E01"])

    listed = (await narrow.get(WAREHOUSES)).json()["items"]

    assert [each["code"] for each in listed] == ["SH"]
    assert (await narrow.get(WAREHOUSES, company="E02")).json()["items"] == []
    for reference in ("HK", other["id"]):
        address = f"{WAREHOUSES}/{reference}"
        assert (await narrow.get(address)).status_code == 404
        assert (await narrow.patch(address, {"name": "我的"}, if_match='"1"')).status_code == 404
        assert (await narrow.post(f"{address}/deactivate")).status_code == 404
    assert (await seeded.get(f"{WAREHOUSES}/HK")).json()["version"] == 1


async def test_company_outside_the_scope_is_refused(seeded: Api) -> None:
    hidden = await _second_company(seeded)
    narrow = seeded.as_("masterdata.*", companies=["E01"])

    by_code = await narrow.post(WAREHOUSES, a_warehouse("W1", company="E02"))
    by_id = await narrow.post(WAREHOUSES, a_warehouse("W2", company=hidden))
    own = await narrow.post(WAREHOUSES, a_warehouse("W3", company="e01"))

    assert (by_code.status_code, by_code.json()["code"]) == (403, "out-of-scope")
    assert (by_id.status_code, by_id.json()["code"]) == (422, "unknown-reference")
    assert own.json()["company"] == "E01"


async def test_code_taken_in_another_company_is_a_duplicate(seeded: Api) -> None:
    await _second_company(seeded)
    await seeded.post(WAREHOUSES, a_warehouse("MAIN", company="E02"))
    narrow = seeded.as_("masterdata.*", companies=["E01"])

    answer = await narrow.post(WAREHOUSES, a_warehouse("main"))

    assert (answer.status_code, answer.json()["code"]) == (409, "duplicate")


async def test_batch_of_warehouses_is_answered_row_by_row(seeded: Api) -> None:
    narrow = seeded.as_("masterdata.*", companies=["E01"])

    answer = await narrow.post(
        f"{WAREHOUSES}:batch",
        {
            "rows": [
                a_warehouse("A"),
                a_warehouse("B", company="E02"),
                a_warehouse("C", priority=-1),
            ]
        },
    )

    assert [result["status"] for result in answer.json()["results"]] == [201, 403, 422]


async def test_warehouse_stays_with_its_company(seeded: Api) -> None:
    await seeded.post(WAREHOUSES, a_warehouse("SH"))

    moved = await seeded.patch(f"{WAREHOUSES}/SH", {"company": "E02"}, if_match='"1"')
    renamed = await seeded.patch(f"{WAREHOUSES}/SH", {"region": "华东"}, if_match='"1"')

    assert moved.status_code == 422
    assert (renamed.json()["region"], renamed.json()["version"]) == ("华东", 2)
