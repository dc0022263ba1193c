# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs `iroh pipe` and the real `dumbpipe`, and moves bulk data through pipes and sockets. Knows nothing about test cases."""

import hashlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "interop"
PEERS = pathlib.Path(os.environ.get("IROH_PEERS_DIR", ROOT / "build" / "peers"))
BUILD = pathlib.Path(os.environ.get("IROH_BUILD_DIR", ROOT / "build" / "dev"))

COMMANDS = {"ours": [str(BUILD / "tools" / "iroh"), "pipe"], "real": [str(PEERS / "bin" / "dumbpipe")]}
HINTS = {"ours": "./dev build", "real": "./dev setup peers"}
CHUNK = 256 * 1024
BLOCK = bytes(range(251)) * (CHUNK // 251 + 2)
TICKET = re.compile(r"\b(endpoint[a-z2-7]{40,})")
START_LIMIT = 30  # dumbpipe waits 5 s for relays that it cannot reach here


class ToolError(AssertionError):
    pass


def environment(**extra) -> dict:
    clean = {name: value for name, value in os.environ.items()
             if name not in ("IROH_SECRET", "RUST_LOG", "IROH_LOG", "RUST_BACKTRACE")}
    return {**clean, **extra}


def command(side: str, *arguments: str) -> list:
    if not pathlib.Path(COMMANDS[side][0]).exists():
        raise ToolError(f"{COMMANDS[side][0]} is missing: run {HINTS[side]} first")
    return [*COMMANDS[side], *arguments]


def run(side: str, *arguments: str, stdin: bytes = b"", limit: float = 60, **extra) -> subprocess.CompletedProcess:
    """One tool from start to exit."""
    return subprocess.run(command(side, *arguments), input=stdin, capture_output=True, timeout=limit, env=environment(**extra))


def pattern(size: int):
    """size bytes of the sequence i mod 251, in pieces."""
    for offset in range(0, size, CHUNK):
        start = offset % 251
        yield BLOCK[start : start + min(CHUNK, size - offset)]


def pattern_sha256(size: int) -> str:
    digest = hashlib.sha256()
    for part in pattern(size):
        digest.update(part)
    return digest.hexdigest()


class Reader(threading.Thread):
    """Reads a file object or socket to its end in the background and keeps count and hash (and the first bytes)."""

    def __init__(self, read):
        super().__init__(daemon=True)
        self.read, self.count, self.digest, self.head = read, 0, hashlib.sha256(), b""
        self.start()

    def run(self):
        while part := self.read(CHUNK):
            self.digest.update(part)
            self.count += len(part)
            if len(self.head) < 4096:
                self.head += part[:4096]

    def wait(self, limit: float) -> tuple:
        self.join(limit)
        if self.is_alive():
            raise ToolError(f"no end of data after {limit:.0f} s, {self.count} bytes so far")
        return self.count, self.digest.hexdigest()


class Writer(threading.Thread):
    """Writes pattern bytes in the background and then ends the direction."""

    def __init__(self, write, end, size: int):
        super().__init__(daemon=True)
        self.write, self.end, self.size, self.error = write, end, size, None
        self.start()

    def run(self):
        try:
            for part in pattern(self.size):
                self.write(part)
            self.end()
        except OSError as error:
            self.error = error


class Tool:
    """A running tool with its standard streams. With `output`, a file descriptor, its stdout goes there and is not read."""

    def __init__(self, side: str, *arguments: str, output=subprocess.PIPE, **extra):
        self.name = " ".join([side, *arguments[:1]])
        self.process = subprocess.Popen(command(side, *arguments), stdin=subprocess.PIPE, stdout=output,
                                        stderr=subprocess.PIPE, bufsize=0, env=environment(**extra))
        self.stdout = Reader(self.process.stdout.read) if output == subprocess.PIPE else None
        self.lines, self.errors = [], threading.Condition()
        threading.Thread(target=self._read_errors, daemon=True).start()

    def _read_errors(self):
        for line in self.process.stderr:
            with self.errors:
                self.lines.append(line.decode(errors="replace").rstrip())
                self.errors.notify_all()

    def line(self, wanted: str, limit: float = START_LIMIT) -> str:
        """The first line of stderr that matches the regular expression."""
        with self.errors:
            found = lambda: next((text for text in self.lines if re.search(wanted, text)), None)
            self.errors.wait_for(lambda: found() or self.process.poll() is not None, limit)
            if found() is None:
                raise ToolError(self.describe(f"no line {wanted!r}"))
            return found()

    def ticket(self) -> str:
        """Interface rule of tools.md 3.4: the ticket is the last word of its line."""
        return TICKET.search(self.line(TICKET.pattern).split()[-1]).group(1)

    def describe(self, text: str) -> str:
        return "\n".join([f"{self.name}: {text}", *self.lines[-15:]])

    def write(self, size: int) -> Writer:
        return Writer(self.write_all, self.process.stdin.close, size)

    def write_all(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self.process.stdin.write(view) :]

    def end(self) -> None:
        self.process.stdin.close()

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def exit_code(self, limit: float = 30) -> int:
        try:
            return self.process.wait(limit)
        except subprocess.TimeoutExpired:
            raise ToolError(self.describe(f"still running after {limit:.0f} s")) from None

    def expect_exit(self, code: int, limit: float = 30) -> None:
        if self.exit_code(limit) != code:
            raise ToolError(self.describe(f"exit code {self.process.returncode}, expected {code}"))

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for stream in filter(None, (self.process.stdin, self.process.stdout, self.process.stderr)):
            try:
                stream.close()
            except OSError:
                pass  # unsent input of a killed process


class Server:
    """A local TCP or Unix server for the far end of a pipe. Each connection is given to `handler` in a thread of its own."""

    def __init__(self, handler, path: str = ""):
        self.socket = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self.socket.bind(path or ("127.0.0.1", 0))
        self.socket.listen(128)
        self.address = path or "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.handler = handler
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                self.handler(connection)
            except OSError:
                pass  # the test looks at the other end

    def close(self) -> None:
        self.socket.close()


def echo(connection) -> None:
    """Sends everything back as it comes, then ends the direction."""
    while part := connection.recv(CHUNK):
        connection.sendall(part)
    connection.shutdown(socket.SHUT_WR)


def dial(address: str, limit: float = 10) -> socket.socket:
    """Connects to IP:PORT or a Unix socket path; retries while the tool is still opening it."""
    end = time.monotonic() + limit
    while True:
        connection = socket.socket(socket.AF_UNIX if "/" in address else socket.AF_INET)
        try:
            host, _, port = address.rpartition(":")
            connection.connect(address if "/" in address else (host, int(port)))
            return connection
        except OSError:
            connection.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def round_trip(connection, size: int, limit: float) -> tuple:
    """Sends size bytes, ends the direction, reads to the end: count and hash of what came back."""
    reader = Reader(connection.recv)
    writer = Writer(connection.sendall, lambda: connection.shutdown(socket.SHUT_WR), size)
    answer = reader.wait(limit)
    writer.join(5)
    return answer
