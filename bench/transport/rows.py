# SPDX-License-Identifier: MIT OR Apache-2.0
"""What is measured, and which rows of the table come of it."""

import dataclasses
from collections.abc import Callable

from transport.statistics import Target

GIB = 1 << 30


@dataclasses.dataclass(frozen=True)
class Measurement:
    """One client run against one server. Results are the objects that the clients print (docs/benchmarking.md)."""

    name: str
    client: tuple[str, ...]
    both: tuple[str, ...] = ()  # options of server and client
    ours: tuple[str, ...] = ()  # options that only our programs have
    crosses: bool = True  # also between ours and the reference
    needs_server: bool = True
    runs_max: int = 100


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    unit: str
    target: Target
    value: Callable[[dict[str, dict]], float]  # from the results of the named measurements
    needs: tuple[str, ...]


def cpu_seconds(result: dict, side: str) -> float:
    return result[side]["user"] + result[side]["system"]


def cpu_per_gb(result: dict) -> float:
    return (cpu_seconds(result, "client") + cpu_seconds(result, "server")) / (result["bytes"] / 1e9)


def gbit_per_second(result: dict) -> float:
    return result["bytes"] * 8e-9 / result["seconds"]


def measurements(quick: bool) -> list[Measurement]:
    """Sizes for about two seconds each on two idle cores; quick ones only show that everything works."""
    bulk = GIB // 8 if quick else GIB
    few = 10 if quick else 1

    def throughput(name: str, direction: str, size: int, *more: str, **options) -> Measurement:
        return Measurement(name, ("throughput", "--direction", direction, "--size", str(size), *more), **options)

    def counted(name: str, test: str, count: int, *more: str, option: str = "--count", **options) -> Measurement:
        return Measurement(name, (test, option, str(count // few), *more), **options)

    rounds = {"option": "--rounds"}
    settle = ("--settle", "1" if quick else "5")
    return [
        throughput("up", "up", bulk),
        throughput("down", "down", bulk),
        throughput("up-8", "up", bulk, "--streams", "8"),
        throughput("no-gso", "up", bulk // 2, both=("--no-gso",)),
        counted("datagrams", "datagrams", 1_000_000),
        counted("handshakes", "handshakes", 1_000, "--fresh-endpoints"),
        counted("resumptions", "handshakes", 2_000),
        counted("ping", "latency", 20_000, **rounds),
        counted("ping-spin", "latency", 20_000, ours=("--spin",), crosses=False, **rounds),
        counted("memory", "memory", 1_000, *settle, crosses=False, runs_max=3),
        counted("endpoints", "endpoints", 50, crosses=False, needs_server=False),
        throughput("up-aes-128", "up", bulk, both=("--cipher", "aes-128-gcm"), crosses=False),
        throughput("up-aes-256", "up", bulk, both=("--cipher", "aes-256-gcm"), crosses=False),
    ]


def _only(name: str, value: Callable[[dict], float]) -> dict:
    return {"needs": (name,), "value": lambda results: value(results[name])}


def _handshakes_per_cpu_second(result: dict) -> float:
    return result["count"] / cpu_seconds(result, "server")


ROWS = [
    Row("bulk-1-up", "Gbit/s", Target(2, True), **_only("up", gbit_per_second)),
    Row("bulk-1-down", "Gbit/s", Target(2, True), **_only("down", gbit_per_second)),
    Row("bulk-8-up", "Gbit/s", Target(2.5, True), **_only("up-8", gbit_per_second)),
    Row("cpu-per-gb", "CPU-s/GB", Target(0.5, False), needs=("up", "down"),
        value=lambda results: (cpu_per_gb(results["up"]) + cpu_per_gb(results["down"])) / 2),
    Row("bulk-no-gso", "Gbit/s", Target(1.3, True), **_only("no-gso", gbit_per_second)),
    Row("datagrams", "1/s", Target(2, True), **_only("datagrams", lambda result: result["received"] / result["seconds"])),
    Row("handshakes", "1/server CPU-s", Target(1.6, True), **_only("handshakes", _handshakes_per_cpu_second)),
    Row("ping", "us", Target(0.9, False), **_only("ping", lambda result: result["p50"] * 1e6)),
    Row("ping-spin", "us", Target(0.25, False), **_only("ping-spin", lambda result: result["p50"] * 1e6)),
    Row("memory-connection", "KB", Target(0.35, False), **_only("memory", lambda result: result["server_bytes_each"] / 1e3)),
    Row("memory-endpoint", "KB", Target(0.5, False), **_only("endpoints", lambda result: result["bytes_each"] / 1e3)),
]

# Not asked for by the target table, but needed to judge it: the same cipher on both sides, resumed sessions.
MORE_ROWS = [
    Row("bulk-1-up, both AES-128", "Gbit/s", Target(2, True), **_only("up-aes-128", gbit_per_second)),
    Row("bulk-1-up, both AES-256", "Gbit/s", Target(2, True), **_only("up-aes-256", gbit_per_second)),
    Row("cpu-per-gb, both AES-128", "CPU-s/GB", Target(0.5, False), **_only("up-aes-128", cpu_per_gb)),
    Row("cpu-per-gb, both AES-256", "CPU-s/GB", Target(0.5, False), **_only("up-aes-256", cpu_per_gb)),
    Row("handshakes, resumed", "1/server CPU-s", Target(1.6, True), **_only("resumptions", _handshakes_per_cpu_second)),
    Row("ping, p99", "us", Target(1, False), **_only("ping", lambda result: result["p99"] * 1e6)),
]


def figure(result: dict) -> str:
    """A result of any measurement in a few words, for the table of all pairings."""
    if result["test"] == "throughput":
        return f"{gbit_per_second(result):6.2f} Gbit/s"
    if result["test"] == "datagrams":
        return f"{result['received'] / result['seconds'] / 1e3:6.0f} k/s, {result['sent'] - result['received']:.0f} lost"
    if result["test"] == "handshakes":
        return f"{_handshakes_per_cpu_second(result):6.0f} /CPU-s"
    if result["test"] == "latency":
        return f"{result['p50'] * 1e6:6.1f} us"
    return ""
