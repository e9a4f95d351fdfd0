"""One mail to the mail server."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Literal

import aiosmtplib

from workflow.mails.rules import Outcome, outcome_of

Security = Literal["starttls", "tls", "none"]
ANSWER_KEPT = 300


@dataclass(frozen=True, slots=True)
class Server:
    """The mail server that takes what we send, and who we are there."""

    host: str
    port: int
    security: Security
    username: str
    password: str
    sender: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt. `text` may name the recipient: it is shown, never logged."""

    outcome: Outcome
    code: int | None
    text: str


async def send(server: Server, message: EmailMessage, recipient: str) -> Answer:
    """Hand one mail over; never raises for what a server may do."""
    try:
        async with asyncio.timeout(server.seconds * 2):
            await aiosmtplib.send(
                message,
                sender=server.sender,
                recipients=[recipient],
                hostname=server.host,
                port=server.port,
                username=server.username or None,
                password=server.password or None,
                use_tls=server.security == "tls",
                start_tls=server.security == "starttls",
                timeout=server.seconds,
            )
    except aiosmtplib.SMTPRecipientsRefused as refused:
        first = refused.recipients[0]
        return _answer(first.code, first.message)
    except aiosmtplib.SMTPResponseException as refused:
        return _answer(refused.code, refused.message)
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        return _answer(None, type(error).__name__)
    return Answer(Outcome.SENT, 250, "")


def _answer(code: int | None, text: str) -> Answer:
    return Answer(outcome_of(code), code, text[:ANSWER_KEPT])
