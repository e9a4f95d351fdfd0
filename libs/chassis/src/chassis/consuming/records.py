"""Kafka's records, read also where the client library refuses: a header's name that is no UTF-8.

The library raises in the midst of what it fetched, at every attempt, and the partition would stand still for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record import default_records, memory_records

_libraries: Any = default_records
_fast: Any = memory_records.MemoryRecords
_LENGTH_AT, _MAGIC_AT, _BEFORE_LENGTH = 8, 16, 12


class _Text(bytearray):
    """Bytes that always become text."""

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return super().decode(encoding, "backslashreplace")


class _Buffer(bytearray):
    """Bytes whose parts are `_Text`."""

    def __getitem__(self, place: Any) -> Any:
        parent: Any = super()
        found: Any = parent.__getitem__(place)
        return _Text(found) if isinstance(place, slice) else found


class _Patient(_libraries._DefaultRecordBatchPy):  # pyright: ignore[reportUntypedBaseClass]
    """The library's own reading in Python, of text whatever it is."""

    def __iter__(self) -> Any:
        parent: Any = super()
        made: Any = parent.__iter__()
        self._buffer: Any = _Buffer(self._buffer)
        return made


class _Batch:
    """A batch as the library reads it, and once more, patiently, where that fails."""

    def __init__(self, fast: Any, raw: bytes) -> None:
        self._fast = fast
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._fast, name)

    def __next__(self) -> Any:
        return next(self._fast)

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from self._fast
        except (UnicodeDecodeError, CorruptRecordException) as error:
            if self._raw[_MAGIC_AT] < 2:
                raise
            # What was given already has been passed: the fetcher skips offsets below its own.
            # What is truly corrupt fails here again.
            try:
                yield from cast("Iterator[Any]", _Patient(bytearray(self._raw)))
            except CorruptRecordException:
                raise error from None


class Records:
    """What one fetch brought of a partition."""

    def __init__(self, data: bytes) -> None:
        self._fast = _fast(data)
        self._data = data
        self._at = 0
        self.has_next = self._fast.has_next
        self.size_in_bytes = self._fast.size_in_bytes

    def next_batch(self) -> Any:
        """The next batch, or None."""
        batch = self._fast.next_batch()
        if batch is None:
            return None
        start = self._at
        length = int.from_bytes(self._data[start + _LENGTH_AT : start + _BEFORE_LENGTH], "big")
        self._at = start + _BEFORE_LENGTH + length
        return _Batch(batch, self._data[start : self._at])


def install() -> None:
    """From here on, every consumer of this process reads so."""
    cast("Any", fetcher).MemoryRecords = Records
