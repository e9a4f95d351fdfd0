"""Reads JSON the strict way: UTF-8, no NaN, no repeated names, no deep nesting, no half characters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NoReturn, TypeAlias

from .errors import FieldError, MalformedJson, ValidationFailed

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

DEPTH_MAX = 32

_STRUCTURE = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def read_json(raw: bytes, *, depth_max: int = DEPTH_MAX) -> Json:
    """The value of a body, or MalformedJson."""
    _check_depth(raw, depth_max)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedJson(reason=("it is not UTF-8", "不是 UTF-8 编码")) from None
    if text.startswith("\ufeff"):
        raise MalformedJson(reason=("it begins with a byte order mark", "以 BOM 开头"))
    try:
        value: Json = _DECODER.decode(text)
    except MalformedJson:
        raise
    except json.JSONDecodeError as error:
        where = (
            f"line {error.lineno}, column {error.colno}",
            f"第 {error.lineno} 行第 {error.colno} 列",
        )
        raise MalformedJson(reason=where) from None
    except (ValueError, RecursionError):
        raise MalformedJson(
            reason=("a number or a structure is too large", "数字或结构过大")
        ) from None
    if _SURROGATE.search(raw) is not None:
        errors = [
            FieldError(
                pointer,
                "text",
                "Half a character (a lone surrogate) is not allowed.",
                "不允许不完整的字符（孤立代理项）。",
            )
            for pointer in _lone_surrogates(value, "")
        ]
        if errors:
            raise ValidationFailed(errors=errors)
    return value


def _check_depth(raw: bytes, depth_max: int) -> None:
    """Before parsing: brackets are counted outside of strings, and the first one too deep ends it."""
    if raw.count(b"[") + raw.count(b"{") <= depth_max:
        return
    depth = 0
    for match in _STRUCTURE.finditer(raw):
        byte = raw[match.start()]
        if byte in b"[{":
            depth += 1
            if depth > depth_max:
                raise MalformedJson(
                    reason=(f"it is nested deeper than {depth_max}", f"嵌套超过 {depth_max} 层")
                )
        elif byte in b"]}":
            depth -= 1


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise MalformedJson(
            reason=("a name is given twice in one object", "同一对象中有重复的名称")
        )
    return value


def _constant(_: str) -> NoReturn:
    raise MalformedJson(reason=("NaN and Infinity are no numbers", "NaN 与 Infinity 不是数字"))


def _float(text: str) -> float:
    value = float(text)
    if value - value != 0.0:
        raise MalformedJson(reason=("a number is too large", "数字过大"))
    return value


def _lone_surrogates(value: Json, pointer: str) -> Iterator[str]:
    if isinstance(value, str):
        if any("\ud800" <= c <= "\udfff" for c in value):
            yield pointer
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _lone_surrogates(item, f"{pointer}/{index}")
    elif isinstance(value, dict):
        for name, item in value.items():
            if any("\ud800" <= c <= "\udfff" for c in name):
                yield pointer
            else:
                yield from _lone_surrogates(item, f"{pointer}/{escaped(name)}")


def escaped(name: str) -> str:
    """One step of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)
