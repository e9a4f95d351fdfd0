"""Whether a chapter of an audit trail holds together: each entry's hash covers all before it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

GENESIS = bytes(32)


def is_intact(
    first: int, previous: bytes, hash_: bytes, records: Sequence[tuple[int, bytes]]
) -> bool:
    """Whether entries (number, digest) are all there, in their order, and lead from one hash to the other."""
    if first == 1 and previous != GENESIS:
        return False
    head = previous
    for place, (seq, digest) in enumerate(records):
        if seq != first + place:
            return False
        head = hashlib.sha256(head + digest).digest()
    return head == hash_ and bool(records)
