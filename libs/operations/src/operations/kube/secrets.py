"""The Secrets that a site gives: names and keys are agreed here, their values are made once and kept elsewhere."""

from __future__ import annotations

import secrets

import yaml

from operations.kube.manifests import Manifest
from operations.secrets import ADMINISTRATOR
from operations.services import DATABASE_ROLES, with_database


def wanted() -> dict[str, tuple[str, ...]]:
    """The keys of each Secret by its name."""
    found: dict[str, tuple[str, ...]] = {
        f"{service}-{role}": ("username", "password")
        for service in with_database()
        for role in DATABASE_ROLES
    }
    found["identity-settings"] = ("admin-username", "admin-password", "key-encryption-key")
    found["workflow-settings"] = ("key-encryption-key",)
    return found


def document() -> str:
    """Secrets with new values. Kept by whoever keeps secrets: made anew, they fit no database that is there already."""
    return yaml.safe_dump_all([_secret(*each) for each in wanted().items()], sort_keys=False)


def _secret(name: str, keys: tuple[str, ...]) -> Manifest:
    values = {key: secrets.token_urlsafe(32) for key in keys}
    if "username" in values:
        service, _, role = name.rpartition("-")
        values["username"] = f"{service}_{role}"
    if "admin-username" in values:
        values["admin-username"] = ADMINISTRATOR
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            # CloudNativePG takes a changed password over by itself where it is told to look.
            "labels": {"app.kubernetes.io/part-of": "tongheng", "cnpg.io/reload": "true"},
        },
        "type": "kubernetes.io/basic-auth" if "username" in keys else "Opaque",
        "stringData": values,
    }
