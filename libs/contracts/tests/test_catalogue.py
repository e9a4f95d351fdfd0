"""Every contract is complete, and what is committed is what it says."""

from uuid import uuid4

import pytest

from tongheng_contracts import __main__ as generator
from tongheng_contracts.catalogue import contracts, event_types
from tongheng_contracts.envelope import Event, Kind, Part
from tongheng_contracts.masterdata import Item, ItemChanged


@pytest.mark.parametrize("topic", sorted(event_types()))
def test_a_contract_has_an_owner_a_document_and_both_languages(topic: str) -> None:
    event: type[Event] = event_types()[topic]

    agreed = event.contract

    assert topic.startswith(agreed.owner + ".")
    assert agreed.part in event.model_fields
    assert agreed.en and agreed.zh and agreed.en != agreed.zh
    body = event.model_fields[agreed.part].annotation
    assert isinstance(body, type) and issubclass(body, Part)
    assert "id" in body.model_fields
    if agreed.kind is Kind.DOCUMENT:
        assert "version" in body.model_fields


def test_what_is_committed_is_what_the_contracts_say() -> None:
    assert generator.main(["check"]) == 0


def test_topics_are_unique_and_documents_have_one_owner() -> None:
    owners: dict[str, str] = {}

    for agreed in contracts():
        assert owners.setdefault(agreed.document, agreed.owner) == agreed.owner


def test_decimals_travel_as_strings_and_unknown_fields_are_ignored() -> None:
    text = ItemChanged(
        item=Item(
            id=uuid4(), code="A", name="甲", version=1, base_unit="PCS", list_price="110.000000"
        )
    ).model_dump_json()
    read = ItemChanged.model_validate_json(text.replace('"item":{', '"later":1,"item":{"later":2,'))

    assert '"list_price":"110"' in text
    assert read.item.code == "A"
