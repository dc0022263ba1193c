#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""`iroh send` and `iroh receive` against the real sendme 0.37.1, both ways: test_sendme.py [unittest options].

Without relays, on loopback. IROH_SHARE_SIDES=real,real (sender, receiver) runs the pair tests against another pair, to check the
tests themselves.
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

import share_tool
from isolation import enter_loopback_only_network
from share_tool import Sender, data_directories, make_vector_tree, random_file, receive, start_receive, tree, wait_until, write

MIB = 1024 * 1024
VECTORS = {
    "D1": "8603a58e7be40c1ac6cce729254d3fb051abed29dc0d5ecc225d91056fb481f9",
    "E": "c69e3bb6adb62a337f033d8d5d34498f7e58af9eadfbd8a835b6b0f7e861dbad",
    "F1": "c1b3754230cda01ff9d6dd0f881afaa8d57bc8f6eb5b87ac3baa4d00241053b1",
}
ODD_NAMES = ["Icon\r", "a b", "..a", "a..b", "ü.txt", "日本/語", "😀", "new\nline", "tab\t", "quote\"'", "-rf", "x" * 255, ".hidden",
             "e\u0301 and \u00e9"]


class ShareTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="iroh-share-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.source, self.target = self.folder / "source", self.folder / "target"
        self.temporary = self.folder / "temporary"  # where our sender has its data folder
        for path in (self.source, self.target, self.temporary):
            path.mkdir()

    def send(self, side, path, *arguments, **options):
        sender = Sender(side, path, *arguments, cwd=options.pop("cwd", self.source), TMPDIR=str(self.temporary), **options)
        self.addCleanup(sender.kill)
        return sender

    def start_receive(self, side, ticket, *arguments):
        process = start_receive(side, ticket, self.target, *arguments)
        self.addCleanup(lambda: process.poll() is None and (process.kill(), process.wait()))
        return process

    def assert_received(self, result):
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual(tree(self.target), tree(self.source))
        self.assertEqual(data_directories(self.target, "recv"), [])


