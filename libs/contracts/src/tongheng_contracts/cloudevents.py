"""An event on the wire: CloudEvents 1.0 in Kafka's binary content mode. Attributes are headers, the value is the data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, TypeVar, overload
from uuid import UUID

from pydantic import ValidationError

from .catalogue import event_type
from .envelope import Envelope, Event
from .privacy import DataClass

CONTENT_TYPE = "application/json"
SPEC_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class Header:
    """One header of every event: its name, whether it is always there, and what it says."""

    name: str
    required: bool
    en: str
    zh: str
    data_class: DataClass = DataClass.INTERNAL
    format: str = ""


HEADERS = (
    Header("ce_specversion", True, "CloudEvents version: 1.0.", "CloudEvents 版本：1.0。", DataClass.PUBLIC),
    Header("ce_id", True, "The event's id (UUID): the same at every delivery. Count it once.",
           "事件标识（UUID），重复投递时不变，用于去重。", format="uuid"),
    Header("ce_source", True, "The service that says it: /tongheng/sales.", "发布事件的服务。", DataClass.PUBLIC,
           "uri-reference"),
    Header("ce_type", True, "The event type, the same as the topic.", "事件类型，与主题同名。", DataClass.PUBLIC),
    Header("ce_subject", True, "The number or code that people know the document by.", "单号或编码。"),
    Header("ce_time", True, "When it was recorded, by the producer's database clock.", "记录时间（生产者数据库时钟）。",
           format="date-time"),
    Header("ce_dataschema", True, "The schema of the data and its major version.", "数据的模式及主版本。", DataClass.PUBLIC,
           "uri-reference"),
    Header("ce_correlationid", True, "The business case: the order that all of it belongs to.", "业务案例标识，如所属订单。"),
    Header("ce_causationid", True, "The event or request that led to this one.", "引发本事件的事件或请求。"),
    Header("ce_actor", True, "Who did it: a user, a client or a service.", "操作者：用户、客户端或服务。", DataClass.PERSONAL),
    Header("ce_company", True, "The company it belongs to; empty for what all companies share.",
           "所属公司；各公司共享的数据为空。"),
    Header("content-type", True, "application/json.", "内容类型：application/json。", DataClass.PUBLIC),
    Header("traceparent", False, "W3C trace context.", "W3C 跟踪上下文。"),
)  # fmt: skip
"""Every header, in the order in which they are written."""


class Unreadable(Exception):
    """The record is not what its topic's contract says. Set it aside and go on: the next ones may be well."""


class Record(Protocol):
    """What a Kafka client gives: aiokafka's ConsumerRecord is one."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Iterable[tuple[str, bytes]]: ...


EventT = TypeVar("EventT", bound=Event)


@overload
def read(record: Record) -> Event: ...
@overload
def read(record: Record, expected: type[EventT]) -> EventT: ...


def read(record: Record, expected: type[Event] | None = None) -> Event:
    """The typed event of a record, with its envelope. The same event may come twice: count `envelope.id` once.

    Raises:
        Unreadable: another topic than expected, another major version, or content that does not fit the contract.
    """
    topic = record.topic
    try:
        kind = event_type(topic)
    except KeyError as error:
        raise Unreadable(f"no contract for {topic}") from error
    if expected is not None and kind is not expected:
        raise Unreadable(f"{topic} is not {expected.contract.topic}")
    try:
        headers = {name: value.decode() for name, value in record.headers}
        stated, schema = headers.get("ce_type", topic), headers.get("ce_dataschema", "")
        if stated != topic or (schema and schema != kind.contract.dataschema):
            raise Unreadable(f"the record says it is {stated} {schema}")
        event = kind.model_validate_json(record.value or b"")
        return event.with_envelope(_envelope(record, headers))
    except KeyError as error:
        raise Unreadable(f"the header {error.args[0]} is missing") from error
    except (ValidationError, ValueError) as error:
        raise Unreadable(str(error)[:2000]) from error


def _envelope(record: Record, headers: dict[str, str]) -> Envelope:
    when = datetime.fromisoformat(headers["ce_time"])
    if when.tzinfo is None:
        raise Unreadable("ce_time has no zone")
    return Envelope(
        id=UUID(headers["ce_id"]),
        topic=record.topic,
        time=when.astimezone(UTC),
        subject=headers.get("ce_subject", ""),
        company=headers.get("ce_company", ""),
        actor=headers.get("ce_actor", ""),
        correlation_id=headers.get("ce_correlationid", ""),
        causation_id=headers.get("ce_causationid", ""),
        traceparent=headers.get("traceparent", ""),
        partition=record.partition,
        offset=record.offset,
    )


def headers_of(envelope: Envelope) -> list[tuple[str, bytes]]:
    """The headers of an event with this envelope, as its producer writes them."""
    agreed = event_type(envelope.topic).contract
    values = {
        "ce_specversion": SPEC_VERSION,
        "ce_id": str(envelope.id),
        "ce_source": f"/tongheng/{agreed.owner}",
        "ce_type": envelope.topic,
        "ce_subject": envelope.subject,
        "ce_time": envelope.time.isoformat(),
        "ce_dataschema": agreed.dataschema,
        "ce_correlationid": envelope.correlation_id,
        "ce_causationid": envelope.causation_id,
        "ce_actor": envelope.actor,
        "ce_company": envelope.company,
        "content-type": CONTENT_TYPE,
        "traceparent": envelope.traceparent,
    }
    return [
        (header.name, values[header.name].encode())
        for header in HEADERS
        if header.required or values[header.name]
    ]
