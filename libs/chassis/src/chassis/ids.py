"""Ids: new ones in order of time, and those that follow from an event."""

from __future__ import annotations

from uuid import UUID, uuid5

import uuid_utils.compat

NAMESPACE = UUID("6f1f6d0e-4a3c-5d5e-9a58-7c3a1f0b2e61")


def uuid7() -> UUID:
    """A new id; ids of later moments sort after earlier ones."""
    return uuid_utils.compat.uuid7()


def derived(source: UUID, *parts: object) -> UUID:
    """The id of an effect: the same for the same source and parts, whenever it is computed."""
    return uuid5(source, "/".join(str(part) for part in parts))


def named(*parts: object) -> UUID:
    """The id of something that is known by its names alone."""
    return derived(NAMESPACE, *parts)
