"""What is decided without a database: addresses, scope, order, back-off, signatures, what a partner is told."""

import json
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from chassis.audit_chain import chain
from tongheng_contracts.examples import example
from workflow.addresses.resolving import addresses_of
from workflow.addresses.rules import UrlNotAllowed, is_public, read_url
from workflow.audit_trail.rules import GENESIS, is_intact
from workflow.deliveries.rules import (
    BACK_OFF,
    Outcome,
    Waiting,
    cloud_event,
    due_after,
    for_partner,
    gate_after,
    in_order,
    outcome_of,
    signature,
)
from workflow.webhooks.rules import (
    Filter,
    Scope,
    Told,
    lane_of,
    sees,
    topics_of,
    wants,
    webhook_topics,
)
from workflow.webhooks.sealing import Sealing, bytes_of, new_secret

from .conftest import lookup

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.partner.com/in", "ftp://hooks.partner.com/", "https://127.0.0.1/", "https://10.1.2.3/",
        "https://169.254.169.254/latest", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://[fe80::1]/",
        "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/", "https://224.0.0.1/",
        "https://[ff02::1]/", "https://0.0.0.0/", "https://redis/", "https://redis.svc/", "https://a.svc.cluster.local/",
        "https://metadata.google.internal/", "https://inside.partner.com/", "https://both.partner.com/",
        "https://svc.partner.com/", "https://nowhere.partner.com/", "https://user@hooks.partner.com/",
        "https://hooks.partner.com/#x", "https://hooks.partner.com:0/", "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/", "https://100.64.0.1/", "https://hooks.partner.com\\@127.0.0.1/", "nonsense",
        "https://127.0.0.1.", "https://[fe80::1%25eth0]/", "https://localhost:8080/", "http://127.0.0.1:8080/",
    ],
)  # fmt: skip
async def test_what_is_inside_or_can_be_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(UrlNotAllowed) as refused:
        await addresses_of(read_url(url), [], lookup)

    assert refused.value.code == "url-not-allowed"


async def test_public_https_is_allowed_and_networks_of_the_setting_are_too() -> None:
    inside = [ip_network("10.0.0.0/24"), ip_network("127.0.0.0/8")]

    assert await addresses_of(read_url("https://hooks.partner.com:8443/in?a=b"), [], lookup)
    assert await addresses_of(read_url("https://[2606:4700::1111]/"), [], lookup)
    assert await addresses_of(read_url("http://inside.partner.com/"), inside, lookup)
    assert await addresses_of(read_url("http://127.0.0.1:9/"), inside, lookup)
    with pytest.raises(UrlNotAllowed):
        await addresses_of(read_url("http://hooks.partner.com/"), inside, lookup)
    with pytest.raises(UrlNotAllowed):
        await addresses_of(read_url("https://2130706433/"), inside, lookup)


@given(
    st.ip_addresses(network="10.0.0.0/8")
    | st.ip_addresses(network="fc00::/7")
    | st.ip_addresses(network="127.0.0.0/8")
)
def test_no_private_address_is_public_in_any_clothes(address: object) -> None:
    inner = ip_address(str(address))

    assert not is_public(inner)
    if inner.version == 4:
        assert not is_public(ip_address(f"::ffff:{inner}"))
        assert not is_public(ip_address(f"64:ff9b::{inner}"))


def told(topic: str, **changes: object) -> Told:
    data = json.loads(example(topic).value)
    part = example(topic).event.contract.part
    data[part] |= changes
    return Told(topic, str(data[part].get("company", "")), "user-1", data)


def scope(*permissions: str, **values: object) -> Scope:
    return Scope(subject="user-1", permissions=frozenset(permissions or {"*"}), **values)  # type: ignore[arg-type]


