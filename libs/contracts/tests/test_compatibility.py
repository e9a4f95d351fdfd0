"""A contract may grow. What would break a reader of the last release is refused, with the field and who reads it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import Field, create_model

from tongheng_contracts import __main__ as generator
from tongheng_contracts import catalogue, envelope, released, sales
from tongheng_contracts.compatibility import breaks, next_version, same
from tongheng_contracts.envelope import Event, Part
from tongheng_contracts.privacy import Personal

TOPIC = "sales.OrderPlaced"
READERS = catalogue.event_type(TOPIC).contract.consumers
Schema = dict[str, Any]


@pytest.fixture
def now() -> dict[str, Schema]:
    return generator.schemas()


def changed(
    schemas: dict[str, Schema], definition: str = "SalesOrderLine"
) -> tuple[dict[str, Schema], Schema]:
    """A copy to change, and one of the order's parts in it."""
    copy = deepcopy(schemas)
    return copy, copy[TOPIC]["$defs"][definition] if definition else copy[TOPIC]


def said(old: dict[str, Schema], new: dict[str, Schema]) -> list[str]:
    return [f"{one.field}: {one.what}" for one in breaks(old, new) if one.topic == TOPIC]


def test_what_is_there_now_breaks_nobody_who_reads_the_last_release(now: dict[str, Schema]) -> None:
    before = released.last(generator.ROOT / "libs/contracts/released")

    assert len(before) >= 43
    assert breaks(before, now) == []


def test_a_removed_field_is_refused_with_its_place_and_its_readers(now: dict[str, Schema]) -> None:
    new, line = changed(now)
    del line["properties"]["tax_code"]

    [found] = breaks(now, new)

    assert found.field == "order.lines[].tax_code"
    assert found.consumers == READERS
    readers = ", ".join(READERS)
    assert (
        str(found) == f"sales.OrderPlaced: order.lines[].tax_code is removed (readers: {readers})"
    )


def test_readers_that_a_contract_forgets_are_still_named(now: dict[str, Schema]) -> None:
    new, line = changed(now)
    new[TOPIC]["x-consumers"] = ["logistics"]
    line["properties"].pop("tax_code")

    assert breaks(now, new)[0].consumers == tuple(sorted((*READERS, "logistics")))


@pytest.mark.parametrize(
    ("field", "schema", "what"),
    [
        ("line", {"type": "string"}, "changed its type from integer to string"),
        ("line", {"type": "number"}, "changed its type from integer to number"),
        ("item", {"anyOf": [{"type": "string"}, {"type": "null"}]}, "may now be null"),
        ("warehouse", {"type": "string", "default": None}, "may no longer be null"),
        ("item", {"type": "string", "maxLength": 20}, "changed its maxLength from None to 20"),
        ("quantity", {"type": "string"}, "changed its format from decimal to None"),
        ("item", {"type": "array", "items": {"type": "string"}}, "changed its type from string to array"),
        ("item", {"type": "string", "enum": ["A"]}, "changed its values from any to A"),
        ("warehouse", {"anyOf": [{"type": "string"}, {"type": "null"}], "default": "SH"}, "changed its default"),
        ("item", {"anyOf": [{"type": "string"}, {"type": "integer"}]}, "changed its type from string to string or integer"),
    ],
)  # fmt: skip
def test_a_field_that_looks_different_is_refused(
    now: dict[str, Schema], field: str, schema: Schema, what: str
) -> None:
    new, line = changed(now)
    line["properties"][field] = schema

    found = said(now, new)

    assert found
    assert all(one.startswith(f"order.lines[].{field}: ") for one in found)
    assert any(what in one for one in found)


def test_presence_may_change_in_neither_direction(now: dict[str, Schema]) -> None:
    looser, line = changed(now)
    line["required"].remove("item")
    tighter, line = changed(now)
    line["required"].append("warehouse")

    assert said(now, looser) == ["order.lines[].item: is no longer always there"]
    assert said(now, tighter) == [
        "order.lines[].warehouse: is now required, and old events may lack it"
    ]


