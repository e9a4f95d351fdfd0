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
    if isinstance(value, int | float | bool) or value is None:
        return json.dumps(value)
    return "{}" if isinstance(value, Mapping) else "[]"


def _holds(value: object) -> bool:
    return isinstance(value, Mapping | list | tuple) and bool(cast("Sequence[object]", value))


def _lines(value: object, depth: int) -> Iterator[str]:
    space = "  " * depth
    if isinstance(value, Mapping):
        for key, inner in cast("Mapping[object, object]", value).items():
            if _holds(inner):
                yield f"{space}{_scalar(key)}:"
                yield from _lines(inner, depth + 1)
            else:
                yield f"{space}{_scalar(key)}: {_scalar(inner)}"
    elif isinstance(value, list | tuple):
        for inner in cast("Sequence[object]", value):
            if _holds(inner):
                first, *rest = _lines(inner, depth + 1)
                yield f"{space}- {first.lstrip()}"
                yield from rest
            else:
                yield f"{space}- {_scalar(inner)}"
    if not _holds(value):
        yield space + _scalar(value)