class Pair:
    """The tests of one pairing; the subclasses below say who sends and who receives."""

    sender = receiver = ""

    def transfer(self, path, *arguments, limit=120):
        sender = self.send(self.sender, path, *arguments)
        result = receive(self.receiver, sender.ticket(limit), self.target, limit=limit)
        self.assert_received(result)
        return sender, result

    # [tools.md 12]
    def test_one_file_of_each_size(self):
        for size in (100, 64, 0, 1024, 16_384, 16_385, 1_000_000):
            with self.subTest(size=size):
                self.setUp()
                random_file(self.source / "file.bin", size)
                self.transfer("file.bin")

    def test_bulk_one_file_of_100_mib(self):
        random_file(self.source / "file.bin", 100 * MIB)
        self.transfer("file.bin")

    def test_a_tree_of_three_levels(self):
        make_vector_tree(self.source / "data")
        sender, _ = self.transfer("data")
        self.assertIn(VECTORS["D1"], sender.line(0))

    def test_names_with_odd_bytes(self):
        for name in ODD_NAMES:
            write(self.source / "top" / name, name.encode())
        self.transfer("top")

    def test_an_empty_file_among_others(self):
        write(self.source / "top" / "empty", b"")
        write(self.source / "top" / "sub" / "empty", b"")
        write(self.source / "top" / "full", b"full")
        self.transfer("top")

    def test_an_empty_directory(self):
        """The format has no directories: the empty collection arrives, and nothing is made of it."""
        (self.source / "top" / "sub").mkdir(parents=True)
        sender, _ = self.transfer("top")
        self.assertIn(VECTORS["E"], sender.line(0))
        self.assertEqual(list(self.target.iterdir()), [])

    def test_equal_files(self):
        for name in ("a", "b", "sub/c"):
            random_file(self.source / "top" / name, 100_000)
        write(self.source / "top" / "small", b"x")
        write(self.source / "top" / "small too", b"x")
        self.transfer("top")

    def test_bulk_2000_small_files(self):
        for i in range(2000):
            random_file(self.source / "top" / f"{i % 20}" / f"{i}", 4096, i)
        self.transfer("top")

    def test_four_receivers_at_once(self):
        random_file(self.source / "file.bin", 5 * MIB)
        ticket = self.send(self.sender, "file.bin").ticket()
        targets = [self.folder / f"target-{i}" for i in range(4)]
        for target in targets:
            target.mkdir()
        processes = [start_receive(self.receiver, ticket, target) for target in targets]
        self.assertEqual([process.wait(120) for process in processes], [0] * 4)
        for target in targets:
            self.assertEqual(tree(target), tree(self.source))

    # [tools.md 15]
    def begin_and_kill(self, who, number=signal.SIGKILL):
        """Ends one side in the middle of a transfer of 256 MiB."""
        random_file(self.source / "top" / "big", 256 * MIB)
        write(self.source / "top" / "small", b"small")
        sender = self.send(self.sender, "top")
        process = self.start_receive(self.receiver, sender.ticket())
        wait_until(lambda: share_tool.stored_bytes(self.target) > 16 * MIB or process.poll() is not None, 60, "first 16 MiB")
        (sender.process if who == "sender" else process).send_signal(number)
        code = process.wait(60)
        self.assertNotEqual(code, 0, "the transfer was over before it was interrupted")
        self.assertEqual(tree(self.target), {}, "an incomplete file has its final name")
        return sender, code

    def resume(self, sender):
        result = receive(self.receiver, sender.ticket(), self.target, "-v")
        self.assert_received(result)
        return result

    def test_bulk_killed_receiver_resumes(self):
        sender, _ = self.begin_and_kill("receiver")
        self.resume(sender)

    def test_bulk_killed_sender_is_replaced(self):
        old, _ = self.begin_and_kill("sender")
        old.kill()
        self.resume(self.send(self.sender, "top"))

    def test_bulk_interrupted_receiver_resumes(self):
        sender, code = self.begin_and_kill("receiver", signal.SIGINT)
        self.assertIn(code, (130, -signal.SIGINT))
        self.assertEqual(len(data_directories(self.target, "recv")), 1)
        self.resume(sender)


class OursToReal(Pair, ShareTest):
    sender, receiver = "ours", "real"


class RealToOurs(Pair, ShareTest):
    sender, receiver = "real", "ours"

    # [tools.md 15] What was verified before a clean end is not fetched again.
    def test_bulk_interrupted_receiver_asks_for_the_rest_only(self):
        sender, code = self.begin_and_kill("receiver", signal.SIGINT)
        self.assertEqual(code, 130)
        have = share_tool.stored_bytes(self.target)
        ticket = sender.ticket()
        result = receive("ours", ticket, self.target, "--json")
        self.assert_received(result)
        read = json.loads(result.stdout.splitlines()[-1])["bytes_read"]
        self.assertLess(read, 256 * MIB - have + 4 * MIB)


class OursToOurs(Pair, ShareTest):
    sender, receiver = "ours", "ours"


