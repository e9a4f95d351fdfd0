"""What the manifests tell the services is what the services ask for."""

from __future__ import annotations

import importlib
from typing import Any, cast

import pytest

from chassis.brokers import BrokerSettings
from chassis.settings import ServiceSettings
from gateway.audience import streamed_topics
from gateway.main import Gateway
from gateway.settings import Settings as GatewaySettings
from operations.kube import kafka, workloads
from operations.services import SERVICES


@pytest.mark.parametrize("row", SERVICES, ids=lambda row: row.name)
def test_every_setting_is_one_that_the_service_has(row) -> None:
    settings = importlib.import_module(f"{row.name}.settings").Settings
    assert issubclass(settings, ServiceSettings)
    known = {f"TONGHENG_{field.upper()}" for field in settings.model_fields}
    known |= {f"TONGHENG_KAFKA_{field.upper()}" for field in BrokerSettings.model_fields}
    known |= {"TONGHENG_OWNER_DATABASE_URL"}
    if row.name == "gateway":
        known |= {f"TONGHENG_{other.name.upper()}_URL" for other in SERVICES}
    told = {name for name in workloads.COMMON if name.startswith("TONGHENG_")}
    for manifests in workloads.folder(row).values():
        for one in manifests:
            if one["kind"] in {"Deployment", "Job"}:
                container = cast("Any", one["spec"])["template"]["spec"]["containers"][0]
                told |= {each["name"] for each in container["env"] if each["name"].startswith("TONGHENG_")}  # fmt: skip

    assert told <= known


def test_the_gateway_may_read_what_it_streams() -> None:
    assert tuple(kafka.streamed()) == streamed_topics()


async def test_the_gateway_answers_its_probes() -> None:
    own = Gateway(GatewaySettings())._own

    assert {"/startupz", "/readyz", "/livez", "/metrics"} <= set(own)
