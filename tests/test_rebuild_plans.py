"""What a service copies of others' master data can be made again from the topics: its plan names each replica table."""

import importlib
from typing import Any

import pytest

from operations.services import with_database


@pytest.mark.parametrize("name", with_database())
def test_each_replica_is_in_the_plan_of_its_service(name: str) -> None:
    service: Any = importlib.import_module(f"{name}.main").build()
    metadata: Any = importlib.import_module(f"{name}.database").metadata
    replicas = {table for table in metadata.tables if table.endswith("_replicas")}
    plan = service.rebuild

    assert not replicas or plan is not None
    assert replicas <= set(plan.tables if plan is not None else ())
