"""Categories over HTTP."""

from chassis.testing import Api

CATEGORIES = "/masterdata/categories"


async def _branch(api: Api, *codes: str) -> None:
    parent = None
    for code in codes:
        answer = await api.post(CATEGORIES, {"code": code, "name": code, "parent": parent})
        assert answer.status_code == 201, answer.text
        parent = code


async def test_category_moves_with_what_hangs_on_it(seeded: Api) -> None:
    await _branch(seeded, "HARDWARE", "FASTENERS", "BOLTS")
    await _branch(seeded, "STEEL")

    moved = await seeded.patch(f"{CATEGORIES}/FASTENERS", {"parent": "steel"}, if_match='"1"')
    freed = await seeded.patch(f"{CATEGORIES}/FASTENERS", {"parent": None}, if_match='"2"')

    assert (moved.json()["parent"], freed.json()["parent"]) == ("STEEL", "")
    assert (await seeded.get(f"{CATEGORIES}/BOLTS")).json()["parent"] == "FASTENERS"
    below = (await seeded.get(CATEGORIES, parent="fasteners")).json()["items"]
    assert [each["code"] for each in below] == ["BOLTS"]


async def test_category_is_not_moved_below_itself(seeded: Api) -> None:
    await _branch(seeded, "HARDWARE", "FASTENERS", "BOLTS")

    loop = await seeded.patch(f"{CATEGORIES}/HARDWARE", {"parent": "BOLTS"}, if_match='"1"')
    self_loop = await seeded.patch(f"{CATEGORIES}/BOLTS", {"parent": "BOLTS"}, if_match='"1"')

    assert (loop.status_code, loop.json()["code"]) == (422, "category-cycle")
    assert (self_loop.status_code, self_loop.json()["code"]) == (422, "category-cycle")


async def test_tree_that_would_grow_too_deep_is_refused(seeded: Api) -> None:
    await _branch(seeded, *(f"L{n}" for n in range(9)))
    await _branch(seeded, "X0", "X1")

    answer = await seeded.patch(f"{CATEGORIES}/X0", {"parent": "L8"}, if_match='"1"')

    assert (answer.status_code, answer.json()["code"]) == (422, "validation-failed")


async def test_unknown_parent_is_refused(seeded: Api) -> None:
    answer = await seeded.post(CATEGORIES, {"code": "A", "name": "A", "parent": "NONE"})

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-reference")
