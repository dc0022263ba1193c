#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The interop matrix: matrix.py CLIENT SERVER [unittest options], each side one of ours, py, node.

Example: matrix.py ours py -k parallel -v
"""

import concurrent.futures
import sys
import unittest

from peer_process import PeerError, PeerProcess

MIB = 1024 * 1024
ALPN = "iroh-cpp/interop/1"
SEED = "01" * 32
SEED_ID = "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c"  # Ed25519 public key of SEED
WRONG_ID = "ae58ff8833241ac82d6ff7611046ed67b5072d142c588d0063e942d9a75502b6"  # a valid key that nobody here holds
UNKNOWN_CA = 0x130  # [endpoint.md 19]
NO_APPLICATION_PROTOCOL = 0x178  # [endpoint.md 20]

CLIENT, SERVER = "ours", "py"


class Pair:
    """A server and a client that is not yet connected."""

    def __init__(self, client: str, server: str):
        self.peers = []
        try:
            self.server = self._start(server, "serve", "--alpn", ALPN, "--secret-hex", SEED)
            self.client = self._start(client, "connect", "--alpn", ALPN, "--id", self.server.id, "--addr", self.server.addr)
        except BaseException:
            self.kill()
            raise

    def _start(self, *arguments):
        self.peers.append(PeerProcess(*arguments))
        return self.peers[-1]

    def connect(self) -> tuple:
        return self.client.done("connect"), self.server.event("connected")

    def quit(self) -> None:
        self.client.quit()
        self.server.quit()

    def kill(self) -> None:
        for peer in self.peers:
            peer.kill()


class Matrix(unittest.TestCase):
    def setUp(self):
        self.pair = Pair(CLIENT, SERVER)
        self.addCleanup(self.pair.kill)
        self.client, self.server = self.pair.client, self.pair.server

    # Both sides learn the key of the other from the handshake.
    def test_handshake(self):
        self.assertEqual(self.server.id, SEED_ID)
        result, event = self.pair.connect()
        self.assertEqual(result["remote_id"], self.server.id)
        self.assertEqual(result["alpn"], ALPN)
        self.assertEqual(event["remote_id"], self.client.id)
        self.assertEqual(event["alpn"], ALPN)
        self.client.quit()
        closed = self.server.event("closed")
        self.assertEqual((closed["by"], closed["code"], closed["reason"]), ("peer", 0, ""))
        self.server.quit()

    def test_streams_of_all_sizes(self):
        self.pair.connect()
        for size in (0, 1, 1000, 65_537, MIB):
            for operation in ("echo", "upload", "download", "uni"):
                with self.subTest(operation=operation, size=size):
                    self.client.done(operation, bytes=size)
        self.pair.quit()

    def test_bulk_256_mib_to_the_server(self):
        self.bulk("upload")

    def test_bulk_256_mib_to_the_client(self):
        self.bulk("download")

    def bulk(self, operation):
        self.pair.connect()
        result = self.client.done(operation, limit=280, bytes=256 * MIB)
        self.assertEqual(result["bytes"], 256 * MIB)
        print(f"{CLIENT}->{SERVER} {operation}: {256 * MIB / 1e3 / result['ms']:.0f} MB/s", file=sys.stderr)
        self.pair.quit()

    def test_parallel_100_streams(self):
        self.pair.connect()
        result = self.client.done("parallel", streams=100, bytes=20_000)
        self.assertEqual(result["streams"], 100)
        self.pair.quit()

    def test_datagrams(self):
        self.pair.connect()
        result = self.client.done("datagrams", limit=120, count=100, bytes=1000)
        self.assertEqual(result["sent"], 100)
        self.assertGreaterEqual(result["received"], 95)  # unreliable by definition, loopback hardly loses
        largest = self.client.done("datagrams", count=3, bytes=min(result["max_size"], 1100))
        self.assertGreaterEqual(largest["received"], 1)
        self.pair.quit()

    # [endpoint.md 19] Dialling a key that the server does not hold fails at once, in the handshake.
    def test_wrong_id(self):
        result = self.client.op("connect", limit=20, id=WRONG_ID)
        self.assertFalse(result["ok"])
        self.assertLess(result["ms"], 10_000)
        if result["code"] is not None:
            self.assertEqual(result["code"], UNKNOWN_CA)
        self.server.event("incoming_failed")
        self.pair.connect()
        self.client.done("echo", bytes=1000)
        self.pair.quit()

    def test_wrong_alpn(self):
        result = self.client.op("connect", limit=20, alpn="iroh-cpp/interop/none")
        self.assertFalse(result["ok"])
        self.assertLess(result["ms"], 10_000)
        self.assertEqual(result["code"], NO_APPLICATION_PROTOCOL)
        self.pair.connect()
        self.client.done("echo", bytes=1000)
        self.pair.quit()

    def test_close_codes_and_reasons(self):
        for code, reason in ((7, "bye"), (0, ""), (123_456_789_012, "größer, später " + "x" * 200)):
            with self.subTest(by="client", code=code):
                self.pair.connect()
                self.client.done("close", code=code, reason=reason)
                self.assert_closed(self.server.event("closed"), "peer", code, reason)
            with self.subTest(by="server", code=code):
                self.pair.connect()
                self.server.done("close", code=code, reason=reason)
                self.assert_closed(self.client.done("wait_closed", seconds=10), "peer", code, reason)
                self.assert_closed(self.server.event("closed"), "local", code, reason)
        self.pair.quit()

    def assert_closed(self, message, by, code, reason):
        self.assertEqual((message["by"], message["code"], message["reason"]), (by, code, reason))


def idle(client: str, server: str) -> None:
    """40 s without a byte of the application, longer than the idle timeout of 30 s: keep-alives must hold the connection."""
    pair = Pair(client, server)
    try:
        pair.connect()
        pair.client.done("echo", bytes=1000)
        pair.client.done("idle", seconds=40)
        pair.client.done("echo", bytes=1000)
        pair.quit()
    finally:
        pair.kill()


def idle_of_all_pairs(pairs: list) -> int:
    """All pairs wait at the same time: it costs 40 s, not 40 s each."""
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(len(pairs)) as pool:
        for pair, future in [(pair, pool.submit(idle, *pair)) for pair in pairs]:
            try:
                future.result()
                print(f"{pair[0]}->{pair[1]}: ok")
            except (PeerError, OSError) as error:
                failures += 1
                print(f"{pair[0]}->{pair[1]}: {error}")
    return 1 if failures else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["cases"]:
        sys.exit(print("\n".join(unittest.defaultTestLoader.getTestCaseNames(Matrix))))
    if len(sys.argv) >= 3 and sys.argv[1] == "idle":
        sys.exit(idle_of_all_pairs([tuple(pair.split(",")) for pair in sys.argv[2:]]))
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    CLIENT, SERVER = sys.argv[1:3]
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
