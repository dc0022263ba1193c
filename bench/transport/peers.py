# SPDX-License-Identifier: MIT OR Apache-2.0
"""Starts the two programs of a pairing. Both have the command line of docs/benchmarking.md."""

import json
import pathlib
import subprocess

from transport.rows import Measurement

LIMIT_SECONDS = 120


class RunFailed(Exception):
    """A program failed or said nothing in time."""


class Peer:
    def __init__(self, name: str, command: list):
        self.name = name
        self.command = [str(word) for word in command]

    def options_for(self, measurement: Measurement) -> list[str]:
        return list(measurement.both) + (list(measurement.ours) if self.name == "ours" else [])


def find_peers(root: pathlib.Path) -> dict[str, Peer]:
    programs = {
        "ours": [root / "build" / "release" / "tools" / "iroh", "bench"],
        "reference": [root / "build" / "reference" / "release" / "transport-reference"],
    }
    for command in programs.values():
        if not command[0].exists():
            raise RunFailed(f"{command[0]} is missing: ./dev bench transport builds it")
    return {name: Peer(name, command) for name, command in programs.items()}


def measure(client: Peer, server: Peer, measurement: Measurement) -> dict:
    """One run of both programs; the object that the client printed."""
    if not measurement.needs_server:
        return run_client(client, measurement, [])
    process = subprocess.Popen([*server.command, "server", "--json", *server.options_for(measurement)],
                               stdout=subprocess.PIPE, text=True)
    try:
        ready = read_object(process.stdout.readline(), server)
        return run_client(client, measurement, ["--id", ready["id"], "--addr", ready["addr"]])
    finally:
        process.kill()
        process.wait()


def run_client(client: Peer, measurement: Measurement, remote: list[str]) -> dict:
    command = [*client.command, "client", *measurement.client, *remote, "--json", *client.options_for(measurement)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        raise RunFailed(f"{client.name}: no result after {LIMIT_SECONDS} s") from None
    if done.returncode != 0:
        raise RunFailed(f"{client.name} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return read_object(done.stdout, client)


def read_object(text: str, peer: Peer) -> dict:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise RunFailed(f"{peer.name} printed {text!r}") from None
