#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Ours with a peer on iroh's QUIC library that does what the endpoint API cannot force: test_noq.py [unittest options].

IROH_NOQ_SIDE=noq sets noq against itself, to check the tests.
"""

import os
import sys
import unittest

from matrix import MIB, PairTest, case_names_of

OURS = os.environ.get("IROH_NOQ_SIDE", "ours")
ANY_V4 = "0.0.0.0:0"
APPLICATION_ABANDON_PATH = 0x3E  # [quic.md §3.6]

# What is unusual about the connection: settings of noq, settings of ours. Each row runs with noq as client and as server.
SETTINGS = {
    "without_multipath": (("nat_addresses=0", "paths=0"), ()),
    "multipath_without_nat_traversal": (("nat_addresses=0",), ()),
    "short_cids": (("cid_length=4",), ()),
    "long_cids": (("cid_length=20",), ()),
    "small_windows_at_noq": (("stream_window=3000", "window=5000"), ()),
    "small_windows_at_ours": ((), ("stream_window=3000", "window=5000")),
    "one_stream_at_a_time": (("bi_streams=1", "uni_streams=1"), ("bi_streams=1", "uni_streams=1")),
    "observed_addresses": (("send_observed=1", "receive_observed=1"), ()),
    "no_segmentation_offload": (("gso=0",), ()),
    "no_mtu_discovery": (("mtu_discovery=0",), ("mtu_discovery=0",)),
    "no_datagrams": (("datagram_buffer=0",), ("datagram_buffer=0",)),
    "rare_acknowledgements": (("ack_threshold=30", "ack_delay=20"), ()),
}


class NoqTest(PairTest):
    """noq is `self.noq`, the other side `self.ours`."""

    noq_is_client = True

    def start_noq(self, noq=(), ours=(), **settings):
        if self.noq_is_client:
            self.start("noq", OURS, client_settings=noq, server_settings=ours, **settings)
            self.noq, self.ours = self.client, self.server
        else:
            self.start(OURS, "noq", client_settings=ours, server_settings=noq, **settings)
            self.noq, self.ours = self.server, self.client
        return self.pair

    def connected_noq(self, *arguments, **settings):
        self.start_noq(*arguments, **settings).connect()

    def use(self):
        for operation, size in (("echo", 100_000), ("upload", MIB), ("download", MIB), ("uni", 10_000)):
            self.client.done(operation, bytes=size)
        self.client.done("many", streams=20, at_once=1, bytes=100)

    def frames(self, direction="rx"):
        """What noq received, by frame."""
        return self.noq.done("stats")[direction]


class BothRoles:
    # [RFC 9001 §6] As often as noq likes, while data flows.
    def test_key_updates_one_after_another(self):
        self.connected_noq()
        for _ in range(20):
            self.noq.done("key_update")
            self.client.done("echo", bytes=3000)
        self.pair.quit()

    def test_key_updates_under_load(self):
        self.connected_noq()
        for operation in ("upload", "download"):
            self.client.send(op=operation, bytes=16 * MIB)
            if self.noq is self.server:
                for _ in range(10):
                    self.noq.done("key_update")
                    self.client.is_silent(0.02)
            self.assertTrue(self.client.result(operation)["ok"])
        self.pair.quit()

    # [quic.md §6.4] noq asks for rare acknowledgements; fewer than one for ten packets arrive.
    def test_acknowledgement_frequency(self):
        self.connected_noq(("ack_threshold=40", "ack_delay=25"))
        self.client.done("upload" if self.noq is self.client else "download", bytes=8 * MIB)
        stats = self.noq.done("stats")
        self.assertGreaterEqual(stats["tx"]["ack_frequency"], 1)
        self.assertLess((stats["rx"]["acks"] + stats["rx"]["path_acks"]) * 10, stats["sent_packets"])
        self.pair.quit()


def add_settings_case(name, noq, ours):
    def test(self):
        self.connected_noq(noq, ours)
        self.use()
        self.pair.quit()

    setattr(BothRoles, f"test_with_{name}", test)


for row, (noq_settings, our_settings) in SETTINGS.items():
    add_settings_case(row, noq_settings, our_settings)


class NoqClient(BothRoles, NoqTest):
    def open_path(self, address="127.0.0.2", **members):
        return self.noq.done("open_path", limit=20, remote=f"{address}:{self.pair.port}", **members)["path"]

    # [quic.md §4.6] Our server takes part in the validation, and answers on the new path.
    def test_a_second_path(self):
        self.connected_noq(bind=ANY_V4)
        path = self.open_path()
        self.assertEqual(path, 1)
        self.client.done("upload", bytes=4 * MIB)
        self.client.done("download", bytes=4 * MIB)
        paths = {path["path"]: path for path in self.noq.done("paths")["paths"]}
        self.assertEqual(sorted(paths), [0, 1])
        self.assertEqual(paths[1]["remote"], f"127.0.0.2:{self.pair.port}")
        self.assertGreater(paths[1]["rx_bytes"], 1200)
        self.assertGreater(self.frames()["path_acks"], 0)
        self.pair.quit()

    # [quic.md §4.7] The client prefers the second path; data goes on when the first one is abandoned.
    def test_status_and_abandon(self):
        self.connected_noq(bind=ANY_V4)
        path = self.open_path()
        self.noq.done("set_path_status", path=0, status="backup")
        before = self.tx_bytes(path)
        self.client.done("upload", bytes=4 * MIB)
        self.assertGreater(self.tx_bytes(path) - before, 4 * MIB)
        self.noq.done("close_path", path=0)
        self.assertEqual(self.noq.event("path_abandoned")["path"], 0)
        for operation in ("upload", "download", "echo"):
            self.client.done(operation, bytes=MIB)
        self.assertEqual(self.noq.event("path_discarded")["path"], 0)
        self.assertGreaterEqual(self.frames()["path_abandon"], 1)  # the answer to the abandon
        self.pair.quit()

    def tx_bytes(self, number):
        return next(path["tx_bytes"] for path in self.noq.done("paths")["paths"] if path["path"] == number)

    # [quic.md §4.10] New paths in the place of abandoned ones, beyond the first MAX_PATH_ID.
    def test_paths_come_and_go(self):
        self.connected_noq(bind=ANY_V4)
        for number in range(1, 15):
            path = self.open_path(f"127.0.0.{1 + number % 8}" if number % 8 else "127.0.0.9")
            self.client.done("echo", bytes=20_000)
            self.noq.done("close_path", path=path)
        self.client.done("upload", bytes=MIB)
        self.pair.quit()

    # As many paths as both allow; the next one is refused by noq itself.
    def test_all_paths_at_once(self):
        self.connected_noq(bind=ANY_V4)
        for number in range(2, 9):
            self.open_path(f"127.0.0.{number}")
        self.assertFalse(self.noq.op("open_path", remote=f"127.0.0.9:{self.pair.port}")["ok"])
        self.client.done("upload", bytes=8 * MIB)
        self.client.done("download", bytes=8 * MIB)
        self.assertEqual(len(self.noq.done("paths")["paths"]), 8)
        self.pair.quit()

    def test_paths_from_several_local_addresses(self):
        self.connected_noq(bind=ANY_V4)
        for number in range(3, 6):
            self.open_path("127.0.0.1", local=f"127.0.0.{number}")
        self.client.done("echo", bytes=MIB)
        self.pair.quit()

    # [RFC 9000 §9] The client has a new port, and tells nobody.
    def test_rebinding_with_multipath(self):
        self.rebinding(())

    def test_rebinding_without_multipath(self):
        self.rebinding(("nat_addresses=0", "paths=0"))

    def rebinding(self, settings):
        self.connected_noq(settings)
        self.client.done("echo", bytes=10_000)
        for _ in range(3):
            self.noq.done("rebind")
            self.client.done("echo", bytes=100_000)
        self.client.done("upload", bytes=MIB)
        self.pair.quit()

    def test_network_change_at_the_client(self):
        self.connected_noq(bind=ANY_V4)
        self.open_path()
        self.noq.done("network_change")
        self.client.done("echo", bytes=100_000)
        self.pair.quit()

    # [quic.md §5] The client offers an address in a round; our server probes it.
    def test_nat_traversal_round(self):
        self.connected_noq(bind=ANY_V4)
        port = self.noq.addr.rpartition(":")[2]
        for number in (1, 2, 3):
            self.noq.done("add_address", addr=f"127.0.0.{number}:{port}")
        self.noq.done("nat_round")
        self.client.done("echo", bytes=100_000)
        self.pair.quit()

    # [RFC 9001 §4.6] With a ticket of the first connection noq sends an echo as early data.
    def test_early_data(self):
        self.connected_noq()
        self.client.done("echo", bytes=1000)
        # GnuTLS refuses early data of clients whose rounding makes the ticket older than it is: not every time. Either way
        # the connection goes on.
        outcomes = [self.pair.connect(early=1000)[0]["early"] for _ in range(8)]
        self.assertIn("accepted", outcomes)
        self.client.done("echo", bytes=1000)
        self.pair.quit()


class NoqServer(BothRoles, NoqTest):
    noq_is_client = False

    def test_retry(self):
        self.start_noq(("retry=1", "tokens=0"))
        for _ in range(3):
            self.client.done("connect")
            self.server.event("retry_sent")
            self.assertTrue(self.server.event("connected")["validated"])
        self.pair.quit()

    # [RFC 9000 §8.1.3] A token of the first connection spares the second one the Retry.
    def test_tokens_of_earlier_connections(self):
        self.start_noq(("retry=1", "tokens=2"))
        self.client.done("connect")
        self.server.event("retry_sent")
        self.client.done("echo", bytes=1000)
        self.server.event("connected")
        self.assertTrue(self.pair.connect()[1]["validated"])
        self.client.done("echo", bytes=1000)
        self.pair.quit()

    # [RFC 8446 §2.2] The second handshake uses a ticket of the first one.
    def test_resumption(self):
        self.start_noq()
        self.pair.connect()
        self.client.done("echo", bytes=1000)
        self.pair.connect()
        self.client.done("echo", bytes=1000)
        self.assertGreaterEqual(self.noq.done("stats")["resumed"], 1)
        self.pair.quit()

    # [RFC 9001 §4.6] Our client sends an echo as early data with the ticket of the first connection.
    def test_early_data(self):
        self.start_noq()
        self.assertEqual(self.pair.connect(early=1000)[0]["early"], "no ticket")
        self.client.done("echo", bytes=1000)
        self.assertEqual(self.pair.connect(early=1000)[0]["early"], "accepted")
        self.client.done("echo", bytes=1000)
        self.pair.quit()

    # [RFC 9001 §4.6.2] The server has forgotten the ticket: the early data is lost, the connection works.
    def test_early_data_rejected(self):
        self.connected_noq()
        self.client.done("echo", bytes=1000)
        self.noq.done("forget_tickets")
        self.assertEqual(self.pair.connect(early=1000)[0]["early"], "rejected")
        self.client.done("echo", bytes=1000)
        self.pair.quit()

    # The server has lost its tickets, as after a restart: a full handshake follows.
    def test_resumption_refused(self):
        self.start_noq()
        for _ in range(3):
            self.pair.connect()
            self.client.done("echo", bytes=1000)
            self.noq.done("forget_tickets")
        self.pair.quit()

    # [quic.md §5] The server's candidates reach our client; it may or may not use them.
    def test_addresses_of_the_server(self):
        self.connected_noq(bind=ANY_V4)
        for number in (2, 3):
            self.noq.done("add_address", addr=f"127.0.0.{number}:{self.pair.port}")
        self.client.done("echo", bytes=100_000)
        self.noq.done("remove_address", addr=f"127.0.0.2:{self.pair.port}")
        self.client.done("echo", bytes=100_000)
        self.pair.quit()


if __name__ == "__main__":
    if sys.argv[1:] == ["cases"]:
        sys.exit(print("\n".join(case_names_of(NoqClient, NoqServer))))
    unittest.main()