def test_a_new_field_must_have_a_default_for_the_events_that_lack_it(
    now: dict[str, Schema],
) -> None:
    new, order = changed(now, "SalesOrder")
    order["properties"]["channel"] = {"type": "string", "default": ""}
    grown = deepcopy(new)
    order["required"].append("channel")

    assert said(now, grown) == []
    assert said(now, new) == [
        "order.channel: is new and required, and old events lack it: give it a default"
    ]


def test_a_list_of_values_neither_grows_nor_shrinks(now: dict[str, Schema]) -> None:
    topic = "masterdata.ItemChanged"
    more, less = deepcopy(now), deepcopy(now)
    more[topic]["$defs"]["ValuationClass"]["enum"].append("spare_part")
    less[topic]["$defs"]["ValuationClass"]["enum"].remove("consumable")

    [grown], [shrunk] = breaks(now, more), breaks(now, less)

    assert grown.field == shrunk.field == "item.valuation_class"
    assert "has new values spare_part" in grown.what
    assert "lost the values consumable" in shrunk.what
    assert grown.consumers == tuple(now[topic]["x-consumers"])


@pytest.mark.parametrize(
    ("keyword", "value"),
    [("x-key", "order.number"), ("x-kind", "fact"), ("x-document", "sales.other"), ("x-version", "2.0")],
)  # fmt: skip
def test_what_an_event_means_does_not_change(
    now: dict[str, Schema], keyword: str, value: str
) -> None:
    new, event = changed(now, "")
    event[keyword] = value

    [found] = breaks(now, new)

    assert found.field == ""
    assert f"to {value.partition('.0')[0]}" in found.what


def test_a_topic_that_goes_is_refused_and_one_that_comes_is_not(now: dict[str, Schema]) -> None:
    fewer = {topic: schema for topic, schema in now.items() if topic != TOPIC}

    assert [one.what for one in breaks(now, fewer)] == ["is gone: its readers wait for ever"]
    assert breaks(fewer, now) == []


def test_what_a_map_and_a_list_hold_counts_too(now: dict[str, Schema]) -> None:
    topic = "sales.ControlTotals"
    new = deepcopy(now)
    report = new[topic]["$defs"]["ControlReport"]["properties"]
    report["offsets"]["additionalProperties"] = {"type": "string"}
    order, _ = changed(new, "")
    order[TOPIC]["$defs"]["SalesOrder"]["properties"]["hold_reasons"]["items"] = {"type": "integer"}

    fields = {one.field for one in breaks(now, order)}

    assert {"report.offsets{}", "order.hold_reasons[]"} <= fields


def test_words_and_stricter_classes_are_growth_and_renaming_a_part_is_nothing(
    now: dict[str, Schema],
) -> None:
    new, line = changed(now)
    line["properties"]["item"]["description"] = "What is sold."
    line["properties"]["tax_code"]["x-data-class"] = "internal"
    definitions = new[TOPIC]["$defs"]
    definitions["OrderRow"] = definitions.pop("SalesOrderLine")
    definitions["SalesOrder"]["properties"]["lines"]["items"]["$ref"] = "#/$defs/OrderRow"

    assert breaks(now, new) == []


def test_growth_is_the_next_minor_version_and_words_are_none(now: dict[str, Schema]) -> None:
    grown, order = changed(now, "SalesOrder")
    order["properties"]["channel"] = {"type": "string", "default": ""}
    worded, order = changed(now, "SalesOrder")
    order["properties"]["customer"]["description"] = "Who buys."

    assert next_version(None, now[TOPIC], 1) == "1.0"
    assert next_version(now[TOPIC] | {"x-version": "1.4"}, grown[TOPIC], 1) == "1.5"
    assert next_version(now[TOPIC] | {"x-version": "1.4"}, worded[TOPIC], 1) == "1.4"


def test_a_field_called_title_or_description_is_not_taken_for_words(
    now: dict[str, Schema],
) -> None:
    new, order = changed(now, "SalesOrder")
    order["properties"]["title"] = {"type": "string", "default": ""}

    assert not same(now[TOPIC], new[TOPIC])


