"""A pytest plugin: one stack for a whole run, that tests across services share."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from operations.ports import free_ports
from operations.stack import Options, Stack

FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For a stack whose data nobody wants after the run."""


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    """The whole system in a folder of its own, with ports of its own; its logs stay in TONGHENG_TEST_LOGS if given."""
    given = os.environ.get("TONGHENG_TEST_LOGS")
    directory = Path(given) if given else tmp_path_factory.mktemp("stack")
    found = Stack(directory, ports=free_ports(), options=Options(postgres_settings=FORGETFUL))
    with found.running():
        yield found
