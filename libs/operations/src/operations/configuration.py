"""docs/guides/configure.md: every setting in one page, from where the programs read it; `make contracts` writes it.

The services' settings are read from their source, not by import: the page is the same wherever it is made, and no service
is started for it. A setting without a sentence of explanation is an error.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from operations.errors import OperationsError
from operations.services import SERVICES, repository

PREFIX = "TONGHENG_"
_SECRETS = {"SecretStr"}

STACK: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "Where the stack is": {
        "TONGHENG_VAR": (
            "`var` of the checkout",
            "The folder of data, logs, passwords and reports.",
        ),
        "TONGHENG_ROOT": ("found", "The checkout, where the command is run outside of one."),
        "TONGHENG_GATEWAY_PORT": ("8080", "The port that everybody uses."),
        "TONGHENG_PORT_BASE": (
            "8101",
            "The first of the other services' ports; the others follow.",
        ),
        "TONGHENG_POSTGRES_PORT": ("5433", "PostgreSQL's port."),
        "TONGHENG_KAFKA_PORT": ("9392", "Kafka's port."),
        "TONGHENG_KAFKA_CONTROLLER_PORT": ("Kafka's port + 1", "The port of Kafka's controller."),
        "TONGHENG_CONSOLE": ("", "`no`: the console is not built at the start."),
    },
    "Backups": {
        "TONGHENG_BACKUP_DIR": ("`backups` of the stack's folder", "The folder of backups."),
        "TONGHENG_BACKUP_KEY_FILE": ("", "The file of the key that backups are sealed with."),
        "TONGHENG_BACKUP_KEY": ("", "The key itself, where there is no file; a secret."),
        "TONGHENG_BACKUP_WAL": (
            "off",
            "`stream`: the database's log is kept beside the backups while it is written. `synchronous`: and commands wait for it.",
        ),
    },
    "In containers": {
        "TONGHENG_REGISTRY": ("tongheng", "Where images are, before their names."),
        "TONGHENG_VERSION": ("dev", "The images' tag, and the release that they say they are."),
        "TONGHENG_REVISION": ("unknown", "The revision that images say they are built from."),
        "TONGHENG_LISTEN": ("127.0.0.1", "The address at which the gateway is published."),
        "TONGHENG_MEMORY": ("512m", "The memory of each service's container."),
        "TONGHENG_TLS": ("0", "8443: the gateway's container serves TLS too; 0: it does not."),
        "TONGHENG_TLS_OUTSIDE": ("8443", "The port at which its TLS is published."),
        "TONGHENG_TLS_DIRECTORY": (
            "./deploy/tls",
            "The folder with `tls.crt` and `tls.key` that its container reads.",
        ),
    },
}
"""What the command `tongheng` is told, which has no settings class: default and meaning."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a service."""

    name: str
    default: str
    limits: str
    meaning: str


def page() -> Path:
    """The committed page."""
    return repository() / "docs" / "guides" / "configure.md"


def settings_of(file: Path, class_name: str) -> list[Setting]:
    """The settings that a class declares, in its order.

    Raises:
        OperationsError: one is not explained.
    """
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = [
        node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == class_name
    ]
    if not found:
        raise OperationsError(f"{file} has no class {class_name}")
    settings: list[Setting] = []
    body = found[0].body
    for node, following in zip(body, [*body[1:], None], strict=True):
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        name = PREFIX + node.target.id.upper()
        meaning = _sentence(following)
        if not meaning:
            raise OperationsError(
                f"{file}: {node.target.id} is not explained: write a sentence in quotes below it"
            )
        settings.append(Setting(name, *_default(node), meaning))
    return settings


def _sentence(node: ast.stmt | None) -> str:
    if (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ):
        return " ".join(node.value.value.split())
    return ""


def _default(node: ast.AnnAssign) -> tuple[str, str]:
    """The default as one would write it in the environment, and within which limits it may be."""
    choices = _choices(node.annotation)
    value = node.value
    limits = f"one of {choices}" if choices else ""
    if value is None:
        return "required", limits
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "Field":
        given = {keyword.arg: keyword.value for keyword in value.keywords if keyword.arg}
        limits = _limits(given) or limits
        inner = given.get("default", value.args[0] if value.args else None)
        return (_text(inner) if inner is not None else "required"), limits
    return _text(value), limits


def _choices(annotation: ast.expr) -> str:
    for node in ast.walk(annotation):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal":
            each = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            return ", ".join(str(ast.literal_eval(one)) for one in each)
    return ""


def _limits(given: Mapping[str, ast.expr]) -> str:
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    said = [f"{word} {_number(given[name])}" for name, word in words.items() if name in given]
    return ", ".join(said)


def _number(node: ast.expr) -> str:
    value = _calculated(node)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _calculated(node: ast.expr) -> int | float:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return _calculated(node.left) * _calculated(node.right)
    value = ast.literal_eval(node)
    if not isinstance(value, int | float):
        raise OperationsError(f"{ast.unparse(node)} is no number")
    return value


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        if name in _SECRETS:
            return ""
        # A set of parts: frozenset[Role](("api", "worker", "relay")).
        inner = node.args[0] if node.args else None
        if isinstance(inner, ast.Tuple):
            return ",".join(str(ast.literal_eval(each)) for each in inner.elts)
        return ""
    if isinstance(node, ast.BinOp):
        return _number(node)
    value = ast.literal_eval(node)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if value not in ((), {}, None) else ""


def _sections() -> Iterator[tuple[str, list[Setting]]]:
    root = repository()
    chassis = root / "libs" / "chassis" / "src" / "chassis" / "settings.py"
    yield "Every service", settings_of(chassis, "ServiceSettings")
    for service in SERVICES:
        own = root / "services" / service.name / "src" / service.name / "settings.py"
        settings = settings_of(own, "Settings")
        if settings:
            yield f"{service.name} alone", settings


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("<", "&lt;") for cell in cells) + " |"


def document() -> str:
    """The page."""
    lines = [
        "# Configure",
        "",
        "<!-- Written by `make contracts` from the settings' source; do not edit. -->",
        "",
        "Everything is told by the environment. A value that is not allowed ends the program at its start, with the setting's name;",
        "an empty default means that there is none. On the local stack `make up` sets addresses and passwords itself, and",
        "hands on what it finds in its own environment; on Kubernetes they are in each service's `ConfigMap` and `Secret`.",
        "",
    ]
    for title, rows in STACK.items():
        lines += [f"## The local stack: {title[0].lower()}{title[1:]}", ""]
        lines += [_row("setting", "default", "meaning"), "|---|---|---|"]
        lines += [_row(f"`{name}`", default, meaning) for name, (default, meaning) in rows.items()]
        lines.append("")
    for title, settings in _sections():
        lines += [f"## {title}", ""]
        lines += [_row("setting", "default", "allowed", "meaning"), "|---|---|---|---|"]
        lines += [
            _row(f"`{s.name}`", f"`{s.default}`" if s.default else "", s.limits, s.meaning)
            for s in settings
        ]
        lines.append("")
    lines += [
        "The OpenTelemetry SDK's own variables (`OTEL_…`) are honoured as its documentation says.",
        "",
    ]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Write the page; with `--check` only compare."""
    path, wanted = page(), document()
    if path.exists() and path.read_text(encoding="utf-8") == wanted:
        return 0
    if arguments == ["--check"]:
        raise OperationsError(f"{path.name} differs from the settings: run `make contracts`")
    path.write_text(wanted, encoding="utf-8")
    print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except OperationsError as error:
        sys.exit(str(error))
