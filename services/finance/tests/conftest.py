"""Fixtures of finance's tests."""

import pytest

from chassis.service import Service
from finance.main import build


@pytest.fixture(scope="session")
def service() -> Service:
    """The service under test."""
    return build()
