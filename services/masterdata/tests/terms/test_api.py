"""Terms over HTTP."""

from chassis.testing import Api

ADDRESS = "/masterdata/terms"


async def test_term_is_introduced_and_renamed(seeded: Api) -> None:
    created = await seeded.post(ADDRESS, {"code": "NET7", "name": "旧", "days": 7})
    renamed = await seeded.patch(f"{ADDRESS}/NET7", {"name": "新"}, if_match='"1"')

    assert (created.status_code, created.json()["days"]) == (201, 7)
    assert (renamed.json()["name"], renamed.json()["version"]) == ("新", 2)


async def test_days_of_a_term_do_not_change(seeded: Api) -> None:
    await seeded.post(ADDRESS, {"code": "NET7", "name": "旧", "days": 7})

    answer = await seeded.patch(f"{ADDRESS}/NET7", {"days": 1}, if_match='"1"')

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown-field")


async def test_wrong_days_are_refused(seeded: Api) -> None:
    for wrong in (-1, 100_000, "7", None, True):
        answer = await seeded.post(ADDRESS, {"code": "NET7", "name": "旧", "days": wrong})
        assert answer.status_code == 422, wrong
