"""`make chaos`: the fault campaign on a stack of its own; the report goes to var/reports/chaos.json."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import shutil
import tempfile
import time
from pathlib import Path

from operations.ports import default_ports, free_ports
from operations.services import repository

from . import campaign, schedule


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument(
        "--minutes", type=float, default=10, help="6 of every 10 are faults; 60 to soak"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--scale", type=float, default=1.0, help="of the number of faults; 1 is all"
    )
    parser.add_argument("--rate", type=float, default=12.0, help="commands a second")
    parser.add_argument("--replay", type=Path, help="a schedule that an earlier run kept")
    parser.add_argument("--var", type=Path, help="the stack's folder; a temporary one by default")
    options = parser.parse_args()
    # That Kafka is away is meant.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)

    seconds = options.minutes * 36
    scale = options.scale * max(1.0, options.minutes / 10)
    seed, faults = options.seed, schedule.draw(options.seed, seconds, scale=scale)
    if options.replay:
        seed, faults = schedule.load(options.replay)
        seconds = max(seconds, faults[-1].at + 10)
    reports = repository() / "var" / "reports"
    schedule.save(reports / "chaos-schedule.json", seed, faults)
    given = "TONGHENG_PORT_BASE" in os.environ
    settings = campaign.Settings(seed, seconds, faults, rate=options.rate)
    began = time.monotonic()
    folder = options.var or Path(tempfile.mkdtemp(prefix="tongheng-chaos-"))
    folder.chmod(0o755) if folder.exists() else folder.mkdir(parents=True)
    report = asyncio.run(
        campaign.run(folder / "var", default_ports() if given else free_ports(), settings)
    )
    if not options.replay and options.scale >= 1:
        report.missing = campaign.short_of(report)
    campaign.write(reports / "chaos.json", report)
    show(report, time.monotonic() - began)
    failed = bool(report.found or report.never_an_effect or report.missing)
    if failed:
        campaign.messages.print(f"the stack's logs and data stay in {folder}")
    elif not options.var:
        shutil.rmtree(folder, ignore_errors=True)
    raise SystemExit(failed)


def show(report: campaign.Report, seconds: float) -> None:
    """The report in short."""
    say = campaign.messages.print
    say(
        f"{sum(report.faults.values())} faults, {report.commands} commands ({report.commands_per_second}/s): "
        f"{report.commands_ok} ok, {report.commands_refused} refused, {report.commands_unknown} unknown; "
        f"lost {len(report.lost)}, doubled {len(report.doubled)}, differences {len(report.differences)}; "
        f"quiet after {report.seconds_to_quiet} s; {seconds:.0f} s in all"
    )
    say(report.happened)
    for one in report.found[:40]:
        say(one, markup=False, highlight=False, soft_wrap=True)
    for kind in report.never_an_effect:
        say(f"{kind} never had an effect: the run does not count")
    for one in report.missing:
        say(f"{one}: the run does not count")


if __name__ == "__main__":
    main()
