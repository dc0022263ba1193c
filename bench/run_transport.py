#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""One stream over loopback, ours and the reference in turns: medians of throughput and CPU time, and their ratio.

Both programs have the command line and output of bench/reference/README.md. Started by `./dev bench transport`.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAMS = {
    "ours": ROOT / "build" / "release" / "bench" / "transport_pair",
    "reference": ROOT / "build" / "reference" / "release" / "transport-reference",
}
LIMIT_SECONDS = 300


def read_result(text: str, role: str, size: int) -> dict:
    """The line of that role in a program's output."""
    for line in text.splitlines():
        message = json.loads(line)
        if message.get("role") == role:
            if message["bytes"] != size:
                raise RuntimeError(f"{role} counted {message['bytes']} bytes instead of {size}")
            return message
    raise RuntimeError(f"no result of {role} in {text!r}")


def transfer(program: pathlib.Path, size: int) -> dict:
    """One server, one sender: throughput as the sender saw it, CPU seconds of both processes."""
    server = subprocess.Popen([program, "serve"], stdout=subprocess.PIPE, text=True)
    try:
        ready = json.loads(server.stdout.readline())
        sender = subprocess.run([program, "send", "--id", ready["id"], "--addr", ready["addr"], "--bytes", str(size)],
                                stdout=subprocess.PIPE, text=True, timeout=LIMIT_SECONDS, check=True)
        served, _ = server.communicate(timeout=30)
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()
    sent, received = read_result(sender.stdout, "send", size), read_result(served, "serve", size)
    return {"mb_per_s": size / 1e6 / sent["seconds"], "cpu_s_per_gb": (sent["cpu_seconds"] + received["cpu_seconds"]) / (size / 1e9),
            "send_cpu_s_per_gb": sent["cpu_seconds"] / (size / 1e9), "serve_cpu_s_per_gb": received["cpu_seconds"] / (size / 1e9)}


def measure(programs: dict, size: int, runs: int) -> dict:
    """The sides alternate, so that a change of the machine's mood meets both; the first, uncounted round warms up."""
    results = {side: [] for side in programs}
    for number in range(runs + 1):
        for side, program in programs.items():
            result = transfer(program, size)
            note = "warm-up" if number == 0 else f"run {number}"
            print(f"{note:>8}  {side:<10}{result['mb_per_s']:>8.0f} MB/s  {result['cpu_s_per_gb']:.2f} CPU s/GB", file=sys.stderr)
            if number:
                results[side].append(result)
    return {side: {key: statistics.median(result[key] for result in runs_of_side) for key in runs_of_side[0]}
            for side, runs_of_side in results.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mib", type=int, default=1024, help="size of one transfer (default 1024)")
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each side (default 5)")
    parser.add_argument("--only", choices=PROGRAMS, help="measure one side")
    parser.add_argument("--json", action="store_true", help="print one object on stdout")
    arguments = parser.parse_args()
    programs = {side: path for side, path in PROGRAMS.items() if arguments.only in (None, side)}
    for side, path in programs.items():
        if not path.exists():
            sys.exit(f"{path} is missing: ./dev bench transport builds it")
    medians = measure(programs, arguments.mib * 1024 * 1024, arguments.runs)
    report = {"mib": arguments.mib, "runs": arguments.runs, "cores": os.cpu_count(), "medians": medians}
    if len(medians) == 2:
        report["throughput_ratio"] = medians["ours"]["mb_per_s"] / medians["reference"]["mb_per_s"]
        report["cpu_ratio"] = medians["ours"]["cpu_s_per_gb"] / medians["reference"]["cpu_s_per_gb"]
    if arguments.json:
        print(json.dumps(report))
        return 0
    print(f"one stream of {arguments.mib} MiB over loopback, {os.cpu_count()} cores, medians of {arguments.runs} runs")
    print(f"{'':<12}{'MB/s':>8}{'CPU s/GB':>10}{'sender':>9}{'receiver':>10}")
    for side, median in medians.items():
        print(f"{side:<12}{median['mb_per_s']:>8.0f}{median['cpu_s_per_gb']:>10.2f}"
              f"{median['send_cpu_s_per_gb']:>9.2f}{median['serve_cpu_s_per_gb']:>10.2f}")
    if "throughput_ratio" in report:
        print(f"ours / reference: throughput {report['throughput_ratio']:.2f}, CPU per byte {report['cpu_ratio']:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
