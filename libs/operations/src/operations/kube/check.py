"""`make k8s-check`: the manifests without a cluster, in seconds."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

import yaml

from operations.errors import OperationsError
from operations.kube import files, rules, schemas
from operations.kube.report import Report

_KUSTOMIZE = ("kustomization.yaml",)


def sources() -> list[dict[str, Any]]:
    """Every manifest of the base and of the components, as written."""
    found: list[dict[str, Any]] = []
    for part in ("base", "components"):
        for file in sorted((files.root() / part).rglob("*.yaml")):
            if file.name not in _KUSTOMIZE:
                found += _documents(file.read_text("utf-8"))
    return found


def overlays() -> list[Path]:
    """The overlays that there are."""
    return sorted(file.parent for file in (files.root() / "overlays").glob("*/kustomization.yaml"))


def renderer() -> list[str] | None:
    """What builds an overlay on this machine: kustomize, or kubectl that has it built in."""
    for command in (["kustomize", "build"], ["kubectl", "kustomize"]):
        if shutil.which(command[0]):
            return command
    return None


def rendered(overlay: Path) -> list[dict[str, Any]]:
    """An overlay's manifests, as a cluster is given them."""
    command = renderer()
    if command is None:
        raise OperationsError("neither kustomize nor kubectl is on this machine")
    done = subprocess.run([*command, str(overlay)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OperationsError(done.stderr.strip()[-600:])
    return _documents(done.stdout)


def by_schema(manifests: Iterable[dict[str, Any]]) -> list[str]:
    """Where manifests are not what their kinds ask for."""
    return [
        f"{one['kind']} {one['metadata']['name']}: {trouble}"
        for one in manifests
        for trouble in schemas.troubles(one)
    ]


def kustomizations() -> list[str]:
    """Files that a kustomization names and that are not there, and files that none names."""
    found: list[str] = []
    for file in sorted(files.root().rglob("kustomization.yaml")):
        content = cast("dict[str, Any]", yaml.safe_load(file.read_text("utf-8")))
        where = file.parent.relative_to(files.root())
        named = [*content.get("resources", ()), *content.get("components", ())]
        found += [f"{where} names {each}, which is not there" for each in named if not (file.parent / each).exists()]  # fmt: skip
        beside = {each.name for each in file.parent.glob("*.yaml")} - set(_KUSTOMIZE)
        found += [f"{where} does not name {each}" for each in sorted(beside - set(named))]
    return found


def main() -> None:
    """Run all; the report goes to var/reports/k8s.json."""
    report = Report("check")
    plain = sources()
    report.step("every file is named by its kustomization", kustomizations)
    report.step("base and components, by schema", lambda: by_schema(plain))
    _rules(report, "base and components", plain, rules.OF_ALL)
    for overlay in overlays():
        if renderer() is None:
            report.skip(f"overlay {overlay.name}", "neither kustomize nor kubectl is here")
            continue
        try:
            manifests = rendered(overlay)
        except OperationsError as error:
            trouble = str(error)
            report.step(f"overlay {overlay.name}", lambda trouble=trouble: [trouble])
            continue
        report.step(f"overlay {overlay.name}, by schema", lambda m=manifests: by_schema(m))
        _rules(report, f"overlay {overlay.name}", manifests, rules.OF_OVERLAYS)
    if not report.close():
        raise SystemExit(1)


def _rules(
    report: Report,
    what: str,
    manifests: list[dict[str, Any]],
    wanted: Iterable[Callable[[rules.Manifests], list[str]]],
) -> None:
    given = rules.Manifests(manifests)
    for rule in wanted:
        name = rule.__name__.replace("_", " ")
        report.step(f"{what}: {name}", lambda rule=rule: rule(given))


def _documents(text: str) -> list[dict[str, Any]]:
    # PyYAML's own loader takes a second for each overlay; libyaml's is there with every wheel.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [one for one in yaml.load_all(text, Loader=loader) if one]


if __name__ == "__main__":
    main()
