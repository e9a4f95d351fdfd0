"""What purchasing keeps of others is made again from the topics: the same state, and damage is seen and mended."""

import pytest

from chassis.service import Service
from chassis.testing import check_made_again

pytestmark = pytest.mark.integration


async def test_what_is_kept_of_others_is_made_again(
    service: Service, scratch_database_url: str, kafka_bootstrap: str
) -> None:
    await check_made_again(
        service,
        scratch_database_url,
        kafka_bootstrap,
        damage="UPDATE partner_replicas SET name = 'x'",
        table="partner_replicas",
    )
