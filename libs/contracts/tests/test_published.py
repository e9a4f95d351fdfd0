"""What is generated can be relied on: examples fit their schemas, the AsyncAPI document is one, the page holds everything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from chassis.outbox import headers_of as headers_of_the_relay
from tongheng_contracts import __main__ as generator
from tongheng_contracts.captions import FIELDS_ZH
from tongheng_contracts.catalogue import event_types, schema
from tongheng_contracts.cloudevents import HEADERS
from tongheng_contracts.examples import example
from tongheng_contracts.privacy import KEYWORD, DataClass
from tongheng_contracts.publishing.page import fields
from tongheng_contracts.publishing.yaml import dump

ROOT = generator.ROOT
PAGE = ROOT / "docs/events/index.html"
TOPICS = sorted(event_types())
each_topic = pytest.mark.parametrize("topic", TOPICS)
Schema = dict[str, Any]


def committed(folder: str, topic: str) -> Schema:
    return json.loads((ROOT / "libs/contracts" / folder / f"{topic}.json").read_text("utf-8"))


def properties(one: Schema) -> Iterator[tuple[str, Schema]]:
    for definition in (one, *one.get("$defs", {}).values()):
        yield from definition.get("properties", {}).items()


# Examples


@each_topic
def test_the_committed_example_fits_the_committed_schema_and_the_model(topic: str) -> None:
    shown, published = committed("examples", topic), committed("schemas", topic)

    jsonschema.Draft202012Validator(published).validate(shown["payload"])
    read = event_types()[topic].model_validate(shown["payload"])

    assert read == example(topic).event
    assert json.loads(read.model_dump_json()) == shown["payload"]
    assert shown["key"] == read.key
    assert shown["headers"]["ce_type"] == topic


def test_an_example_that_does_not_fit_its_schema_would_be_found() -> None:
    shown, published = committed("examples", "sales.OrderPlaced"), committed("schemas", "sales.OrderPlaced")  # fmt: skip
    shown["payload"]["order"]["amount_net"] = "15000.0"

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(published).validate(shown["payload"])


@each_topic
def test_an_examples_headers_are_those_that_the_relay_writes(topic: str) -> None:
    shown = example(topic)
    row = {
        "event_id": shown.envelope.id,
        "topic": topic,
        "subject": shown.event.subject,
        "recorded_at": shown.envelope.time,
        "correlation_id": shown.envelope.correlation_id,
        "causation_id": shown.envelope.causation_id,
        "actor": shown.envelope.actor,
        "company": shown.event.company,
        "traceparent": shown.envelope.traceparent,
    }

    assert shown.headers == headers_of_the_relay(row, shown.event.contract.owner)


@each_topic
def test_an_examples_lines_sum_to_its_amounts(topic: str) -> None:
    event = example(topic).event
    body = event.body
    lines: list[Any] = getattr(body, "lines", [])
    for name in ("amount_net", "amount_tax", "amount_gross", "cost"):
        if lines and hasattr(lines[0], name) and hasattr(body, name):
            assert sum(getattr(line, name) for line in lines) == getattr(body, name)


def test_the_vouchers_balance_and_the_payments_are_allocated() -> None:
    voucher: Any = example("finance.VoucherPosted").event.body
    received: Any = example("finance.PaymentReceived").event.body
    made: Any = example("finance.PaymentMade").event.body
    cost: Any = example("inventory.CostAdjusted").event.body

    assert sum(line.debit - line.credit for line in voucher.lines) == 0
    assert sum(a.amount for a in received.allocations) == received.amount - received.on_account
    assert sum(a.amount for a in made.allocations) == made.amount - made.on_account
    assert sum(share.amount for line in cost.lines for share in line.shares) == cost.amount


# Data classes and words


@each_topic
def test_every_field_has_a_data_class_and_a_chinese_name(topic: str) -> None:
    for name, field in properties(committed("schemas", topic)):
        assert DataClass(field[KEYWORD])
        assert field["x-zh"] == FIELDS_ZH[name]


def test_every_chinese_name_is_of_a_field_that_exists() -> None:
    used = {name for event in event_types().values() for name, _ in properties(schema(event))}

    assert set(FIELDS_ZH) == used


@pytest.mark.parametrize(
    ("topic", "part", "field", "expected"),
    [
        ("identity.UserChanged", "User", "name", "personal"),
        ("identity.UserChanged", "User", "username", "personal"),
        ("masterdata.PartnerChanged", "Partner", "name", "personal"),
        ("masterdata.PartnerChanged", "Partner", "tax_id", "personal"),
        ("masterdata.PartnerChanged", "Partner", "code", "internal"),
        ("masterdata.ItemChanged", "Item", "name", "public"),
        ("masterdata.WarehouseChanged", "Warehouse", "name", "internal"),
        ("finance.VoucherPosted", "VoucherLine", "text", "personal"),
        ("finance.VoucherPosted", "VoucherLine", "debit", "internal"),
        ("finance.PaymentReceived", "Payment", "reference", "personal"),
        ("sales.ReturnAuthorised", "SalesReturn", "reason", "personal"),
        ("sales.OrderPlaced", "SalesOrderLine", "tax_rate", "public"),
        ("sales.OrderPlaced", "SalesOrderLine", "unit_price", "internal"),
    ],
)
def test_who_may_see_it(topic: str, part: str, field: str, expected: str) -> None:
    assert committed("schemas", topic)["$defs"][part]["properties"][field][KEYWORD] == expected


def test_what_holds_personal_fields_is_personal() -> None:
    voucher = committed("schemas", "finance.VoucherPosted")
    order = committed("schemas", "sales.OrderPlaced")

    assert voucher["properties"]["voucher"][KEYWORD] == "personal"
    assert voucher["$defs"]["Voucher"]["properties"]["lines"][KEYWORD] == "personal"
    assert order["properties"]["order"][KEYWORD] == "internal"


def test_no_free_text_and_no_name_of_a_person_is_left_unmarked() -> None:
    free = {"text", "text_en", "reference", "username", "tax_id"}
    unmarked = [
        (topic, name)
        for topic in TOPICS
        for name, field in properties(committed("schemas", topic))
        if name in free and field[KEYWORD] != "personal"
    ]

    assert unmarked == []
    assert next(h for h in HEADERS if h.name == "ce_actor").data_class is DataClass.PERSONAL


@each_topic
def test_decimals_are_texts_of_a_known_shape(topic: str) -> None:
    text = json.dumps(committed("schemas", topic))

    assert '"type": "number"' not in text


# AsyncAPI


@pytest.fixture(scope="module")
def document() -> Schema:
    return yaml.safe_load((ROOT / "docs/events/asyncapi.yaml").read_text("utf-8"))


def test_the_document_is_asyncapi_3(document: Schema) -> None:
    # From the npm package @asyncapi/specs 6.11.1, Apache-2.0.
    text = (Path(__file__).parent / "asyncapi-3.0.0.json").read_text("utf-8")
    validator = jsonschema.Draft7Validator(json.loads(text))
    broken = json.loads(json.dumps(document))
    broken["operations"]["publish-sales.OrderPlaced"]["action"] = "shout"

    assert [error.message for error in validator.iter_errors(document)] == []
    assert list(validator.iter_errors(broken))


def test_every_reference_in_the_document_leads_somewhere(document: Schema) -> None:
    text = json.dumps(document)
    references = set(re.findall(r'"\$ref": "#/([^"]+)"', text))

    assert len(references) > 150
    assert '"$ref": "#/$defs' not in text
    for reference in references:
        place: Any = document
        for step in reference.split("/"):
            place = place[step]


@each_topic
def test_the_document_tells_a_topics_whole_contract(document: Schema, topic: str) -> None:
    agreed = event_types()[topic].contract
    channel, message = document["channels"][topic], document["components"]["messages"][topic]
    payload = {**document["components"]["schemas"][topic], "components": document["components"]}
    shown = message["examples"][0]

    jsonschema.Draft7Validator(payload).validate(shown["payload"])
    jsonschema.Draft7Validator(document["components"]["schemas"]["CloudEventHeaders"]).validate(
        shown["headers"]
    )
    assert channel["address"] == topic
    assert agreed.en in channel["description"]
    assert agreed.zh in channel["description"]
    assert channel["x-consumers"] == list(agreed.consumers)
    assert channel["x-owner"] == agreed.owner
    assert channel["bindings"]["kafka"]["partitions"] == 12
    assert re.fullmatch(rf"{agreed.major}\.\d+", message["x-version"])


def test_the_topics_settings_are_the_documents(document: Schema) -> None:
    topics = yaml.safe_load((ROOT / "deploy/kafka/topics.yaml").read_text("utf-8"))

    assert set(topics["topics"]) == set(document["channels"]) == set(TOPICS)
    assert topics["partitions"]["production"] == 12


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_a_yaml_parser_reads_what_was_written(value: object) -> None:
    assert yaml.safe_load(dump(value)) == value


@pytest.mark.parametrize("text", ["yes", "NULL", "1.0", "2026-11-02", "a: b", "# no", "- x", "", "记", "1e3", "~"])  # fmt: skip
def test_texts_that_look_like_something_else_stay_texts(text: str) -> None:
    assert yaml.safe_load(dump({"a": [text, {text: text}]})) == {"a": [text, {text: text}]}


# The page


class Addresses(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [
            value or "" for name, value in attrs if name in ("src", "href", "srcset", "action")
        ]


def test_the_page_needs_no_network() -> None:
    text = PAGE.read_text("utf-8")
    parser = Addresses()
    parser.feed(text)

    assert parser.found == []
    assert not re.search(r"https?://|@import|url\(|fetch\(|import\(|XMLHttpRequest", text)


def test_the_page_has_every_topic_with_its_fields_readers_and_example() -> None:
    text = PAGE.read_text("utf-8")
    data = json.loads(re.findall(r"^const data = (.*);$", text, re.MULTILINE)[0])

    assert [one["topic"] for one in data["topics"]] == TOPICS
    for one in data["topics"]:
        agreed = event_types()[one["topic"]].contract
        assert (one["owner"], one["en"], one["zh"]) == (agreed.owner, agreed.en, agreed.zh)
        assert one["consumers"] == list(agreed.consumers)
        assert one["example"] == committed("examples", one["topic"])
        assert one["fields"] == list(fields(committed_in_order(one["topic"])))


def committed_in_order(topic: str) -> Schema:
    return generator.schemas()[topic]


def test_fields_are_unfolded_to_the_last_part() -> None:
    paths = {one["path"]: one for one in fields(committed("schemas", "inventory.StockReserved"))}

    assert paths["reservation.lines[].held[].warehouse"]["type"] == "string"
    assert paths["reservation.lines[].quantity"]["type"] == "decimal as text"
    assert paths["reservation.lines[].expected[].date"]["type"] == "string | null"
    assert (
        "raw_material"
        in {one["path"]: one for one in fields(committed("schemas", "masterdata.ItemChanged"))}[
            "item.valuation_class"
        ]["type"]
    )
