# SPDX-License-Identifier: MIT OR Apache-2.0
"""Starts and drives one peer program (ours, py, node, noq, our-blobs or blobs) by the protocol of README.md. Knows nothing about test cases."""

import json
import os
import pathlib
import queue
import signal
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "interop"
PEERS = pathlib.Path(os.environ.get("IROH_PEERS_DIR", ROOT / "build" / "peers"))
BUILD = pathlib.Path(os.environ.get("IROH_BUILD_DIR", ROOT / "build" / "dev"))


class PeerError(AssertionError):
    """The peer program broke the protocol, died, or was too slow."""


def command(side: str) -> list:
    return {
        "ours": [str(BUILD / "tests" / "interop" / "interop_peer")],
        "py": [str(PEERS / "venv" / "bin" / "python"), str(HERE / "python" / "peer.py")],
        "node": ["node", "--no-deprecation", str(HERE / "node" / "peer.mjs")],
        "noq": [str(PEERS / "bin" / "noq-peer")],
        "our-blobs": [str(BUILD / "tests" / "interop" / "blobs_peer")],
        "blobs": [str(PEERS / "bin" / "blobs-peer")],
    }[side]


def require(side: str) -> None:
    """A missing peer is a failure that says what to do, never a skip."""
    needed = {
        "ours": BUILD / "tests" / "interop" / "interop_peer",
        "py": PEERS / "venv" / "bin" / "python",
        "node": PEERS / "node" / "node_modules" / "@number0" / "iroh",
        "noq": PEERS / "bin" / "noq-peer",
        "our-blobs": BUILD / "tests" / "interop" / "blobs_peer",
        "blobs": PEERS / "bin" / "blobs-peer",
    }[side]
    if not needed.exists():
        hint = "./dev build" if side.startswith("our") else "./dev setup peers"
        raise PeerError(f"{needed} is missing: run {hint} first")


class PeerProcess:
    """One running peer. Output lines are results (member op) or events (member event), kept apart."""

    def __init__(self, side: str, role: str, *arguments: str):
        require(side)
        self.name = f"{side} {role}"
        environment = dict(os.environ, IROH_NODE_MODULES=str(PEERS / "node" / "node_modules"))
        environment.pop("RUST_BACKTRACE", None)
        roles = [role] if role else []  # the blobs peers take both roles at once
        self.process = subprocess.Popen([*command(side), *roles, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, encoding="utf-8", env=environment)
        self.results, self.events, self.errors = queue.Queue(), queue.Queue(), []
        self.readers = [threading.Thread(target=reader, daemon=True) for reader in (self._read_output, self._read_errors)]
        for reader in self.readers:
            reader.start()
        ready = self.event("ready", 30)
        self.id, self.addr, self.ticket = ready["id"], ready["addr"], ready["ticket"]

    def _read_output(self):
        for line in self.process.stdout:
            try:
                message = json.loads(line)
            except ValueError:
                self.errors.append(f"not JSON: {line!r}")
                continue
            (self.events if "event" in message else self.results).put(message)
        self.results.put(None)
        self.events.put(None)

    def _read_errors(self):
        for line in self.process.stderr:
            self.errors.append(line.rstrip())
            del self.errors[:-50]

    def _take(self, source: queue.Queue, what: str, seconds: float) -> dict:
        try:
            message = source.get(timeout=seconds)
        except queue.Empty:
            raise PeerError(self.describe(f"no {what} within {seconds:.0f} s")) from None
        if message is None:
            source.put(None)
            raise PeerError(self.describe(f"ended before {what}"))
        return message

    def describe(self, text: str) -> str:
        return "\n".join([f"{self.name}: {text}", *self.errors[-20:]])

    def send(self, **request) -> None:
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()

    def op(self, op: str, limit: float = 60, **members) -> dict:
        """Runs one operation and returns its result line."""
        self.send(op=op, **members)
        return self.result(op, limit)

    def result(self, op: str, limit: float = 60) -> dict:
        """The result line of an operation that was sent before."""
        result = self._take(self.results, f"result of {op}", limit)
        if result.get("op") != op or "ok" not in result:
            raise PeerError(self.describe(f"wrong answer to {op}: {result}"))
        return result

    def done(self, op: str, limit: float = 60, **members) -> dict:
        """As op, and the operation must succeed."""
        result = self.op(op, limit, **members)
        if not result["ok"]:
            raise PeerError(self.describe(f"{op} failed: {result}"))
        return result

    def event(self, name: str, seconds: float = 20) -> dict:
        """The next event of that name; others before it are dropped."""
        end = time.monotonic() + seconds
        while True:
            message = self._take(self.events, f"event {name}", max(0.01, end - time.monotonic()))
            if message["event"] == name:
                return message

    def is_silent(self, seconds: float) -> bool:
        """True if no result comes in this time."""
        try:
            self.results.queue or self.results.put(self.results.get(timeout=seconds))
        except queue.Empty:
            return True
        return False

    def pause(self) -> None:
        """Returns when the process stands still."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def quit(self) -> None:
        """A clean end: result line, exit code 0."""
        self.done("quit")
        code = self.process.wait(timeout=20)
        self.join()
        if code != 0:
            raise PeerError(self.describe(f"exit code {code}"))

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.join()

    def join(self) -> None:
        self.process.stdin.close()
        for reader in self.readers:
            reader.join(timeout=5)
        self.process.stdout.close()
        self.process.stderr.close()
