"""Many orders at once cost a handful of statements."""

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.testing import Api, Publish

from .. import builders as a


async def test_the_statements_of_a_batch_do_not_grow_with_its_orders(
    buying: Api, connection: AsyncConnection
) -> None:
    line = {"item": "B", "quantity": "1", "unit_price": "10"}
    counted: list[str] = []

    def count(*arguments: object) -> None:
        counted.append(str(arguments[2]))

    async def statements(orders: int) -> int:
        counted.clear()
        rows = [a.order(lines=[line] * 5) for _ in range(orders)]
        answer = await buying.post("/purchasing/orders:batch", {"rows": rows})
        assert {each["status"] for each in answer.json()["results"]} == {201}
        return len(counted)

    event.listen(connection.sync_connection, "before_cursor_execute", count)
    few, many = await statements(2), await statements(200)

    assert many == few
    assert many < 25


async def test_the_statements_for_shortages_do_not_grow_with_their_number(
    buying: Api, publish: Publish, connection: AsyncConnection
) -> None:
    counted: list[str] = []

    def count(*arguments: object) -> None:
        counted.append(str(arguments[2]))

    async def statements(first: int, last: int) -> int:
        counted.clear()
        await publish(*(a.short(f"SO-{n}", "5") for n in range(first, last)))
        return len(counted)

    event.listen(connection.sync_connection, "before_cursor_execute", count)
    few, many = await statements(0, 2), await statements(2, 202)

    assert many == few
    assert many < 25
