"""Which ports the stack listens on, and whether they are free."""

from __future__ import annotations

import os
import socket
from collections.abc import Container, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field

from operations.errors import OperationsError
from operations.services import SERVICES

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Ports:
    """One port for each process; all listen on the loopback address only."""

    postgres: int
    kafka: int
    kafka_controller: int
    services: Mapping[str, int]
    standby: Mapping[str, int] = field(default_factory=dict[str, int])
    """Where a service's next replica listens while it takes over; empty where nothing is rolled."""
    door: int = 0
    """Where callers come in when something stands before the gateway; 0: nothing does."""

    def settings(self) -> dict[str, tuple[int, str]]:
        """Each process with its port and the setting that moves it."""
        found = {
            "PostgreSQL": (self.postgres, "TONGHENG_POSTGRES_PORT"),
            "Kafka": (self.kafka, "TONGHENG_KAFKA_PORT"),
            "Kafka's controller": (self.kafka_controller, "TONGHENG_KAFKA_CONTROLLER_PORT"),
        }
        for name, port in self.services.items():
            setting = "TONGHENG_GATEWAY_PORT" if name == "gateway" else "TONGHENG_PORT_BASE"
            found[name] = (port, setting)
        for name, port in self.standby.items():
            found[f"{name}'s next replica"] = (port, "TONGHENG_PORT_BASE")
        return found

    def as_dict(self) -> dict[str, object]:
        """For `stack.json`."""
        return asdict(self)


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    given = environment.get(name, "").strip()
    if not given:
        return default
    if not given.isascii() or not given.isdigit() or not 0 < int(given) < 65536:
        raise OperationsError(f"{name}={given!r} is no port: give a number from 1 to 65535")
    return int(given)


def default_ports(environment: Mapping[str, str] | None = None) -> Ports:
    """The ports of `make up`, each movable by an environment variable."""
    environment = os.environ if environment is None else environment
    base = _number(environment, "TONGHENG_PORT_BASE", 8101)
    gateway = _number(environment, "TONGHENG_GATEWAY_PORT", 8080)
    kafka = _number(environment, "TONGHENG_KAFKA_PORT", 9392)
    behind = [service.name for service in SERVICES if service.name != "gateway"]
    ports = Ports(
        postgres=_number(environment, "TONGHENG_POSTGRES_PORT", 5433),
        kafka=kafka,
        kafka_controller=_number(environment, "TONGHENG_KAFKA_CONTROLLER_PORT", kafka + 1),
        services={"gateway": gateway, **{name: base + n for n, name in enumerate(behind)}},
    )
    owners: dict[int, str] = {}
    for name, (port, setting) in ports.settings().items():
        if port > 65535:
            raise OperationsError(f"port {port} of {name} is above 65535: lower {setting}")
        if port in owners:
            raise OperationsError(
                f"{owners[port]} and {name} both have port {port}: change {setting}"
            )
        owners[port] = name
    return ports


SANDBOX_ABOVE = 100
"""Each port of the sandbox is so much higher than the first stack's."""


def sandboxed(environment: Mapping[str, str]) -> dict[str, str]:
    """The settings that move a second stack beside the one of this environment."""
    ports = default_ports(environment)
    first = {
        "TONGHENG_POSTGRES_PORT": ports.postgres,
        "TONGHENG_KAFKA_PORT": ports.kafka,
        "TONGHENG_KAFKA_CONTROLLER_PORT": ports.kafka_controller,
        "TONGHENG_GATEWAY_PORT": ports.services["gateway"],
        "TONGHENG_PORT_BASE": min(p for name, p in ports.services.items() if name != "gateway"),
    }
    return {setting: str(port + SANDBOX_ABOVE) for setting, port in first.items()}


def free_ports(*, rolling: bool = False) -> Ports:
    """Ports that nobody uses now, for a stack of a test; with `rolling` also those of next replicas and of a door."""
    with ExitStack() as held:
        found: list[int] = []
        for _ in range(4 + 2 * len(SERVICES)):
            # All are held open until the last is found, so that no number comes twice.
            listener = held.enter_context(socket.socket())
            listener.bind((LOOPBACK, 0))
            found.append(int(listener.getsockname()[1]))
    names = [service.name for service in SERVICES]
    return Ports(
        postgres=found[0],
        kafka=found[1],
        kafka_controller=found[2],
        services=dict(zip(names, found[4:], strict=False)),
        standby=dict(zip(names, found[4 + len(names) :], strict=True)) if rolling else {},
        door=found[3] if rolling else 0,
    )


def is_free(port: int) -> bool:
    """Whether a process of ours could listen there."""
    with socket.socket() as listener:
        # As servers do: a port whose last connections are only timing out is free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def answers(port: int) -> bool:
    """Whether somebody accepts connections there."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=0.5):
            return True
    except OSError:
        return False


def require_free(ports: Ports, *, taken: Container[int] = ()) -> None:
    """Refuse to start, naming the port and the setting that moves it; `taken` ports are used by what we are to use."""
    for name, (port, setting) in ports.settings().items():
        if port not in taken and not is_free(port):
            raise OperationsError(
                f"port {port} of {name} is in use: end what listens there, or set {setting} to another"
            )