class Sending(ShareTest):
    """What only our sender is asked for."""

    def small(self):
        return write(self.source / "somefile.bin", bytes(100))

    # [tools.md 13] [tools.md 3]
    def test_output_lines(self):
        self.small()
        sender = self.send("ours", "./somefile.bin", RUST_LOG="trace")
        self.assertEqual(sender.line(0), f"imported file ./somefile.bin, 100 B, hash {VECTORS['F1']}")
        self.assertEqual(sender.line(1), "to get this data, use")
        self.assertRegex(sender.line(2), r"^iroh receive blob[a-z2-7]+$")

    # [tools.md 20]
    def test_signals_leave_nothing_behind(self):
        self.small()
        for name, number in share_tool.SIGNALS.items():
            with self.subTest(signal=name):
                sender = self.send("ours", "somefile.bin")
                sender.ticket()
                self.assertEqual(len(data_directories(self.temporary, "send")), 1)
                self.assertEqual(sender.signal(number), 0)
                self.assertEqual(sender.lines[-1], "shutting down")
                self.assertEqual(data_directories(self.temporary, "send"), [])

    def test_a_signal_during_the_import_leaves_nothing_behind(self):
        random_file(self.source / "big", 300 * MIB)
        for _ in range(3):
            sender = self.send("ours", "big")
            wait_until(lambda: data_directories(self.temporary, "send"), 20, "data folder")
            code = sender.signal(signal.SIGINT)
            self.assertIn(code, (0, 130))
            self.assertEqual(data_directories(self.temporary, "send"), [])

    def test_errors_leave_nothing_behind(self):
        write(self.source / "top" / "back\\slash", b"x")
        for path in ("top", "missing", "/"):
            sender = self.send("ours", path)
            self.assertEqual(sender.process.wait(20), 1)
            self.assertEqual(data_directories(self.temporary, "send"), [])

    # [tools.md §2.2]
    def test_what_a_killed_sender_left_is_removed(self):
        self.small()
        sender = self.send("ours", "somefile.bin")
        sender.ticket()
        sender.kill()
        self.assertEqual(len(data_directories(self.temporary, "send")), 1)
        self.send("ours", "somefile.bin").ticket()
        self.assertEqual(len(data_directories(self.temporary, "send")), 1)

    # [tools.md 21]
    def test_the_current_directory_is_refused(self):
        self.small()
        for path in (".", "./", str(self.source), "../source", "x/.."):
            sender = self.send("ours", path)
            self.assertEqual(sender.process.wait(20), 1)
            self.assertEqual(sender.line(0), "can not share from the current directory")

    # [tools.md 21]
    def test_its_parent_is_shared_without_data_folders(self):
        self.small()
        write(self.source / ".sendme-recv-0" / "secret", b"secret")
        (self.source / "sub").mkdir()
        sender = self.send("ours", "..", cwd=self.source / "sub")
        self.assertEqual(receive("ours", sender.ticket(), self.target).returncode, 0)
        self.assertEqual(tree(self.target), {"source/somefile.bin": tree(self.source)["somefile.bin"]})

    # [tools.md 22]
    def test_bulk_a_file_that_changes_is_noticed(self):
        path = random_file(self.source / "file.bin", 64 * MIB)
        for receiver in ("ours", "real"):
            with self.subTest(receiver=receiver):
                sender = self.send("ours", "file.bin")
                ticket = sender.ticket()
                with path.open("r+b") as file:
                    file.seek(40 * MIB)
                    good = file.read(1)
                    file.seek(40 * MIB)
                    file.write(bytes([good[0] ^ 1]))
                self.assertEqual(receive(receiver, ticket, self.target).returncode, 1)
                self.assertEqual(tree(self.target), {})
                with path.open("r+b") as file:
                    file.seek(40 * MIB)
                    file.write(good)
                self.assert_received(receive(receiver, ticket, self.target))
                (self.target / "file.bin").unlink()

    def test_other_relay_modes_are_not_there_yet(self):
        self.small()
        for mode in ("default", "https://relay.example.org"):
            result = subprocess.run([*share_tool.COMMANDS["ours"], "send", "--relay", mode, "somefile.bin"], cwd=self.source,
                                    capture_output=True, text=True, timeout=20, env=share_tool.environment())
            self.assertEqual(result.returncode, 1)
            self.assertIn("no relays yet", result.stderr)


