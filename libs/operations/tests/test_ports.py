"""Ports: defaults, settings that move them, and one-line refusals."""

from __future__ import annotations

import socket

import pytest

from operations.errors import OperationsError
from operations.ports import (
    LOOPBACK,
    Ports,
    default_ports,
    free_ports,
    is_free,
    require_free,
    sandboxed,
)
from operations.services import SERVICES


def test_defaults_are_those_of_the_readme() -> None:
    ports = default_ports({})

    assert ports.services["gateway"] == 8080
    assert ports.services["identity"] == 8101
    assert (ports.postgres, ports.kafka) == (5433, 9392)
    assert set(ports.services) == {service.name for service in SERVICES}


def test_each_port_can_be_moved() -> None:
    ports = default_ports(
        {
            "TONGHENG_GATEWAY_PORT": "18080",
            "TONGHENG_PORT_BASE": "18101",
            "TONGHENG_POSTGRES_PORT": "15433",
            "TONGHENG_KAFKA_PORT": "19392",
        }
    )

    assert ports.services["gateway"] == 18080
    assert ports.services["masterdata"] == 18102
    assert (ports.postgres, ports.kafka, ports.kafka_controller) == (15433, 19392, 19393)


@pytest.mark.parametrize(
    "moved", [{}, {"TONGHENG_PORT_BASE": "28101", "TONGHENG_KAFKA_PORT": "19392"}]
)
def test_the_sandbox_shares_no_port_with_the_first_stack(moved: dict[str, str]) -> None:
    first, second = default_ports(moved), default_ports(sandboxed(moved))

    both = [
        {p.postgres, p.kafka, p.kafka_controller, *p.services.values()} for p in (first, second)
    ]
    assert both[0].isdisjoint(both[1])
    assert second.services["gateway"] == first.services["gateway"] + 100


@pytest.mark.parametrize("given", ["http", "0", "65536", "-1", "٨٠٨٠", "8080.0"])
def test_what_is_no_port_is_refused_with_its_setting(given: str) -> None:
    with pytest.raises(OperationsError, match="TONGHENG_GATEWAY_PORT"):
        default_ports({"TONGHENG_GATEWAY_PORT": given})


def test_two_processes_never_get_one_port() -> None:
    with pytest.raises(OperationsError, match="PostgreSQL and gateway both have port 5433"):
        default_ports({"TONGHENG_GATEWAY_PORT": "5433"})


def test_ports_beyond_the_last_are_refused() -> None:
    with pytest.raises(OperationsError, match="lower TONGHENG_PORT_BASE"):
        default_ports({"TONGHENG_PORT_BASE": "65533"})


def test_a_busy_port_is_named_with_the_setting_that_moves_it() -> None:
    free = free_ports()
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        busy = int(listener.getsockname()[1])
        ports = Ports(
            free.postgres, free.kafka, free.kafka_controller, {**free.services, "sales": busy}
        )

        with pytest.raises(OperationsError) as refusal:
            require_free(ports)

    assert f"port {busy} of sales" in str(refusal.value)
    assert "TONGHENG_PORT_BASE" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_free_ports_differ_and_are_free() -> None:
    ports = free_ports()
    numbers = [port for port, _ in ports.settings().values()]

    assert len(set(numbers)) == len(numbers) == 3 + len(SERVICES)
    assert all(is_free(number) for number in numbers)
