#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The interop matrix: matrix.py CLIENT SERVER [unittest options], each side one of ours, py, node, noq.

Example: matrix.py ours py -k parallel -v
IROH_INTEROP_BULK_MIB=1024 makes the bulk streams 1 GiB (64 MiB unless set).
"""

import concurrent.futures
import os
import sys
import unittest

from peer_process import PeerError, PeerProcess

MIB = 1024 * 1024
BULK = int(os.environ.get("IROH_INTEROP_BULK_MIB", 64)) * MIB
ALPN = "iroh-cpp/interop/1"
SEED = "01" * 32
SEED_ID = "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c"  # Ed25519 public key of SEED
WRONG_ID = "ae58ff8833241ac82d6ff7611046ed67b5072d142c588d0063e942d9a75502b6"  # a valid key that nobody here holds
UNKNOWN_CA = 0x130  # [endpoint.md 19]
NO_APPLICATION_PROTOCOL = 0x178  # [endpoint.md 20]
CODES = (0, 1, 63, 64, 16_384, 1 << 32, (1 << 53) - 1)  # every length of a varint
SHORT_IDLE = ("idle=2000", "keep_alive=300")

CLIENT, SERVER = "ours", "py"


def options(settings: tuple, alpns: tuple) -> list:
    return [word for alpn in alpns for word in ("--alpn", alpn)] + [word for text in settings for word in ("--set", text)]


class Pair:
    """A server and a client that is not yet connected. Settings are NAME=NUMBER of the option --set."""

    def __init__(self, client: str, server: str, client_settings=(), server_settings=(), client_alpns=(ALPN,),
                 server_alpns=(ALPN,), bind="127.0.0.1:0"):
        self.peers = []
        try:
            self.server = self._start(server, "serve", "--secret-hex", SEED, "--bind", bind,
                                      *options(server_settings, server_alpns))
            self.port = self.server.addr.rpartition(":")[2]
            addr = self.server.addr.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]")
            self.client = self._start(client, "connect", "--id", self.server.id, "--addr", addr, "--bind", bind,
                                      *options(client_settings, client_alpns))
        except BaseException:
            self.kill()
            raise

    def _start(self, *arguments):
        self.peers.append(PeerProcess(*arguments))
        return self.peers[-1]

    def connect(self, **members) -> tuple:
        return self.client.done("connect", **members), self.server.event("connected")

    def quit(self) -> None:
        self.client.quit()
        self.server.quit()

    def kill(self) -> None:
        for peer in self.peers:
            peer.kill()


class PairTest(unittest.TestCase):
    def start(self, client=None, server=None, **settings):
        self.pair = Pair(client or CLIENT, server or SERVER, **settings)
        self.addCleanup(self.pair.kill)
        self.client, self.server = self.pair.client, self.pair.server
        return self.pair

    def connected(self, *names, **settings):
        self.start(*names, **settings).connect()
        return self.pair

    def assert_closed(self, message, by, code, reason):
        self.assertEqual((message["by"], message["code"], message["reason"]), (by, code, reason))


class Matrix(PairTest):
    # Both sides learn the key of the other from the handshake.
    def test_handshake(self):
        self.start()
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
        self.connected()
        for size in (0, 1, 1000, 65_537, MIB):
            for operation in ("echo", "upload", "download", "uni"):
                with self.subTest(operation=operation, size=size):
                    self.client.done(operation, bytes=size)
        self.pair.quit()

    def test_bulk_to_the_server(self):
        self.bulk("upload")

    def test_bulk_to_the_client(self):
        self.bulk("download")

    # noq changes its keys after 10 to 999 packets, so every transfer here crosses a key update. [quic.md §4.5]
    def bulk(self, operation):
        self.connected()
        result = self.client.done(operation, limit=280, bytes=BULK)
        self.assertEqual(result["bytes"], BULK)
        print(f"{CLIENT}->{SERVER} {operation}: {BULK / 1e3 / result['ms']:.0f} MB/s", file=sys.stderr)
        for side, peer in ((CLIENT, self.client), (SERVER, self.server)):
            if side == "ours":
                self.assertGreaterEqual(peer.done("stats")["key_updates"], 1)
        self.pair.quit()

    def test_parallel_100_streams(self):
        self.connected()
        result = self.client.done("parallel", streams=100, bytes=20_000)
        self.assertEqual(result["streams"], 100)
        self.pair.quit()

    # The limit of streams, 100 unless set, is raised again and again.
    def test_many_streams(self):
        self.connected()
        self.client.done("many", streams=1000, at_once=60, bytes=100)
        self.pair.quit()

    # [RFC 9000 §4.6] No more streams than the limit; one more when one is over.
    def test_stream_limit(self):
        self.connected(server_settings=("bi_streams=3",) if SERVER in ("ours", "noq") else ())
        self.client.done("fill", streams=3 if SERVER in ("ours", "noq") else 100)
        self.pair.quit()

    def test_stream_limit_raised_by_the_server(self):
        if SERVER == "ours":
            self.skipTest("our API sets the limits before the handshake")
        self.connected()
        self.server.done("limits", bi=300)
        self.client.done("parallel", streams=250, bytes=100)
        self.pair.quit()

    # [RFC 9000 §3.5] The codes arrive, in both directions and on both halves.
    def test_reset_and_stop_codes(self):
        self.connected()
        for code in CODES:
            with self.subTest(code=code):
                self.client.done("reset_by_peer", code=code)
                self.client.done("stop_by_peer", code=code)
                self.client.done("abort", reset=code, stop=code + 1 if code < CODES[-1] else 5)
                self.assertEqual(self.server.event("reset")["code"], code)
        self.client.done("echo", bytes=1000)
        self.pair.quit()

    # Each half of a stream ends by itself.
    def test_half_closed_streams(self):
        self.connected()
        for size in (0, 1, 100_000):
            sha256 = self.client.done("half", bytes=size)["sha256"]
            event = self.server.event("half")
            self.assertEqual((event["bytes"], event["sha256"]), (size, sha256))
        self.pair.quit()

    def test_100_connections_at_once(self):
        self.start()
        self.client.done("connections", count=100, bytes=1000, limit=120)
        for _ in range(100):
            self.server.event("connected")
        self.pair.quit()

    def test_datagrams(self):
        self.connected()
        result = self.client.done("datagrams", limit=120, count=100, bytes=1000)
        self.assertEqual(result["sent"], 100)
        self.assertGreaterEqual(result["received"], 95)  # unreliable by definition, loopback hardly loses
        self.pair.quit()

    # [RFC 9221 §3] The largest one arrives whole, one byte more is refused at once.
    def test_datagrams_of_the_largest_size(self):
        self.connected()
        self.client.done("echo", bytes=MIB)  # MTU discovery has its packets
        for _ in range(5):
            result = self.client.op("datagram_limits")
            if result["received"]:  # the server may not be able to send as much back yet
                break
        self.assertTrue(result["ok"], result)
        self.assertGreater(result["bytes"], 1100)
        self.pair.quit()

    # [endpoint.md 19] Dialling a key that the server does not hold fails at once, in the handshake.
    def test_wrong_id(self):
        self.start()
        result = self.client.op("connect", limit=20, id=WRONG_ID)
        self.assertFalse(result["ok"])
        self.assertLess(result["ms"], 10_000)
        if result["code"] is not None:
            self.assertEqual(result["code"], UNKNOWN_CA)
        self.server.event("incoming_failed")
        self.pair.connect()
        self.client.done("echo", bytes=1000)
        self.pair.quit()

    # [endpoint.md 20]
    def test_wrong_alpn(self):
        self.start()
        result = self.client.op("connect", limit=20, alpn="iroh-cpp/interop/none")
        self.assertFalse(result["ok"])
        self.assertLess(result["ms"], 10_000)
        self.assertEqual(result["code"], NO_APPLICATION_PROTOCOL)
        self.pair.connect()
        self.client.done("echo", bytes=1000)
        self.pair.quit()

    # A ClientHello of several datagrams where the client can offer many, and a server that accepts many.
    def test_large_alpn_lists(self):
        others = tuple(f"iroh-cpp/interop/other/{number:03}" for number in range(120))
        can_offer_many = CLIENT in ("ours", "noq")
        self.start(client_alpns=(*others, ALPN) if can_offer_many else (ALPN,),
                   server_alpns=(*(other + "/server" for other in others), ALPN))
        result, event = self.pair.connect()
        self.assertEqual((result["alpn"], event["alpn"]), (ALPN, ALPN))
        self.client.done("echo", bytes=1000)
        self.pair.quit()

    def test_close_codes_and_reasons(self):
        self.start()
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

    # [RFC 9000 §8.1.2] The server wants to see the client's address proven first.
    def test_retry(self):
        self.start(server_settings=("retry=1", "tokens=0"))
        for _ in range(2):
            result = self.client.done("connect")
            self.assertEqual(result["remote_id"], self.server.id)
            self.server.event("retry_sent")
            self.server.event("connected")
            self.client.done("echo", bytes=10_000)
        self.pair.quit()

    # Later handshakes may use what the first ones left behind (tickets, tokens); all must work.
    def test_connecting_again_and_again(self):
        self.start()
        for _ in range(10):
            self.pair.connect()
            self.client.done("echo", bytes=1000)
        self.pair.quit()


class Faults(PairTest):
    """Peers that are killed or stand still; ours has a short idle timeout, which then holds for both. [RFC 9000 §10.1]"""

    def short_idle(self):
        settings = {f"{role}_settings": SHORT_IDLE for role, side in (("client", CLIENT), ("server", SERVER))
                    if side in ("ours", "noq")}
        return self.connected(**settings)

    def test_server_killed(self):
        self.short_idle()
        self.client.done("echo", bytes=1000)
        self.server.kill()
        self.assert_closed(self.client.done("wait_closed", seconds=10), "timeout", None, "")
        self.client.quit()

    def test_client_killed(self):
        self.short_idle()
        self.client.done("echo", bytes=1000)
        self.client.kill()
        self.assert_closed(self.server.event("closed", 10), "timeout", None, "")
        self.server.quit()

    # An operation under way fails with the connection; it does not hang.
    def test_server_killed_during_a_transfer(self):
        self.short_idle()
        self.client.send(op="download", bytes=1 << 40)
        self.assertTrue(self.client.is_silent(0.3))
        self.server.kill()
        self.assertFalse(self.client.result("download", 10)["ok"])
        self.assert_closed(self.client.done("wait_closed", seconds=10), "timeout", None, "")
        self.client.quit()

    def test_server_paused_and_resumed(self):
        self.connected()
        for operation in ("upload", "download"):
            self.server.pause()
            self.client.send(op=operation, bytes=4 * MIB)
            self.assertTrue(self.client.is_silent(1))
            self.server.resume()
            self.assertTrue(self.client.result(operation, 30)["ok"])
        self.pair.quit()

    def test_either_side_paused_again_and_again_during_a_transfer(self):
        self.connected()
        for operation in ("upload", "download"):
            self.client.send(op=operation, bytes=32 * MIB)
            for peer in (self.server, self.client) * 4:
                peer.pause()
                self.client.is_silent(0.1)
                peer.resume()
            self.assertTrue(self.client.result(operation, 60)["ok"])
        self.pair.quit()

    # Longer than the idle timeout: the connection is over on both sides, and a new one works.
    def test_server_paused_for_too_long(self):
        self.short_idle()
        self.server.pause()
        self.assert_closed(self.client.done("wait_closed", seconds=10), "timeout", None, "")
        self.server.resume()
        self.assertIn(self.server.event("closed", 10)["by"], ("timeout", "other"))  # or a stateless reset
        self.pair.connect()
        self.client.done("echo", bytes=1000)
        self.pair.quit()


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


def case_names_of(*classes) -> list:
    return [f"{case.__name__}.{name}" for case in classes for name in unittest.defaultTestLoader.getTestCaseNames(case)]


if __name__ == "__main__":
    if sys.argv[1:] == ["cases"]:
        sys.exit(print("\n".join(case_names_of(Matrix, Faults))))
    if len(sys.argv) >= 3 and sys.argv[1] == "idle":
        sys.exit(idle_of_all_pairs([tuple(pair.split(",")) for pair in sys.argv[2:]]))
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    CLIENT, SERVER = sys.argv[1:3]
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
