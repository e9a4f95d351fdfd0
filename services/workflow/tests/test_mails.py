"""Confirmations to customers: what they say, that they arrive once, and what is seen when they do not."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID, uuid4

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import text

from chassis.context import system_context
from chassis.testing import Api, Harness, Publish
from tongheng_contracts.masterdata import Partner, PartnerChanged
from tongheng_contracts.sales import OrderCancelled
from workflow.mails import service as mails
from workflow.mails.rules import (
    Confirmation,
    Outcome,
    confirmation_mail,
    is_news,
    next_attempt,
    outcome_of,
    still_wanted,
)
from workflow.mails.sending import Server

from .builders import changed, order_changed, order_placed

D = Decimal


class Inbox:
    """A mail server that keeps what it takes; `answers` are given to the next mails instead."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.answers: list[str] = []
        self.refuses: set[str] = set()

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        return "250 OK"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, Server]]:
    """A real SMTP server on this host."""
    handler = Inbox()
    port = free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port, ready_timeout=60.0)
    controller.start()
    yield handler, server_at(port)
    controller.stop()


def server_at(port: int) -> Server:
    return Server(
        host="127.0.0.1", port=port, security="none", username="", password="",
        sender="orders@tongheng.example", seconds=20.0,
    )  # fmt: skip


def customer(code: str = "C001", **values: object) -> PartnerChanged:
    given = {
        "name": "华东设备公司",
        "name_en": "East China Equipment",
        "email": "buyer@c001.example",
    }
    return PartnerChanged(
        partner=Partner.model_validate(
            {"id": uuid4(), "code": code, "roles": ["customer"], "version": 1, **given, **values}
        )
    )


async def mail_of(api: Api, order: UUID) -> dict[str, object]:
    answer = await api.get("/workflow/mails", document=str(order))
    assert answer.status_code == 200, answer.text
    [found] = answer.json()["items"]
    return found


async def due_now(harness: Harness) -> None:
    async with harness.worker.transaction(system_context("test")) as session:
        await session.execute(text("UPDATE mails SET due_at = now() WHERE status = 'waiting'"))


async def test_a_placed_order_is_confirmed_once_in_the_customers_language(
    api: Api, publish: Publish, harness: Harness, inbox: tuple[Inbox, Server]
) -> None:
    handler, server = inbox
    order = uuid4()
    await publish(
        customer(language="en"),
        changed("masterdata.ItemChanged", code="A", version=3),
        order_placed(order, status="pending", customer="C001"),
    )
    await mails.post(harness.worker, server)
    await publish(order_changed(order, 2, status="processing", customer="C001"))
    await mails.post(harness.worker, server)

    [message] = handler.taken
    assert message["To"] == "buyer@c001.example"
    assert str(message["Subject"]).startswith("Order confirmation SO-")
    part = message.get_body(("plain",))
    assert part is not None
    told = part.get_content()
    assert "Dear East China Equipment" in told
    assert "A Controller" in told
    assert "Total: 16,950.00 CNY" in told
    assert "Total net: 15,000.00 CNY" in told
    assert "VAT: 1,950.00 CNY" in told
    html = message.get_body(("html",))
    assert html is not None and "16,950.00 CNY" in html.get_content()
    shown = await mail_of(api, order)
    assert (shown["status"], shown["attempts"]) == ("sent", 1)
    assert shown["message_id"] == message["Message-ID"] == f"<{shown['id']}@tongheng.example>"


async def test_a_held_order_is_confirmed_when_it_is_released(
    publish: Publish, harness: Harness, inbox: tuple[Inbox, Server]
) -> None:
    handler, server = inbox
    order = uuid4()
    await publish(customer(), order_placed(order, status="on_hold", customer="C001"))
    await mails.post(harness.worker, server)
    assert handler.taken == []

    await publish(order_changed(order, 2, status="pending", customer="C001"))
    await mails.post(harness.worker, server)

    [message] = handler.taken
    assert str(message["Subject"]).startswith("订单确认 SO-")
    part = message.get_body(("plain",))
    assert part is not None and "价税合计: 16,950.00 CNY" in part.get_content()


async def test_a_held_order_that_is_cancelled_is_not_confirmed(publish: Publish, api: Api) -> None:
    order = uuid4()
    placed = order_placed(order, status="on_hold")
    gone = placed.order.model_copy(update={"status": "cancelled", "version": 2})
    await publish(placed, OrderCancelled(order=gone))

    assert (await api.get("/workflow/mails", document=str(order))).json()["items"] == []


async def test_without_a_server_mails_are_kept_as_not_sent_and_sent_on_demand(
    api: Api, publish: Publish, harness: Harness, inbox: tuple[Inbox, Server]
) -> None:
    handler, server = inbox
    order = uuid4()
    await publish(customer(), order_placed(order, status="pending", customer="C001"))
    await mails.post(harness.worker, None)

    shown = await mail_of(api, order)
    assert (shown["status"], shown["reason"]) == ("not_sent", "no-server")
    assert shown["reason_text"] == "Not sent: no mail server configured."
    await mails.post(harness.worker, server)
    assert handler.taken == []

    sender = api.as_("workflow.mail.send", "workflow.mail.read", companies=["E01"])
    again = await sender.post(f"/workflow/mails/{shown['id']}/send")
    assert again.json()["status"] == "waiting", again.text
    twice = await sender.post(f"/workflow/mails/{shown['id']}/send")
    assert (twice.status_code, twice.json()["code"]) == (409, "invalid-state")
    await mails.post(harness.worker, server)
    assert len(handler.taken) == 1
    assert (await mail_of(api, order))["status"] == "sent"


