# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs `iroh send`, `iroh receive` and the real `sendme`, and makes and compares trees of files. Knows nothing about test cases."""

import contextlib
import hashlib
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

from pipe_tool import BUILD, PEERS, ToolError, environment

COMMANDS = {"ours": [str(BUILD / "tools" / "iroh")], "real": [str(PEERS / "bin" / "sendme")]}
HINTS = {"ours": "./dev build", "real": "./dev setup peers"}
OFFLINE = ("--relay", "disabled", "--magic-ipv4-addr", "127.0.0.1:0", "--no-progress")
TICKET = re.compile(r"(blob[a-z2-7]{40,})$")


def command(side: str, verb: str, *arguments: str) -> list:
    if not pathlib.Path(COMMANDS[side][0]).exists():
        raise ToolError(f"{COMMANDS[side][0]} is missing: run {HINTS[side]} first")
    return [*COMMANDS[side], verb, *OFFLINE, *arguments]


class Sender:
    """A running sender. stdout and stderr are one pipe, as in `... 2>&1 |`: the third line ends with the ticket."""

    def __init__(self, side: str, path, *arguments: str, cwd=None, **extra):
        self.side = side
        self.process = subprocess.Popen(command(side, "send", *arguments, str(path)), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=cwd,
                                        env=environment(**extra))
        self.lines, self.changed = [], threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line.rstrip("\n"))
                self.changed.notify_all()

    def line(self, index: int, limit: float = 60) -> str:
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.lines) > index or self.process.poll() is not None, limit) \
                    or len(self.lines) <= index:
                raise ToolError(f"{self.side} send: no line {index}:\n" + "\n".join(self.lines))
            return self.lines[index]

    def ticket(self, limit: float = 60) -> str:
        found = TICKET.search(self.line(2, limit))
        if not found:
            raise ToolError(f"{self.side} send: no ticket in the third line:\n" + "\n".join(self.lines))
        return found.group(1)

    def signal(self, number: int, limit: float = 10) -> int:
        self.process.send_signal(number)
        return self.process.wait(limit)

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def receive(side: str, ticket: str, cwd, *arguments: str, limit: float = 120) -> subprocess.CompletedProcess:
    return subprocess.run(command(side, "receive", *arguments, ticket), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=limit, cwd=cwd, env=environment())


def start_receive(side: str, ticket: str, cwd, *arguments: str) -> subprocess.Popen:
    return subprocess.Popen(command(side, "receive", *arguments, ticket), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, cwd=cwd, env=environment())


def data_directories(folder, kind: str) -> list:
    return sorted(pathlib.Path(folder).glob(f".sendme-{kind}-*"))


def stored_bytes(folder) -> int:
    """What the files below take on the disk; holes do not count."""
    total = 0
    for path in pathlib.Path(folder).rglob("*"):
        with contextlib.suppress(OSError):
            total += path.lstat().st_blocks * 512 if path.is_file() else 0
    return total


def wait_until(condition, limit: float, what: str) -> None:
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            raise ToolError(f"{what}: not within {limit:.0f} s")
        time.sleep(0.002)


def write(path: pathlib.Path, content: bytes) -> pathlib.Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def random_file(path: pathlib.Path, size: int, seed: int = 1) -> pathlib.Path:
    """The same bytes for the same seed; no two blocks are equal."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for offset in range(0, size, 1 << 20):
            part = hashlib.shake_128(f"{seed} {offset}".encode()).digest(min(1 << 20, size - offset))
            file.write(part)
    return path


def tree(folder) -> dict:
    """Relative path -> hash of the content, for all regular files that do not belong to the tools."""
    found = {}
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".sendme-")]
        for name in files:
            path = os.path.join(parent, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def make_vector_tree(folder: pathlib.Path) -> pathlib.Path:
    """D1 of tools.md 2.8: 125 files on three levels."""
    for i in range(5):
        for j in range(5):
            for k in range(5):
                write(folder / f"dir-{i}" / f"subdir-{j}" / f"file-{k}", bytes(100 * i + 10 * j + k))
    return folder


SIGNALS = {"int": signal.SIGINT, "term": signal.SIGTERM, "hup": signal.SIGHUP}
