"""May this contract replace the released one? Compared as published, in both directions that matter.

Events live for ever in their topics, and everybody upgrades when they like. So a change has to hold for

- a reader of the *released* contract who meets *new* events: nothing that it relies on may go away or look different,
- a reader of the *new* contract who replays *old* events: nothing may be asked for that they don't have.

What is left is growth: new topics, new optional fields (with a default), better words, stricter data classes.
Anything else is a new major version: a topic `service.Event.v2` beside the old one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

Schema = Mapping[str, Any]

_MEANING: Final = {
    "x-key": "the key decides order and partition",
    "x-kind": "the kind decides how it is applied",
    "x-document": "the document decides which versions are one sequence",
}
_WORDS: Final = {
    "title",
    "description",
    "x-description-zh",
    "x-zh",
    "x-version",
    "x-consumers",
    "x-owner",
}
"""What is said about a contract, not by it. A field of such a name has a schema for its value, and stays."""
_RESTS: Final = ("type", "format", "pattern", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
                 "multipleOf", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems")  # fmt: skip
"""Keywords that readers' types and columns rest on: neither loosened (new events) nor tightened (old ones)."""


@dataclass(frozen=True, slots=True)
class Break:
    """One change that a reader can't take."""

    topic: str
    field: str
    """Where: `order.lines[].quantity`; empty for the topic as a whole."""
    what: str
    consumers: tuple[str, ...]
    """Who is known to read the topic."""

    def __str__(self) -> str:
        place = f"{self.topic}: {self.field}" if self.field else self.topic
        readers = ", ".join(self.consumers) or "nobody known, but the topic is public"
        return f"{place} {self.what} (readers: {readers})"


def breaks(released: Mapping[str, Schema], current: Mapping[str, Schema]) -> list[Break]:
    """Every change between two sets of schemas, by topic, that would break a reader."""
    found: list[Break] = []
    for topic, old in sorted(released.items()):
        new = current.get(topic, {})
        # Who reads it today, and who did when it was released: neither may be forgotten.
        consumers = tuple(
            sorted({*_strings(old.get("x-consumers")), *_strings(new.get("x-consumers"))})
        )
        if topic not in current:
            found.append(Break(topic, "", "is gone: its readers wait for ever", consumers))
            continue
        found += [Break(topic, field, what, consumers) for field, what in _differences(old, new)]
    return found


def same(released: Schema, current: Schema) -> bool:
    """Whether readers see no difference: only then is it the same version."""
    return _essence(released) == _essence(current)


def _essence(value: object) -> object:
    if isinstance(value, dict):
        return {
            name: _essence(inner)
            for name, inner in cast("dict[str, object]", value).items()
            if name not in _WORDS or _is_schema(inner)
        }
    if isinstance(value, list):
        return [_essence(inner) for inner in cast("list[object]", value)]
    return value


def _is_schema(value: object) -> bool:
    return isinstance(value, dict)


def next_version(released: Schema | None, current: Schema, major: int) -> str:
    """The version of a contract that is now `current`: the next minor one if it has grown since its release."""
    if released is None:
        return f"{major}.0"
    before = str(released["x-version"])
    if same(released, current):
        return before
    return f"{major}.{int(before.partition('.')[2]) + 1}"


def _differences(old: Schema, new: Schema) -> Iterator[tuple[str, str]]:
    for keyword, why in _MEANING.items():
        if old.get(keyword) != new.get(keyword):
            yield (
                "",
                f"changed its {keyword.removeprefix('x-')} from {old.get(keyword)} to {new.get(keyword)}: {why}",
            )
    majors = [str(one.get("x-version", "")).partition(".")[0] for one in (old, new)]
    if majors[0] != majors[1]:
        yield (
            "",
            f"changed its major version from {majors[0]} to {majors[1]}: that is another topic",
        )
    yield from _Comparison(old, new).compare(old, new, "")


