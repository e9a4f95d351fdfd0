"""Units over HTTP."""

from chassis.testing import Api

ADDRESS = "/masterdata/units"


async def test_unit_is_introduced_and_renamed(seeded: Api) -> None:
    created = await seeded.post(ADDRESS, {"code": "KILO", "name": "旧", "decimals": 3})
    renamed = await seeded.patch(f"{ADDRESS}/KILO", {"name": "新"}, if_match='"1"')

    assert (created.status_code, created.json()["decimals"]) == (201, 3)
    assert (renamed.json()["name"], renamed.json()["version"]) == ("新", 2)


async def test_decimals_of_a_unit_do_not_change(seeded: Api) -> None:
    await seeded.post(ADDRESS, {"code": "KILO", "name": "旧", "decimals": 3})

    answer = await seeded.patch(f"{ADDRESS}/KILO", {"decimals": 1}, if_match='"1"')

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown-field")


async def test_wrong_decimals_are_refused(seeded: Api) -> None:
    for wrong in (-1, 100_000, "3", None, True):
        answer = await seeded.post(ADDRESS, {"code": "KILO", "name": "旧", "decimals": wrong})
        assert answer.status_code == 422, wrong
