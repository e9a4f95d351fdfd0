"""What production keeps of others is made again from the topics: the same state, and damage is seen and mended."""

from typing import Any, cast

import asyncpg
import pytest

from chassis.rebuilding import rebuild
from chassis.service import Service
from chassis.testing import check_made_again, hear_examples, role_url

pytestmark = pytest.mark.integration


async def test_what_is_kept_of_others_is_made_again(
    service: Service, scratch_database_url: str, kafka_bootstrap: str
) -> None:
    await check_made_again(
        service,
        scratch_database_url,
        kafka_bootstrap,
        damage="UPDATE sales_demands SET shipped = shipped + 1",
        table="sales_demands",
    )


async def test_a_plan_in_memory_still_names_the_right_items(
    service: Service, scratch_database_url: str, kafka_bootstrap: str
) -> None:
    assert service.rebuild is not None
    owner = role_url(scratch_database_url, "production", "owner")
    await hear_examples(service, scratch_database_url, kafka_bootstrap)
    connection: Any = await cast("Any", asyncpg).connect(owner.replace("+asyncpg", ""))
    try:
        await connection.execute(
            "UPDATE item_replicas SET key = key + 1000; UPDATE warehouse_replicas SET key = key + 2000;"
            " INSERT INTO planned_companies (company, since) VALUES ('SEEN', 1)"
        )
        numbers = (
            "SELECT key, code FROM item_replicas UNION SELECT key, code FROM warehouse_replicas"
        )
        before = await connection.fetch(numbers)

        result = await rebuild(
            service.rebuild, service="production", owner_url=owner, kafka=kafka_bootstrap
        )

        assert result.equal
        assert sorted(await connection.fetch(numbers)) == sorted(before)
        assert min(row["key"] for row in before) > 1000
        marked = await connection.fetch(
            "SELECT company, item FROM plan_marks WHERE company = 'SEEN'"
        )
        assert [tuple(row) for row in marked] == [("SEEN", "")]
    finally:
        await connection.close()