class Receiving(ShareTest):
    """What only our receiver is asked for."""

    def sent(self, path="top", side="ours"):
        return self.send(side, path).ticket()

    def make_top(self):
        for seed, name in enumerate(("a", "b", "sub/c")):
            random_file(self.source / "top" / name, 50_000, seed)

    # [tools.md 17]
    def test_an_existing_target_is_left_alone(self):
        self.make_top()
        write(self.target / "top" / "b", b"mine")
        ticket = self.sent()
        result = receive("ours", ticket, self.target)
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"target {self.target}/top/b already exists. Export stopped.\nYou can remove the file or directory and try "
                      "again. The download will not be repeated.\n", result.stderr)
        self.assertEqual((self.target / "top" / "b").read_bytes(), b"mine")
        self.assertEqual(len(data_directories(self.target, "recv")), 1)
        (self.target / "top" / "b").unlink()
        self.expect_complete_without_network(ticket)

    # [tools.md 16]
    def expect_complete_without_network(self, ticket):
        """With a ticket whose address nobody listens on."""
        result = receive("ours", ticket, self.target)
        self.assert_received(result)
        self.assertRegex(result.stdout, r"^[0-9a-f]{64} already complete\nexporting to top\n$")

    # [tools.md 18]
    def test_what_is_there_already_counts(self):
        self.make_top()
        write(self.target / "top" / "a", (self.source / "top" / "a").read_bytes())
        self.assert_received(receive("ours", self.sent(), self.target))

    # [tools.md 11]
    def test_a_link_is_not_followed(self):
        self.make_top()
        (self.folder / "elsewhere").mkdir()
        (self.target / "top").symlink_to(self.folder / "elsewhere")
        result = receive("ours", self.sent(), self.target)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(list((self.folder / "elsewhere").iterdir()), [])

    # [tools.md §2.5] step 2
    def test_the_data_of_the_original_is_not_touched(self):
        self.make_top()
        ticket = self.sent()
        hash_text = re.search("hash ([0-9a-f]{64})", self.send("ours", "top").line(0)).group(1)
        theirs = write(self.target / f".sendme-recv-{hash_text}" / "blobs.db", b"theirs")
        result = receive("ours", ticket, self.target)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(theirs.read_bytes(), b"theirs")

    def test_an_output_folder(self):
        self.make_top()
        (self.folder / "out").mkdir()
        result = receive("ours", self.sent(), self.target, "--output", str(self.folder / "out"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(tree(self.folder / "out"), tree(self.source))
        self.assertEqual(list(self.target.iterdir()), [])

    # [tools.md 5]
    def test_an_invalid_ticket_is_a_usage_error(self):
        for ticket in ("", "blob", "x", self.send("ours", write(self.source / "f", b"x")).ticket()[:-2]):
            self.assertEqual(receive("ours", ticket, self.target).returncode, 2)

    def test_nobody_there(self):
        self.make_top()
        sender = self.send("ours", "top")
        ticket = sender.ticket()
        sender.kill()
        result = receive("ours", ticket, self.target)
        self.assertEqual(result.returncode, 1)
        self.assertIn("initial connection error: ", result.stderr)
        self.assertEqual(result.stdout, "")

    # [tools.md 3] [tools.md 45]
    def test_nothing_but_results_on_stdout(self):
        self.make_top()
        for side in ("ours", "real"):
            with self.subTest(sender=side):
                result = receive("ours", self.sent(side=side), self.target, "-v")
                self.assert_received(result)
                self.assertRegex(result.stdout, r"^exporting to top\ndownloaded 3 files, 146.48 KiB. took .* \(.*/s\)\n$")
                self.assertRegex(result.stderr, r"^using secret key [0-9a-f]{64}\ngetting collection [0-9a-f]{64} 3 files, "
                                                r"146.48 KiB\ngetting 4 blobs in total, .*\n$")
                for path in ("a", "b", "sub/c"):
                    (self.target / "top" / path).unlink()


def sides() -> None:
    if chosen := os.environ.get("IROH_SHARE_SIDES"):
        OursToReal.sender, OursToReal.receiver = chosen.split(",")


def cases() -> list:
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    return [f"{type(test).__name__}.{test._testMethodName}" for group in suite for test in group]


if __name__ == "__main__":
    if sys.argv[1:] == ["cases"]:
        print("\n".join(cases()))
    else:
        enter_loopback_only_network()
        sides()
        unittest.main()
