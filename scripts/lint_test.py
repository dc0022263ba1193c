# SPDX-License-Identifier: MIT OR Apache-2.0
"""Unit tests of lint.py: each check finds what it is for, and leaves good text alone."""

import unittest

import lint


class SansIo(unittest.TestCase):
    def test_finds_clocks_threads_sockets_files_and_randomness(self):
        for line in ("auto t = std::chrono::steady_clock::now();", "#include <mutex>", "#include <boost/asio/ip/udp.hpp>",
                     "#include <fstream>", "std::random_device device;", "int x = rand();"):
            self.assertEqual(len(lint.findings_in_core("a.cpp", line)), 1, line)

    def test_leaves_comments_and_similar_names_alone(self):
        for line in ("// never steady_clock here", "operand(1);", "#include <chrono>", "Random& random"):
            self.assertEqual(lint.findings_in_core("a.cpp", line), [], line)


class Links(unittest.TestCase):
    def test_only_missing_relative_targets_are_broken(self):
        text = "[a](there.md#part) [b](gone.md) [c](https://example.org/x) [d](#here)\n```\n[e](code.md)\n```\n"
        self.assertEqual(lint.broken_links(text, lambda target: target == "there.md"), ["gone.md"])


class Origin(unittest.TestCase):
    def test_registry_hosts_and_machine_paths(self):
        for text in ("https://" + "registry.example.org/x", "see /" + "root/x", "cd /" + "work/main"):
            self.assertEqual(len(lint.findings_of_origin("a", text)), 1, text)

    def test_other_addresses(self):
        for text in ("https://example.org/crates", "src/work/x", "/tmp/x.sock", "registry+https://github.com/rust-lang/crates.io-index"):
            self.assertEqual(lint.findings_of_origin("a", text), [], text)


if __name__ == "__main__":
    unittest.main()
