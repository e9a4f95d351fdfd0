"""What the fault campaign is made of: its schedule, its proxy, the model that its journal is held against."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from .chaos import schedule
from .chaos.journal import Command, differences, expected, lost_and_doubled
from .chaos.proxy import Proxy, Weather
from .chaos.stack import Hits, free

D = Decimal


def test_a_schedule_has_every_fault_of_the_table_and_is_drawn_from_its_seed(tmp_path: Path) -> None:
    faults = schedule.draw(7, 360)

    assert schedule.counts(faults) == dict(sorted(schedule.FAULTS.items()))
    assert len(faults) >= 120
    assert faults == schedule.draw(7, 360) != schedule.draw(8, 360)
    assert [fault.at for fault in faults] == sorted(fault.at for fault in faults)
    assert faults[0].at >= 0
    assert faults[-1].at < 360
    killed = {fault.target for fault in faults if fault.kind == "sigkill"}
    assert killed == set(schedule.SERVICES)

    schedule.save(tmp_path / "kept.json", 7, faults)
    assert schedule.load(tmp_path / "kept.json") == (7, faults)


def test_fewer_faults_still_have_one_of_each_kind() -> None:
    assert set(schedule.counts(schedule.draw(1, 60, scale=0.01))) == set(schedule.FAULTS)


def test_an_armed_point_is_counted_once_it_was_hit(tmp_path: Path) -> None:
    hits = Hits(tmp_path)
    armed = hits.arm("F9", "sales")
    assert hits.count() == {}
    armed.rename(tmp_path / "hit-F9.sales-1-2")
    assert hits.count() == {"F9": 1}


# -- the proxy -----------------------------------------------------------------------------------------------


@asynccontextmanager
async def echoing() -> AsyncGenerator[tuple[Proxy, list[bytes]]]:
    """A server that answers `done` to each piece, behind a proxy; and the pieces that reached it."""
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(1000):
            heard.append(piece)
            writer.write(b"done")
            await writer.drain()
        writer.close()

    front, behind = free(2)
    server = await asyncio.start_server(answer, "127.0.0.1", behind)
    proxy = Proxy(front, behind)
    await proxy.start()
    try:
        yield proxy, heard
    finally:
        await proxy.stop()
        server.close()


async def asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, said: bytes) -> bytes:
    writer.write(said)
    async with asyncio.timeout(30):
        return await reader.read(1000)


async def test_a_connection_is_cut_after_its_commit_has_reached_the_server() -> None:
    async with echoing() as (proxy, heard):
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        assert await asked(reader, writer, b"BEGIN;\x00") == b"done"
        proxy.weather.cut_after_commit = 1
        with pytest.raises(ConnectionError):
            assert await asked(reader, writer, b"COMMIT;\x00") != b"done"
            raise ConnectionResetError
        assert heard == [b"BEGIN;\x00", b"COMMIT;\x00"]
        assert (proxy.cut, proxy.weather.cut_after_commit) == (1, 0)
        writer.close()


async def test_a_reset_ends_every_connection_and_the_next_one_works() -> None:
    async with echoing() as (proxy, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        assert await asked(reader, writer, b"one") == b"done"
        assert proxy.reset() == 1
        with pytest.raises(ConnectionError):
            async with asyncio.timeout(30):
                if not await reader.read(10):
                    raise ConnectionResetError
        again, to = await asyncio.open_connection("127.0.0.1", proxy.port)
        assert await asked(again, to, b"two") == b"done"
        to.close()
        writer.close()


async def test_answers_that_are_held_come_later_and_whole() -> None:
    async with echoing() as (proxy, heard):
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        proxy.weather.answers_held_until = time.monotonic() + 0.3
        began = time.monotonic()
        assert await asked(reader, writer, b"one") == b"done"
        assert time.monotonic() - began >= 0.25
        assert heard == [b"one"]
        writer.close()


def test_weather_is_calm_again_by_itself() -> None:
    weather = Weather(delay=0.3, bytes_per_second=64_000, calm_at=100.0)
    assert weather.pause(64_000, 99.0) == pytest.approx(1.3)
    assert weather.pause(64_000, 100.0) == 0


# -- the journal and its model -------------------------------------------------------------------------------


def done(
    kind: str, answer: dict[str, Any], body: dict[str, Any] | None = None, **context: Any
) -> Command:
    return Command(kind, "/", body or {}, "k", context, outcome="ok", answer=answer)


def traded() -> list[Command]:
    """10 pieces came, 8 and 5 are ordered, 6 went out, 1 came back, 4.00 were paid."""
    lines = [{"line": 1, "item": "A", "quantity": "8"}]
    return [
        done("adjust", {"id": "a1"}, {"lines": [{"item": "A", "quantity": "10"}]}),
        done("place", {"id": "o1", "lines": lines}),
        done("place", {"id": "o2", "lines": [{"line": 1, "item": "A", "quantity": "5"}]}),
        done("ship", {"id": "d1", "order": "o1", "customer": "C", "amount_gross": "60.00",
                      "lines": [{"line": 1, "item": "A", "quantity": "6"}]}),
        done("take-back", {"id": "r1"}, {"lines": [{"quantity": "1"}]}, item="A", customer="C", gross="10.00"),
        done("pay", {"id": "p1", "partner": "C", "amount": "4.00"}),
        Command("place", "/", {}, "k", outcome="refused", answer={"id": "never"}),
    ]  # fmt: skip


def test_the_model_knows_stock_reservations_and_what_customers_owe() -> None:
    model = expected(traded())

    stock = model.stock["A"]
    assert (stock.on_hand, stock.quarantine, stock.open_orders, stock.reserved) == (5, 1, 7, 4)
    assert model.owed == {"C": D("46.00")}
    assert model.documents["place"] == {"o1", "o2"}

    inspected = expected([*traded(), done("inspect", {"id": "r1"}, {"lines": [{"accepted": "1"}]}, item="A")])  # fmt: skip
    assert inspected.stock["A"].reserved == 5
    cancelled = expected([*traded(), done("cancel", {"id": "o2"}, order="o2")])
    assert cancelled.stock["A"].reserved == 2


def test_the_model_follows_transfers_and_production() -> None:
    moved = {"id": "t1", "lines": [{"item": "T", "quantity": "3"}]}
    released = done("make-release", {"id": "m1"}, order="m1", component="C", needed=4)
    issued = done("make-issue", {"id": "m1"}, order="m1")
    completed = done("make-complete", {"id": "m1"}, {"quantity": "2"}, order="m1", item="M")

    model = expected([done("transfer-ship", moved), released, issued, completed])

    assert (model.stock["T"].on_hand, model.stock["T"].in_transit) == (-3, 3)
    assert (model.stock["C"].on_hand, model.stock["C"].open_orders) == (-4, 0)
    assert model.stock["M"].on_hand == 2
    assert expected([released]).stock["C"].open_orders == 4
    assert expected([released, completed]).stock["C"].open_orders == 0


def test_whatever_differs_from_the_model_is_named() -> None:
    model = expected(traded())
    right = {"A": {"on_hand": D(5), "reserved": D(4), "in_transit": D(0)}}
    assert differences(model, right, {"C": D("46.00")}) == []
    wrong = {"A": {**right["A"], "reserved": D(5)}}
    assert differences(model, wrong, {"C": D("46.01")}) == [
        "A reserved: 5, by the journal 4",
        "C owes 46.01, by the journal 46.00",
    ]
    assert lost_and_doubled(model, {"place": {"o1", "o3"}}) == (["place o2"], ["place o3"])
