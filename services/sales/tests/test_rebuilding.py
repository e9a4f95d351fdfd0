"""What sales keeps of others is made again from the topics: the same state, and damage is seen and mended."""

import asyncpg
import pytest

from chassis.rebuilding import Result, rebuild
from chassis.service import Service
from chassis.testing import hear_examples, role_url

pytestmark = pytest.mark.integration


async def test_what_is_kept_of_others_is_made_again(
    service: Service, scratch_database_url: str, kafka_bootstrap: str
) -> None:
    plan = service.rebuild
    assert plan is not None
    owner = role_url(scratch_database_url, "sales", "owner")
    told = await hear_examples(service, scratch_database_url, kafka_bootstrap)

    async def again(*, accept: bool = False) -> Result:
        return await rebuild(
            plan, service="sales", owner_url=owner, kafka=kafka_bootstrap, accept=accept
        )

    sound = await again()
    assert sound.equal
    assert sound.events >= told
    assert all(rows > 0 for rows, _ in sound.after.tables.values())

    connection = await asyncpg.connect(owner.replace("+asyncpg", ""))
    try:
        await connection.execute("DELETE FROM item_replicas")
    finally:
        await connection.close()

    refused = await again()
    assert (refused.kept, refused.before.differences(refused.after)) == (False, ["item_replicas"])
    assert (await again(accept=True)).after.hash == sound.after.hash
    assert (await again()).equal