async def test_what_a_server_refuses_for_now_is_tried_again_under_the_same_name(
    api: Api, publish: Publish, harness: Harness, inbox: tuple[Inbox, Server]
) -> None:
    handler, server = inbox
    handler.answers = ["451 4.3.0 try later"]
    order = uuid4()
    await publish(customer(), order_placed(order, status="pending", customer="C001"))
    await mails.post(harness.worker, server)

    first = await mail_of(api, order)
    assert (first["status"], first["answer_code"], first["attempts"]) == ("waiting", 451, 1)
    await mails.post(harness.worker, server)
    assert handler.taken == []  # not before its time

    await due_now(harness)
    await mails.post(harness.worker, server)
    assert [each["Message-ID"] for each in handler.taken] == [first["message_id"]]
    assert (await mail_of(api, order))["attempts"] == 2


async def test_an_unknown_mailbox_is_not_tried_again(
    api: Api, publish: Publish, harness: Harness, inbox: tuple[Inbox, Server]
) -> None:
    handler, server = inbox
    handler.refuses = {"buyer@c001.example"}
    order = uuid4()
    await publish(customer(), order_placed(order, status="pending", customer="C001"))
    await mails.post(harness.worker, server)

    shown = await mail_of(api, order)
    assert (shown["status"], shown["reason"], shown["answer_code"]) == ("failed", "refused", 550)
    assert shown["due_at"] is None


async def test_a_server_that_is_away_is_waited_for(
    api: Api, publish: Publish, harness: Harness
) -> None:
    order = uuid4()
    await publish(customer(), order_placed(order, status="pending", customer="C001"))
    await mails.post(harness.worker, server_at(free_port()))

    shown = await mail_of(api, order)
    assert (shown["status"], shown["answer_code"]) == ("waiting", None)
    assert shown["answer"]


async def test_a_customer_without_an_address_and_one_not_known_yet(
    api: Api, publish: Publish, harness: Harness, inbox: tuple[Inbox, Server]
) -> None:
    handler, server = inbox
    without, early = uuid4(), uuid4()
    await publish(
        customer("C002", email=""),
        order_placed(without, status="pending", customer="C002"),
        order_placed(early, status="pending", customer="C003"),
    )
    await mails.post(harness.worker, server)
    assert (await mail_of(api, without))["reason"] == "no-address"
    assert (await mail_of(api, early))["status"] == "waiting"

    await publish(customer("C003", email="buyer@c003.example"))
    await due_now(harness)
    await mails.post(harness.worker, server)
    assert [each["To"] for each in handler.taken] == ["buyer@c003.example"]


async def test_mails_are_seen_within_companies_and_customers(api: Api, publish: Publish) -> None:
    order = uuid4()
    await publish(order_placed(order, status="pending", company="E01", customer="C001"))
    shown = await mail_of(api, order)

    other = api.as_("workflow.mail.read", companies=["E02"])
    assert (await other.get("/workflow/mails", document=str(order))).json()["items"] == []
    assert (await other.get(f"/workflow/mails/{shown['id']}")).status_code == 404
    without = await api.as_("workflow.webhook.read").get("/workflow/mails")
    assert without.status_code == 403


def test_attempts_end_after_three_days() -> None:
    waits = []
    attempt = 1
    while (wait := next_attempt(attempt)) is not None:
        waits.append(wait)
        attempt += 1
    assert waits == sorted(waits)
    assert timedelta(days=2) < sum(waits, timedelta()) <= timedelta(days=3)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (None, Outcome.RETRY),
        (421, Outcome.RETRY),
        (452, Outcome.RETRY),
        (535, Outcome.RETRY),
        (550, Outcome.REFUSED),
        (554, Outcome.REFUSED),
    ],
)
def test_answers_of_servers(code: int | None, outcome: Outcome) -> None:
    assert outcome_of(code) is outcome


def test_what_was_cancelled_is_not_confirmed() -> None:
    assert still_wanted(D(3), D(1), D("100.00"), D("13.00")) == (D(2), D("66.67"), D("8.67"))


def test_names_cannot_write_markup() -> None:
    what = Confirmation(
        number="SO-1", company="<b>E01</b>", customer="<script>", currency="CNY", ordered_on="2026-01-02",
        requested_date="", lines=[], amount_net=D(0), amount_tax=D(0), amount_gross=D(0),
    )  # fmt: skip
    message = confirmation_mail(
        what, "en", sender="a@b.example", recipient="c@d.example", message_id="<1@b.example>"
    )
    html = message.get_body(("html",))
    assert html is not None and "<script>" not in html.get_content()


def test_old_facts_are_no_news() -> None:
    now = datetime.now(UTC)
    assert is_news(now - timedelta(days=1), now)
    assert not is_news(now - timedelta(days=3), now)