def test_scope_decides_by_right_company_partner_warehouse_and_actor() -> None:
    order = told("sales.OrderPlaced", customer="C001")

    assert sees(scope("sales.order.read"), order)
    assert not sees(scope("sales.return.read"), order)
    assert not sees(scope(companies=frozenset({"E09"})), order)
    assert sees(scope(partners=frozenset({"C001"})), order)
    assert not sees(scope(partners=frozenset({"C002"})), order)
    assert not sees(scope(partners=frozenset({"C001"})), told("finance.VoucherPosted"))
    assert sees(scope(partners=frozenset({"C001"})), told("masterdata.ItemChanged"))
    assert not sees(
        scope(partners=frozenset({"C001"})), told("masterdata.PartnerChanged", code="C002")
    )
    assert sees(scope(warehouses=frozenset({"SH"})), told("inventory.GoodsShipped", warehouse="SH"))
    assert not sees(
        scope(warehouses=frozenset({"GZ"})), told("inventory.GoodsShipped", warehouse="SH")
    )
    assert sees(scope(own=True), order)
    assert not sees(Scope(subject="user-2", permissions=frozenset({"*"}), own=True), order)


@pytest.mark.parametrize("topic", webhook_topics())
def test_a_partner_sees_no_event_of_another(topic: str) -> None:
    nobody = scope(partners=frozenset({"NOBODY"}))

    shared = topic.startswith("masterdata.") and topic != "masterdata.PartnerChanged"
    assert sees(nobody, told(topic)) is shared


def test_what_was_given_and_what_is_now_are_met() -> None:
    given_, now = (
        scope(companies=frozenset({"E01", "E02"})),
        scope("a.read", companies=frozenset({"E02", "E03"})),
    )
    met = given_.within(now)

    assert met.companies == {"E02"}
    assert met.permissions == {"a.read"}
    assert scope().within(scope(partners=frozenset({"C001"}))).sees_papers_only


def test_filters_look_at_the_document_and_its_lines() -> None:
    order = told("sales.OrderPlaced", status="pending")

    assert wants(Filter(), order)
    assert wants(Filter(fields={"status": "pending", "lines.item": "A", "version": "1"}), order)
    assert not wants(Filter(fields={"lines.item": "ZZ"}), order)
    assert not wants(Filter(fields={"nothing": "A"}), order)


def test_patterns_name_topics_and_never_what_services_tell_each_other() -> None:
    assert topics_of(["sales.OrderPlaced"]) == {"sales.OrderPlaced"}
    assert {"sales.OrderPlaced", "sales.ReturnAuthorised"} <= topics_of(["sales.*"])
    assert not any(topic.endswith(("ControlTotals", "AuditRecorded")) for topic in topics_of(["*"]))


def test_what_names_its_order_goes_in_the_orders_row() -> None:
    key, order = uuid4(), uuid4()

    assert lane_of(key, {"order": str(order), "id": str(key)}) == order
    assert lane_of(key, {"order": "SO-1"}) == key


def waiting(key: UUID, version: int, seconds: int, sequence: int) -> Waiting:
    return Waiting(uuid4(), key, key, version, NOW + timedelta(seconds=seconds), sequence)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9), st.integers(0, 60)), max_size=30))
def test_versions_of_a_document_only_go_up(rows: list[tuple[int, int, int]]) -> None:
    keys = [UUID(int=n) for n in range(4)]
    given_ = [waiting(keys[k], version, at, n) for n, (k, version, at) in enumerate(rows)]
    ordered = in_order(given_)

    assert sorted(each.sequence for each in ordered) == list(range(len(rows)))
    for key in keys:
        versions = [each.version for each in ordered if each.key == key]
        assert versions == sorted(versions)


def test_a_delivery_is_tried_for_three_days() -> None:
    at, attempts, moments = NOW, 0, []
    while True:
        attempts += 1
        again = due_after(attempts, NOW, at)
        if again is None:
            break
        moments.append(again)
        at = again

    assert moments[0] - NOW < timedelta(seconds=6)
    assert attempts == len(BACK_OFF) + 1
    assert timedelta(days=2.9) < moments[-1] - NOW < timedelta(days=3.3)
    assert due_after(1, NOW, NOW, retry_after=600) >= NOW + timedelta(seconds=600)  # type: ignore[operator]
    assert due_after(1, NOW, NOW, retry_after=10**8) <= NOW + timedelta(hours=1.2)  # type: ignore[operator]


