"""YAML of plain values: block style, every text in quotes where it could be read as something else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./-]*")
_UNPRINTED = re.compile("[\u007f-\u00a0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""Inside quotes YAML folds or refuses these; JSON does not mind them."""
_OTHERWISE = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}


def dump(value: object) -> str:
    """The text of a value made of mappings, sequences, texts, numbers, booleans and None."""
    return "\n".join(_lines(value, 0)) + "\n"


def _scalar(value: object) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _OTHERWISE:
        return value
    if isinstance(value, str):
        return _UNPRINTED.sub(
            lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False)
        )
    return json.dumps(value)  # numbers, true, null, and {} and [] when there is nothing in them


def _members(value: object) -> Mapping[object, object] | Sequence[object] | None:
    # What is written on lines of its own.
    if isinstance(value, Mapping | list | tuple) and value:
        return cast("Mapping[object, object] | Sequence[object]", value)
    return None


def _lines(value: object, depth: int) -> Iterator[str]:
    space, members = "  " * depth, _members(value)
    if members is None:
        yield space + _scalar(value)
    elif isinstance(members, Mapping):
        for key, inner in members.items():
            if _members(inner) is None:
                yield f"{space}{_scalar(key)}: {_scalar(inner)}"
            else:
                yield f"{space}{_scalar(key)}:"
                yield from _lines(inner, depth + 1)
    else:
        for inner in members:
            first, *rest = _lines(inner, depth + 1)
            yield f"{space}- {first.lstrip()}"
            yield from rest
