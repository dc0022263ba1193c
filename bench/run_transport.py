#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Our transport beside the reference's over loopback, in all four pairings by turns; medians, ratios, targets.

Started by `./dev bench transport`. How it measures: docs/benchmarking.md.
"""

import argparse
import json
import os
import pathlib
import sys
import time

from transport import report
from transport.peers import RunFailed, find_peers, measure
from transport.rows import ROWS, Measurement, measurements
from transport.statistics import busy_share, order_of

ROOT = pathlib.Path(__file__).resolve().parents[1]
CROSSES = [("ours", "reference"), ("reference", "ours")]


def wanted_measurements(arguments: argparse.Namespace) -> list[Measurement]:
    everything = measurements(arguments.quick)
    if not arguments.only:
        return everything
    names = arguments.only.split(",")
    known = {row.name: row.needs for row in ROWS} | {measurement.name: (measurement.name,) for measurement in everything}
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"unknown: {', '.join(unknown)}; there are {', '.join(known)}")
    needed = {measurement for name in names for measurement in known[name]}
    return [measurement for measurement in everything if measurement.name in needed]


def stat_of_machine() -> list[int]:
    return [int(word) for word in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]


def children_seconds() -> float:
    times = os.times()
    return times.children_user + times.children_system + times.user + times.system


def run_all(arguments: argparse.Namespace) -> report.Results:
    peers, results = find_peers(ROOT), report.Results()
    for measurement in wanted_measurements(arguments):
        pairings = [report.OURS, *(CROSSES if measurement.crosses and not arguments.no_cross else []), report.REFERENCE]
        for run in range(min(arguments.runs, measurement.runs_max)):
            for pairing in order_of(pairings, run):
                run_one(peers, pairing, measurement, run, results)
    return results


def run_one(peers: dict, pairing: tuple, measurement: Measurement, run: int, results: report.Results) -> None:
    client, server = pairing
    note = f"{measurement.name} {run + 1}, {client} -> {server}"
    try:
        result = measure(peers[client], peers[server], measurement)
    except RunFailed as failure:
        results.failures.append(f"{note}: {failure}")
        print(f"{note}: FAILED: {failure}", file=sys.stderr)
        return
    results.add(pairing, measurement.name, result)
    costs = f", {report.cost([result])}" if "client" in result else ""
    print(f"{note}: {report.figure(result)}{costs}", file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0],
                                     epilog="example: ./dev bench transport --only bulk-1-up,ping --runs 3")
    parser.add_argument("--json", action="store_true", help="the last line is an array of the rows")
    parser.add_argument("--runs", type=int, default=5, help="runs of each pairing (default 5)")
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it works, not how fast")
    parser.add_argument("--only", metavar="NAME,..", help="only these rows or measurements")
    parser.add_argument("--no-cross", action="store_true", help="without ours against the reference")
    arguments = parser.parse_args()
    if arguments.runs < 1:
        parser.error("--runs must be at least 1")
    begin, before, own = time.monotonic(), stat_of_machine(), children_seconds()
    try:
        results = run_all(arguments)
    except RunFailed as failure:
        sys.exit(str(failure))
    foreign = busy_share(before, stat_of_machine(), children_seconds() - own, os.sysconf("SC_CLK_TCK"))
    print(f"{os.cpu_count()} cores, medians of {arguments.runs} runs{' of reduced size' if arguments.quick else ''}, "
          f"{time.monotonic() - begin:.0f} s; other processes used {foreign * 100:.0f} % of the machine"
          f"{': not for quoting' if foreign > 0.02 or arguments.quick else ''}")
    print("\n".join(["", *report.target_table(results), "", *report.pairing_table(results)]))
    for failure in results.failures:
        print(f"failed: {failure}")
    if arguments.json:
        print(json.dumps(report.as_json(results)))
    return 1 if results.failures else 0


if __name__ == "__main__":
    sys.exit(main())
