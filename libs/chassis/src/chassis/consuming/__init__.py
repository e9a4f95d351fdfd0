"""Events arrive through here: in batches, each effect once, nothing skipped, poison parked."""

from __future__ import annotations

from chassis.consuming.consumers import Consumers, Handler
from chassis.consuming.decoder import Message, Unreadable, decode
from chassis.consuming.inbox import Counts, Inbox
from chassis.consuming.parking import SettleEarlierFirst
from chassis.consuming.troubles import is_transient, reason_of
from chassis.consuming.worker import GATHER_SECONDS, Worker

__all__ = [
    "GATHER_SECONDS",
    "Consumers",
    "Counts",
    "Handler",
    "Inbox",
    "Message",
    "SettleEarlierFirst",
    "Unreadable",
    "Worker",
    "decode",
    "is_transient",
    "reason_of",
]