class _Comparison:
    """Two schemas side by side, with the definitions that each refers to."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old: Schema = old.get("$defs", {})
        self._new: Schema = new.get("$defs", {})
        self._open: list[tuple[str, str]] = []

    def compare(self, old: Schema, new: Schema, path: str) -> Iterator[tuple[str, str]]:
        pair = (str(old.get("$ref", "")), str(new.get("$ref", "")))
        if all(pair) and pair in self._open:  # a part that holds parts of its own kind
            return
        self._open.append(pair)
        yield from self._alternatives(_resolved(old, self._old), _resolved(new, self._new), path)
        self._open.pop()

    def _alternatives(self, old: Schema, new: Schema, path: str) -> Iterator[tuple[str, str]]:
        before, after = _arms(old), _arms(new)
        if any(map(_is_null, after)) and not any(map(_is_null, before)):
            yield path, "may now be null, and readers rely on a value"
        if any(map(_is_null, before)) and not any(map(_is_null, after)):
            yield path, "may no longer be null, and old events have it so"
        before = [arm for arm in before if not _is_null(arm)]
        after = [arm for arm in after if not _is_null(arm)]
        if len(before) != len(after):
            yield path, f"changed its type from {_types(before)} to {_types(after)}"
            return
        for one, other in zip(before, after, strict=True):
            if one is old and other is new:
                yield from self._value(one, other, path)
            else:
                yield from self.compare(one, other, path)

    def _value(self, old: Schema, new: Schema, path: str) -> Iterator[tuple[str, str]]:
        if old.get("type") != new.get("type"):
            yield path, f"changed its type from {old.get('type')} to {new.get('type')}"
            return
        for keyword in _RESTS:
            if old.get(keyword) != new.get(keyword):
                yield path, f"changed its {keyword} from {old.get(keyword)} to {new.get(keyword)}"
        yield from _enumeration(old, new, path)
        yield from self._object(old, new, path)
        if "items" in old and "items" in new:
            yield from self.compare(old["items"], new["items"], f"{path}[]")
        if isinstance(old.get("additionalProperties"), dict):
            inner = new.get("additionalProperties")
            if not isinstance(inner, dict):
                yield f"{path}{{}}", "no longer says what its values are"
            else:
                yield from self.compare(
                    old["additionalProperties"], cast("Schema", inner), f"{path}{{}}"
                )

    def _object(self, old: Schema, new: Schema, path: str) -> Iterator[tuple[str, str]]:
        before: Schema = old.get("properties", {})
        after: Schema = new.get("properties", {})
        needed_before, needed_after = set(old.get("required", ())), set(new.get("required", ()))
        for name, field in before.items():
            place = f"{path}.{name}".lstrip(".")
            if name not in after:
                yield place, "is removed"
                continue
            if name in needed_before - needed_after:
                yield place, "is no longer always there"
            if name in needed_after - needed_before:
                yield place, "is now required, and old events may lack it"
            yield from _defaults(place, field, after[name])
            yield from self.compare(field, after[name], place)
        for name in sorted(needed_after - set(before)):
            yield (
                f"{path}.{name}".lstrip("."),
                "is new and required, and old events lack it: give it a default",
            )


def _defaults(path: str, old: Schema, new: Schema) -> Iterator[tuple[str, str]]:
    if "default" in old and "default" in new and old["default"] != new["default"]:
        yield (
            path,
            f"changed its default from {old['default']!r} to {new['default']!r}: what old events left out now means another thing",
        )


def _enumeration(old: Schema, new: Schema, path: str) -> Iterator[tuple[str, str]]:
    before, after = _values(old), _values(new)
    if before == after:
        return
    if before is None or after is None:
        yield path, f"changed its values from {_said(before)} to {_said(after)}"
        return
    if gone := before - after:
        yield path, f"lost the values {_said(gone)}, and old events have them"
    if more := after - before:
        yield path, f"has new values {_said(more)}, and readers refuse what is not on their list"


def _values(schema: Schema) -> frozenset[str] | None:
    return frozenset(map(str, schema["enum"])) if "enum" in schema else None


def _said(values: Iterable[str] | None) -> str:
    return "any" if values is None else ", ".join(sorted(values))


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    reference = str(schema.get("$ref", ""))
    return definitions[reference.rpartition("/")[2]] if reference else schema


def _arms(schema: Schema) -> list[Schema]:
    return list(cast("Sequence[Schema]", schema.get("anyOf", [schema])))


def _is_null(schema: Schema) -> bool:
    return schema.get("type") == "null"


def _types(arms: Sequence[Schema]) -> str:
    return " or ".join(str(arm.get("type", "a part")) for arm in arms) or "nothing"


def _strings(value: object) -> list[str]:
    return [str(one) for one in cast("list[object]", value)] if isinstance(value, list) else []
