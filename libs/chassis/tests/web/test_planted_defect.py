"""A key that is kept in a transaction of its own: the client is told of a document that is not there."""

import pytest

from chassis import failpoints, idempotency
from chassis.context import system_context
from chassis.failpoints import Failpoints


class Killed(BaseException):
    """The process is gone."""


class Deadly(Failpoints):
    """Ends before the commit."""

    def __init__(self) -> None:
        super().__init__("F1:1")

    def reach(self, name: str) -> None:
        if self._left.pop(name, 0):
            raise Killed


@pytest.mark.parametrize("planted", [False, True], ids=["sound", "defect"])
async def test_a_key_in_its_own_transaction(api, database, count, monkeypatch, planted):
    store = idempotency.store

    async def apart(session, wanted, response):
        async with database.transaction(system_context("toys")) as own:
            await store(own, wanted, response)

    if planted:
        monkeypatch.setattr(idempotency, "store", apart)
    monkeypatch.setattr(failpoints, "_armed", Deadly())
    unknown = await api.post(json={"code": "A-1", "quantity": "3"}, key="k1")
    assert unknown.status_code == 503
    monkeypatch.setattr(failpoints, "_armed", None)

    again = await api.post(json={"code": "A-1", "quantity": "3"}, key="k1")

    assert again.status_code == 201
    # What the journal of `make chaos` calls lost.
    assert await count("notes") == (0 if planted else 1)
