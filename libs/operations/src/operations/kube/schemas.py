"""Manifests against the schemas in k8s/schemas: Kubernetes' own kinds and the custom ones that we use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from jsonschema import Draft202012Validator

from operations.kube.manifests import Manifest
from operations.services import repository

_KUBERNETES = "kubernetes-1.34.json"


def folder() -> Path:
    """Where the schemas are kept."""
    return repository() / "k8s" / "schemas"


def custom_definitions() -> list[Path]:
    """The definitions of custom kinds, as a cluster is given them by their operators."""
    return sorted((folder() / "crds").glob("*.json"))


def troubles(manifest: Manifest) -> list[str]:
    """Where a manifest is not what its kind asks for; a field that its kind does not have is refused too."""
    kind = f"{manifest.get('apiVersion')}/{manifest.get('kind')}"
    validator = _validators().get(kind)
    if validator is None:
        return [f"no schema is known of {kind}"]
    found: list[str] = []
    for error in cast("Any", validator).iter_errors(manifest):
        where = "/".join(str(part) for part in error.absolute_path)
        found.append(f"{where or '(whole)'}: {str(error.message)[:200]}")
    return found


@cache
def _validators() -> Mapping[str, Draft202012Validator]:
    core: dict[str, Any] = json.loads((folder() / _KUBERNETES).read_text("utf-8"))
    found = {
        kind: Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": core["$defs"]})
        for kind, name in core["kinds"].items()
    }
    for file in custom_definitions():
        definition: dict[str, Any] = json.loads(file.read_text("utf-8"))["spec"]
        for version in definition["versions"]:
            schema = _closed(version["schema"]["openAPIV3Schema"])
            # These three are every object's, and not described in a definition.
            schema["properties"] |= {
                "apiVersion": {"const": f"{definition['group']}/{version['name']}"},
                "kind": {"const": definition["names"]["kind"]},
                "metadata": {"type": "object", "required": ["name"]},
            }
            kind = f"{definition['group']}/{version['name']}/{definition['names']['kind']}"
            found[kind] = Draft202012Validator(schema)
    return found


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """A definition's schema as JSON Schema, in which a field that is not named is a mistake."""
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    result = {name: value for name, value in schema.items() if not name.startswith("x-kubernetes")}
    if result.pop("nullable", False) and "type" in result:
        result["type"] = [result["type"], "null"]
    if "properties" in result:
        result["properties"] = {name: _closed(each) for name, each in result["properties"].items()}
        if "x-kubernetes-preserve-unknown-fields" not in schema:
            result.setdefault("additionalProperties", False)
    for name in ("items", "additionalProperties"):
        if isinstance(result.get(name), dict):
            result[name] = _closed(result[name])
    # What a branch asks for is about fields that the whole names.
    for name in ("anyOf", "oneOf", "allOf"):
        if name in result:
            result[name] = [_open(each) for each in result[name]]
    return result


def _open(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if not name.startswith("x-kubernetes")}
