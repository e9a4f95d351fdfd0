"""Fixtures of workflow's tests: the service with a public host that the tests name, and people it knows."""

from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from chassis.service import Service
from workflow.addresses.rules import Address
from workflow.main import build
from workflow.settings import Settings

PUBLIC = "hooks.partner.com"


async def lookup(host: str, port: int) -> Sequence[Address]:
    """A resolver that knows a few names."""
    known = {
        PUBLIC: ["93.184.216.34"],
        "inside.partner.com": ["10.0.0.7"],
        "both.partner.com": ["93.184.216.34", "127.0.0.1"],
        "svc.partner.com": ["::ffff:10.0.0.7"],
    }
    if host not in known:
        raise OSError(f"no such host: {host}")
    return [ip_address(each) for each in known[host]]


@pytest.fixture(scope="session")
def service() -> Service:
    """The service under test; receivers may be on 127.20.0.0/16."""
    return build(Settings(webhook_networks="127.20.0.0/16"), lookup=lookup)
