#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Our blobs protocol against the crate iroh-blobs 0.104.0, in both roles: test_blobs.py [unittest options].

Both sides are programs that do what the operations of README.md, section "The blobs peer", say.
"""

import pathlib
import sys
import tempfile
import unittest

from isolation import enter_loopback_only_network
from peer_process import PeerProcess

KIB = 1024
SIZES = (0, 1, 1023, 1024, 1025, 16_383, 16_384, 16_385, 32_768, 100_000, 1_048_577)
UNKNOWN = "00" * 32
ALL = [[0, None]]
LAST = [[2**64 - 1, None]]


def pattern(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


class BlobsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="iroh-blobs-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def peer(self, side, *arguments):
        peer = PeerProcess(side, "", *arguments)
        self.addCleanup(peer.kill)
        return peer

    def content(self, peer, hash_text) -> bytes:
        path = self.folder / "exported"
        peer.done("export", hash=hash_text, path=str(path))
        return path.read_bytes()


class Pair:
    """The cases of one pairing; the subclasses below say who provides and who asks."""

    provider = requester = ""
    stores = ("memory", "memory")

    def setUp(self):
        super().setUp()
        names = [name if name == "memory" else str(self.folder / f"{name}-{role}")
                 for name, role in zip(self.stores, ("provider", "requester"))]
        self.has = self.peer(self.provider, "--store", names[0], "--allow-push")
        self.asks = self.peer(self.requester, "--store", names[1])
        self.connect(self.asks)

    def connect(self, peer, provider=None, **members):
        provider = provider or self.has
        peer.done("connect", id=provider.id, addr=provider.addr, **members)

    def add(self, size: int) -> str:
        return self.has.done("add_bytes", bytes=size)["hash"]

    def assert_complete(self, peer, hash_text, content: bytes):
        self.assertEqual(peer.done("status", hash=hash_text)["status"], "complete")
        self.assertEqual(self.content(peer, hash_text), content)

    def ranges(self, peer, hash_text) -> list:
        return peer.done("status", hash=hash_text)["bitfield"]["ranges"]

    def test_get_blobs_of_all_sizes(self):
        for size in SIZES:
            with self.subTest(size=size):
                blob = self.add(size)
                result = self.asks.done("get", hash=blob)
                self.assertEqual(result["payload_read"], size)
                self.assert_complete(self.asks, blob, pattern(size))

    def test_bulk_get_64_mib(self):
        blob = self.add(64 * KIB * KIB)
        self.asks.done("get", hash=blob, limit=120)
        self.assert_complete(self.asks, blob, pattern(64 * KIB * KIB))

    # [blobs.md §2.5] Single chunks, ranges across groups, the end; and the rest afterwards.
    def test_get_ranges_and_fetch_the_rest(self):
        size = 300_000
        for wanted in ([[5, 6]], [[0, 1], [40, 50], [100, 101]], [[16, 32]], [[290, None]], LAST, [[1000, 2000]]):
            with self.subTest(ranges=wanted):
                self.setUp()
                blob = self.add(size)
                result = self.asks.done("get", hash=blob, ranges=[wanted])
                self.assertLess(result["payload_read"], size)
                self.assertEqual(self.asks.done("status", hash=blob)["status"], "partial")
                rest = self.asks.done("fetch", hash=blob)
                self.assertLessEqual(rest["payload_read"] + result["payload_read"], size + 4 * 16 * KIB)
                self.assert_complete(self.asks, blob, pattern(size))
                self.assertEqual(self.asks.done("fetch", hash=blob)["payload_read"], 0)

    def test_whole_groups_are_not_fetched_twice(self):
        blob = self.add(300_000)
        self.asks.done("get", hash=blob, ranges=[[[16, 64]]])
        self.assertEqual(self.ranges(self.asks, blob), [[16, 64]])
        self.assertEqual(self.asks.done("fetch", hash=blob)["payload_read"], 300_000 - 48 * KIB)

    def collection(self) -> tuple:
        entries = []
        for name, size in (("a", 0), ("ü/日本", 10), ("b", 16_385), ("c", 100_000), ("same", 10)):
            path = self.folder / f"file-{len(entries)}"
            path.write_bytes(pattern(size))
            entries.append([name, str(path)])
        return self.has.done("add_collection", entries=entries)["hash"], entries

    def test_collections(self):
        root, entries = self.collection()
        self.asks.done("get", hash=root, recursive=True)
        found = self.asks.done("collection", hash=root)["entries"]
        self.assertEqual([name for name, _ in found], [name for name, _ in entries])
        for (_, blob), (_, path) in zip(found, entries):
            self.assert_complete(self.asks, blob, pathlib.Path(path).read_bytes())

    def test_parts_of_a_collection(self):
        root, _ = self.collection()
        # The root, its names, and chunks of the fourth file; then what is missing.
        self.asks.done("get", hash=root, recursive=True, ranges=[ALL, ALL, [], [], [], [[1, 3]]])
        found = self.asks.done("collection", hash=root)["entries"]
        self.assertEqual(self.asks.done("status", hash=found[2][1])["status"], "none")
        self.assertEqual(self.asks.done("status", hash=found[3][1])["status"], "partial")
        self.asks.done("fetch", hash=root, recursive=True)
        self.assert_complete(self.asks, found[3][1], pattern(100_000))
        self.assert_complete(self.asks, found[2][1], pattern(16_385))

    # [blobs.md §3.12]
    def test_sizes(self):
        root, _ = self.collection()
        result = self.asks.done("sizes", hash=root)
        self.assertEqual(result["sizes"][1:], [0, 10, 16_385, 100_000, 10])
        self.assertEqual(len(result["hashes"]), 6)
        for size in SIZES:
            blob = self.add(size)
            found = self.asks.done("probe", hash=blob)
            self.assertEqual((found["claimed"], found["verified"]), (size, size))

    def test_single_chunks(self):
        blob = self.add(100_000)
        for chunk in (0, 15, 16, 97):
            self.asks.done("probe", hash=blob, chunk=chunk)

    # [blobs.md §3.5]
    def test_get_many(self):
        blobs = [self.add(size) for size in (10, 0, 20_000, 100_000)]
        self.asks.done("get_many", hashes=blobs)
        for blob, size in zip(blobs, (10, 0, 20_000, 100_000)):
            self.assert_complete(self.asks, blob, pattern(size))

    def test_get_many_with_ranges(self):
        blobs = [self.add(size) for size in (50_000, 60_000, 70_000)]
        self.asks.done("get_many", hashes=blobs, ranges=[[[16, 32]], [], ALL])
        self.assertEqual(self.ranges(self.asks, blobs[0]), [[16, 32]])
        self.assertEqual(self.asks.done("status", hash=blobs[1])["status"], "none")
        self.assert_complete(self.asks, blobs[2], pattern(70_000))

    # [blobs.md §3.8] The connection goes on. A reset may take along what came before it.
    def test_what_is_not_there(self):
        blob = self.add(20_000)
        self.assertFalse(self.asks.op("get", hash=UNKNOWN)["ok"])
        self.assertFalse(self.asks.op("get_many", hashes=[blob, UNKNOWN, self.add(5)])["ok"])
        self.assertFalse(self.asks.op("sizes", hash=UNKNOWN)["ok"])
        self.assertFalse(self.asks.op("get", hash=blob, recursive=True)["ok"])  # 20,000 bytes are no hash sequence
        self.asks.done("get", hash=self.add(30_000))

    def test_a_provider_that_has_a_part(self):
        """The requester of before provides what it has got, to a third peer of the other implementation."""
        blob = self.add(300_000)
        self.asks.done("get", hash=blob, ranges=[[[16, 64]]])
        third = self.peer(self.provider)
        self.connect(third, self.asks)
        third.done("get", hash=blob, ranges=[[[16, 48]]])
        self.assertEqual(self.ranges(third, blob), [[16, 48]])
        self.assertFalse(third.op("get", hash=blob)["ok"])
        self.connect(third, self.has)
        third.done("fetch", hash=blob)
        self.assert_complete(third, blob, pattern(300_000))

    def test_many_requests_at_once(self):
        blobs = [self.add(50_000 + i) for i in range(8)]
        others = [self.peer(self.requester) for _ in range(3)]
        for other in others:
            self.connect(other)
        for blob in blobs:
            for other in others:
                other.send(op="get", hash=blob)
        for _ in blobs:
            for other in others:
                self.assertTrue(other.result("get")["ok"])

    # [blobs.md §3.6]
    def test_push(self):
        for size in SIZES:
            with self.subTest(size=size):
                blob = self.asks.done("add_bytes", bytes=size + 7)["hash"]
                self.asks.done("push", hash=blob)
                self.asks.done("observe", hash=blob)  # the only way to know that it arrived
                self.assert_complete(self.has, blob, pattern(size + 7))

    def test_push_a_collection_and_a_part(self):
        path = self.folder / "file"
        path.write_bytes(pattern(70_000))
        root = self.asks.done("add_collection", entries=[["x", str(path)], ["y", str(path)]])["hash"]
        self.asks.done("push", hash=root, recursive=True)
        self.asks.done("observe", hash=root)
        blob = self.asks.done("add_path", path=str(path))["hash"]
        self.asks.done("observe", hash=blob)
        self.assert_complete(self.has, blob, pattern(70_000))
        other = self.asks.done("add_bytes", bytes=300_000)["hash"]
        self.asks.done("push", hash=other, ranges=[[[16, 32]]])
        self.asks.op("observe", hash=other, items=2, seconds=2)
        self.assertEqual(self.ranges(self.has, other), [[16, 32]])

    def test_push_is_refused_by_default(self):
        closed = self.peer(self.provider)
        self.connect(self.asks, closed)
        blob = self.asks.done("add_bytes", bytes=1_000_000)["hash"]
        result = self.asks.op("push", hash=blob)
        if self.requester == "our-blobs":  # upstream says that it has sent everything, refused or not
            self.assertFalse(result["ok"])
        self.assertEqual(closed.done("status", hash=blob)["status"], "none")

    # [blobs.md §3.7]
    def test_observe(self):
        blob = self.add(100_000)
        found = self.asks.done("observe", hash=blob)
        self.assertEqual(found["bitfield"], {"size": 100_000, "ranges": ALL, "complete": True})
        found = self.asks.done("observe", hash=UNKNOWN, items=1)
        self.assertEqual(found["bitfield"], {"size": 0, "ranges": [], "complete": False})

    def test_observe_what_changes(self):
        """One peer watches while another one pushes parts."""
        watcher = self.peer(self.requester)
        self.connect(watcher)
        blob = self.asks.done("add_bytes", bytes=300_000)["hash"]
        watcher.send(op="observe", hash=blob)
        for wanted in ([[16, 32]], [[100, 200]], ALL):
            self.asks.done("push", hash=blob, ranges=[wanted])
        result = watcher.result("observe")
        self.assertTrue(result["ok"], result)
        self.assertGreaterEqual(result["items"], 2)
        self.assertEqual(result["bitfield"], {"size": 300_000, "ranges": ALL, "complete": True})


class RealProvides(Pair, BlobsTest):
    provider, requester = "blobs", "our-blobs"


class OursProvides(Pair, BlobsTest):
    provider, requester = "our-blobs", "blobs"


class RealProvidesFromFiles(Pair, BlobsTest):
    provider, requester = "blobs", "our-blobs"
    stores = ("files", "files")


class OursProvidesFromFiles(Pair, BlobsTest):
    provider, requester = "our-blobs", "blobs"
    stores = ("files", "files")


class RealWithReal(Pair, BlobsTest):
    """Shows that a failure above is ours and not the driver's. Not among the tests of `./dev test`."""

    provider, requester = "blobs", "blobs"


def cases() -> list:
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    names = [f"{type(test).__name__}.{test._testMethodName}" for group in suite for test in group]
    return [name for name in names if not name.startswith("RealWithReal")]


if __name__ == "__main__":
    if sys.argv[1:] == ["cases"]:
        print("\n".join(cases()))
    else:
        enter_loopback_only_network()
        unittest.main()