# The command, on a copy of the repository's files and with models that really changed.


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for folder in ("schemas", "examples", "released"):
        shutil.copytree(
            generator.ROOT / "libs/contracts" / folder, tmp_path / "libs/contracts" / folder
        )
    for folder in ("docs/events", "deploy/kafka"):
        shutil.copytree(generator.ROOT / folder, tmp_path / folder)
    return tmp_path


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[Part]], None]:
    """Puts another model of the order in the place of OrderPlaced's."""

    def put(order: type[Part]) -> None:
        event = create_model("OrderPlaced", __base__=Event, order=(order, ...))
        event.contract = sales.OrderPlaced.contract
        types = {**envelope.registered(), TOPIC: event}
        monkeypatch.setattr(catalogue, "registered", lambda: types)

    return put


class Grown(sales.SalesOrder):
    channel: str = ""
    ordered_by: Annotated[str, Personal] = ""


class Line(Part):
    line: int


Broken = create_model(
    "Broken",
    __base__=sales.SalesOrder,
    customer=(UUID, ...),
    lines=(list[Line], ...),
    channel=(str, Field(min_length=1)),
)


def test_the_check_passes_a_field_with_a_default_once_it_is_written(
    repository: Path, orders: Callable[[type[Part]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    orders(Grown)

    stale = generator.main(["check"], repository)
    told = capsys.readouterr().err
    generator.main(["write"], repository)

    assert stale == 1
    assert "schemas/sales.OrderPlaced.json is not what the contracts say" in told
    assert generator.main(["check"], repository) == 0
    written = (repository / "libs/contracts/schemas/sales.OrderPlaced.json").read_text("utf-8")
    assert '"x-version": "1.1"' in written
    assert '"ordered_by"' in written


def test_the_check_refuses_a_break_even_when_everything_is_regenerated(
    repository: Path, orders: Callable[[type[Part]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    orders(Broken)
    written = generator.main(["write"], repository)
    capsys.readouterr()

    outcome = generator.main(["check"], repository)
    told = capsys.readouterr().err

    assert (written, outcome) == (1, 1)
    assert "is not what the contracts say" not in told
    assert "sales.OrderPlaced: order.customer changed its format from None to uuid" in told
    assert (
        f"sales.OrderPlaced: order.lines[].item is removed (readers: {', '.join(READERS)})" in told
    )
    assert "order.channel is new and required" in told


def test_a_release_keeps_the_old_sets_and_is_what_the_next_change_is_measured_by(
    repository: Path, orders: Callable[[type[Part]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = repository / "libs/contracts/released"
    unchanged = generator.main(["release"], repository)
    count = len(released.sets(folder))
    orders(Grown)
    generator.main(["write"], repository)
    accepted = generator.main(["release"], repository)
    capsys.readouterr()
    orders(sales.SalesOrder)
    generator.main(["write"], repository)

    assert (unchanged, accepted) == (0, 0)
    assert len(released.sets(folder)) == count + 1
    assert generator.main(["check"], repository) == 1
    assert "order.ordered_by is removed" in capsys.readouterr().err
    assert generator.main(["release"], repository) == 1
    assert len(released.sets(folder)) == count + 1


def test_left_over_files_are_found_and_removed(repository: Path) -> None:
    left = repository / "libs/contracts/examples/sales.Forgotten.json"
    left.write_text("{}", "utf-8")

    assert generator.main(["check"], repository) == 1
    generator.main(["write"], repository)
    assert not left.exists()
    assert generator.main(["check"], repository) == 0


@pytest.mark.parametrize("arguments", [[], ["publish"], ["check", "write"]])
def test_other_commands_are_explained(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert generator.main(arguments) == 2
    assert "usage" in capsys.readouterr().err


def test_an_installed_package_has_nothing_to_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generator.main(["write"], tmp_path) == 2
    assert "repository" in capsys.readouterr().err