def test_a_receiver_that_takes_nothing_is_left_alone_and_a_poor_document_harms_no_other() -> None:
    hour = NOW + timedelta(hours=1)

    assert gate_after(50, 1, NOW, hour) is None
    assert gate_after(2, 9, NOW, hour) is None
    assert gate_after(3, 3, NOW, NOW) == NOW + timedelta(seconds=5)
    assert gate_after(6, 3, NOW, NOW + timedelta(minutes=2)) == NOW + timedelta(minutes=4)
    assert gate_after(999, 3, NOW - timedelta(days=2), NOW) == hour


def test_answers_mean_what_they_say() -> None:
    assert [outcome_of(each) for each in (200, 204, 302, 404, 410, 500)] == [
        Outcome.DELIVERED, Outcome.DELIVERED, Outcome.RETRY, Outcome.RETRY, Outcome.GONE, Outcome.RETRY,
    ]  # fmt: skip


def test_signatures_are_those_of_standard_webhooks_for_both_secrets() -> None:
    secrets = [new_secret(), new_secret()]
    body = json.dumps({"data": "中文"}, ensure_ascii=False).encode()
    now = int(datetime.now(UTC).timestamp())
    headers = {
        "webhook-id": "m1", "webhook-timestamp": str(now),
        "webhook-signature": signature([bytes_of(each) for each in secrets], "m1", now, body),
    }  # fmt: skip

    for secret in secrets:
        assert Webhook(secret).verify(body, headers) == {"data": "中文"}
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(new_secret()).verify(body, headers)


def test_secrets_are_sealed_with_the_installations_key() -> None:
    secret = new_secret()
    sealed = Sealing("k" * 32).seal(secret)

    assert secret.encode() not in sealed
    assert Sealing("k" * 32).open(sealed) == secret
    assert Sealing("").open(Sealing("").seal(secret)) == secret
    with pytest.raises(ValueError, match="sealed"):
        Sealing("").open(sealed)
    with pytest.raises(ValueError, match="characters"):
        Sealing("short")


def test_a_partner_is_told_what_stands_on_the_paper_and_no_cost() -> None:
    shipped = for_partner(
        "inventory.GoodsShipped", json.loads(example("inventory.GoodsShipped").value)
    )
    placed = for_partner("sales.OrderPlaced", json.loads(example("sales.OrderPlaced").value))
    partner = for_partner(
        "masterdata.PartnerChanged", json.loads(example("masterdata.PartnerChanged").value)
    )

    assert shipped["shipment"]["lines"][0]["quantity"]
    assert shipped["shipment"]["tracking_number"] is not None
    assert "cost" not in json.dumps(shipped)
    assert "valuation_class" not in json.dumps(shipped)
    assert placed["order"]["lines"][0]["unit_price"] == "100"
    assert not {"hold_reasons", "priority"} & placed["order"].keys()
    assert not {"name", "tax_id", "blocked"} & partner["partner"].keys()


def test_an_event_is_told_as_cloudevents_says() -> None:
    one = example("sales.OrderPlaced")
    event = {
        "id": one.envelope.id, "topic": "sales.OrderPlaced", "subject": "SO-1", "time": NOW, "company": "E01",
        "correlation_id": "c", "causation_id": "", "actor": "u",
    }  # fmt: skip
    whole = cloud_event(event, json.loads(one.value), to_partner=False)
    less = cloud_event(event, json.loads(one.value), to_partner=True)

    assert whole["specversion"] == "1.0"
    assert whole["dataschema"] == "urn:tongheng:schema:sales.OrderPlaced:v1"
    assert "causationid" not in whole
    assert (whole["actor"], "actor" in less) == ("u", False)


def test_a_chapter_with_a_changed_or_missing_entry_is_not_intact() -> None:
    digests = [bytes([n]) * 32 for n in range(4)]
    links = chain((0, GENESIS), list(enumerate(digests, start=1)))
    records = [(each.seq, each.digest) for each in links]

    assert is_intact(1, GENESIS, links[-1].hash, records)
    assert not is_intact(1, bytes([1]) * 32, links[-1].hash, records)
    assert not is_intact(1, GENESIS, links[-1].hash, [*records[:2], records[3]])
    assert not is_intact(1, GENESIS, links[-1].hash, [*records[:3], (4, bytes(32))])
    assert not is_intact(1, GENESIS, GENESIS, [])
