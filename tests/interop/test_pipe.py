#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""`iroh pipe` against the real dumbpipe 0.40.1, both ways: test_pipe.py [unittest options].

IROH_PIPE_SIDES=real,real (listener, connector) runs the pair tests against another pair, to check the tests themselves.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import socket
import stat
import subprocess
import sys
import tempfile
import unittest

import pipe_tool
from isolation import enter_loopback_only_network
from pipe_tool import Reader, Server, Tool, dial, echo, free_port, pattern_sha256, round_trip, run

MIB = 1024 * 1024
BULK = 256 * MIB
BULK_LIMIT = 240
LOOPBACK = ("--ipv4-addr", "127.0.0.1:0")
SECRET = "01" * 32
VECTOR = "endpointacxfr74igmsbvsbnn73wcecg5vt3kbzncqwfrdiampuufwnhkublmaa"  # id only, of a key that nobody here holds


class PipeTest(unittest.TestCase):
    def tool(self, side, *arguments, **extra):
        tool = Tool(side, *arguments, **extra)
        self.addCleanup(tool.kill)
        return tool

    def server(self, handler=echo, path=""):
        server = Server(handler, path)
        self.addCleanup(server.close)
        return server

    def directory(self):
        directory = tempfile.TemporaryDirectory(prefix="iroh-pipe-")
        self.addCleanup(directory.cleanup)
        return pathlib.Path(directory.name)

    def assert_all_zero(self, *tools):
        for tool in tools:
            tool.expect_exit(0)


class Pair:
    """The tests of one pairing; the subclasses below say who listens and who connects."""

    listener = connector = ""

    def pipe(self, *options, connect_options=None):
        listen = self.tool(self.listener, "listen", *LOOPBACK, *options)
        connect = self.tool(self.connector, "connect", *LOOPBACK, *(options if connect_options is None else connect_options),
                            listen.ticket())
        return listen, connect

    def transfer(self, to_connector: int, to_listener: int, limit: float = 60, **options):
        """Both directions at once; each side sees exactly what the other sent, and both exit 0."""
        listen, connect = self.pipe(**options)
        listen.write(to_connector)
        connect.write(to_listener)
        self.assertEqual(connect.stdout.wait(limit), (to_connector, pattern_sha256(to_connector)))
        self.assertEqual(listen.stdout.wait(limit), (to_listener, pattern_sha256(to_listener)))
        self.assert_all_zero(listen, connect)

    # [tools.md 33]
    def test_both_have_input(self):
        self.transfer(1000, 2000)

    def test_only_the_listener_has_input(self):
        self.transfer(70_000, 0)

    def test_only_the_connector_has_input(self):
        self.transfer(0, 70_000)

    def test_nobody_has_input(self):
        self.transfer(0, 0)

    def test_256_mib_each_way(self):
        self.transfer(BULK, BULK, BULK_LIMIT)

    def test_recv_only(self):
        for listen_only, connect_only in ((True, False), (False, True), (True, True)):
            with self.subTest(listener=listen_only, connector=connect_only):
                flags = lambda on: ("--recv-only",) if on else ()
                listen, connect = self.pipe(*flags(listen_only), connect_options=flags(connect_only))
                if not listen_only:
                    listen.write(5000)
                if not connect_only:
                    connect.write(6000)
                self.assertEqual(connect.stdout.wait(30)[0], 0 if listen_only else 5000)
                self.assertEqual(listen.stdout.wait(30)[0], 0 if connect_only else 6000)
                self.assert_all_zero(listen, connect)

    # [tools.md 34] A side that ended its own input still receives everything.
    def test_half_close_of_the_connector(self):
        listen, connect = self.pipe()
        connect.write(100)
        self.wait_until(lambda: listen.stdout.count == 100)
        listen.write(MIB)
        self.assertEqual(connect.stdout.wait(30), (MIB, pattern_sha256(MIB)))
        self.assert_all_zero(listen, connect)

    def test_half_close_of_the_listener(self):
        listen, connect = self.pipe()
        listen.write(100)
        self.wait_until(lambda: connect.stdout.count == 100)
        connect.write(MIB)
        self.assertEqual(listen.stdout.wait(30), (MIB, pattern_sha256(MIB)))
        self.assert_all_zero(listen, connect)

    # [tools.md 32]
    def test_custom_alpn(self):
        for alpn in ("utf8:my protocol/ü", "00ff4a4B"):
            with self.subTest(alpn=alpn):
                self.custom_alpn(alpn)

    def custom_alpn(self, alpn):
        listen, connect = self.pipe("--custom-alpn", alpn)
        connect.write(10)  # without a handshake the stream exists from the first byte on
        listen.write(20)
        self.assertEqual(connect.stdout.wait(30), (20, pattern_sha256(20)))
        self.assertEqual(listen.stdout.wait(30), (10, pattern_sha256(10)))
        self.assert_all_zero(listen, connect)

    def test_other_alpn_is_refused(self):
        _, connect = self.pipe(connect_options=("--custom-alpn", "utf8:other"))
        connect.line("error: ")
        connect.expect_exit(1)

    # [tools.md 36] The other side ends soon, not after the idle timeout of 30 s.
    def test_interrupted_listener_ends_the_connector(self):
        listen, connect = self.open_pipe()
        self.interrupt_first(listen, self.listener, connect, self.connector)

    def test_interrupted_connector_ends_the_listener(self):
        listen, connect = self.open_pipe()
        self.interrupt_first(connect, self.connector, listen, self.listener)

    def interrupt_first(self, first, side_of_first, other, side_of_other):
        first.interrupt()
        first.expect_exit(1, 5)
        if side_of_other == "real":
            other.end()  # upstream cannot exit while it reads its standard input
        # Upstream leaves without closing its endpoint, so its peer may have to wait for the idle timeout.
        other.expect_exit(1, 5 if side_of_first == "ours" else 45)

    def open_pipe(self):
        listen, connect = self.pipe()
        connect.write_all(b"x")
        listen.write_all(b"y")
        for tool in (listen, connect):
            self.wait_until(lambda: tool.stdout.count == 1)
        return listen, connect

    def wait_until(self, condition):
        # Output must be written through promptly, so a byte shows up without the end of the stream.
        for _ in range(600):
            if condition():
                return
            pipe_tool.time.sleep(0.05)
        self.fail("nothing arrived in 30 s")

    # [tools.md 35] [tools.md 47] Sides that leave right after the end of their input lose nothing, and both succeed.
    def test_short_dialogues_many_times(self):
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            for outcome in list(pool.map(self.dialogue, range(30))):
                self.assertEqual(outcome, ((3, hashlib.sha256(b"abc").hexdigest()), (3, hashlib.sha256(b"xyz").hexdigest()), 0, 0))

    def dialogue(self, _):
        listen, connect = self.pipe()
        for tool, text in ((connect, b"abc"), (listen, b"xyz")):
            tool.write_all(text)
            tool.end()
        return listen.stdout.wait(30), connect.stdout.wait(30), listen.exit_code(), connect.exit_code()

    # TCP and Unix forms

    def forward_tcp(self, server):
        listen = self.tool(self.listener, "listen-tcp", "--host", server.address, *LOOPBACK)
        address = f"127.0.0.1:{free_port()}"
        connect = self.tool(self.connector, "connect-tcp", "--addr", address, *LOOPBACK, listen.ticket())
        return listen, connect, address

    def forward_unix(self, server):
        listen = self.tool(self.listener, "listen-unix", "--socket-path", server.address, *LOOPBACK)
        path = str(self.directory() / "local.sock")
        connect = self.tool(self.connector, "connect-unix", "--socket-path", path, *LOOPBACK, listen.ticket())
        return listen, connect, path

    def assert_forwards(self, address, size, limit=60):
        with dial(address) as connection:
            self.assertEqual(round_trip(connection, size, limit), (size, pattern_sha256(size)))

    def end(self, *tools):
        for tool in tools:
            tool.interrupt()
            tool.line("got ctrl-c, exiting", 10)
            tool.expect_exit(0, 10)

    # The end of the client's direction reaches the server (echo ends only then), and the server's end the client: half-close works.
    def test_tcp_256_mib_each_way(self):
        listen, connect, address = self.forward_tcp(self.server())
        self.assert_forwards(address, BULK, BULK_LIMIT)
        self.end(connect, listen)

    def test_unix_256_mib_each_way(self):
        listen, connect, path = self.forward_unix(self.server(path=str(self.directory() / "server.sock")))
        self.assert_forwards(path, BULK, BULK_LIMIT)
        self.end(connect, listen)

    # [tools.md 38]
    def test_tcp_100_connections_at_once(self):
        _, _, address = self.forward_tcp(self.server())
        self.assert_forwards(address, 10)
        with concurrent.futures.ThreadPoolExecutor(100) as pool:
            list(pool.map(lambda _: self.assert_forwards(address, 20_000), range(100)))

    # [tools.md 37] A server that speaks first, one that closes at once, one that refuses: that pipe ends, the tool continues.
    def test_tcp_server_that_speaks_first(self):
        def speak(connection):
            connection.sendall(b"220 hello\r\n")
            echo(connection)

        _, _, address = self.forward_tcp(self.server(speak))
        with dial(address) as connection:
            reader = Reader(connection.recv)
            connection.sendall(b"quit")
            connection.shutdown(socket.SHUT_WR)
            reader.wait(30)
            self.assertEqual(reader.head, b"220 hello\r\nquit")

    def test_tcp_server_that_closes_at_once(self):
        _, _, address = self.forward_tcp(self.server(lambda connection: None))
        for _ in range(2):
            with dial(address) as connection:
                reader = Reader(connection.recv)
                self.assertEqual(reader.wait(30)[0], 0)

    # [tools.md 39]
    def test_unix_three_connections_one_after_the_other(self):
        if self.listener == "real" and self.connector == "real":
            self.skipTest("upstream serves only the first stream of a connection")
        _, _, path = self.forward_unix(self.server(path=str(self.directory() / "server.sock")))
        for _ in range(3):
            self.assert_forwards(path, 5000)

    # [tools.md 41]
    def test_unix_three_connections_at_once(self):
        if self.listener == "real" and self.connector == "real":
            self.skipTest("upstream serves only the first stream of a connection")
        _, _, path = self.forward_unix(self.server(path=str(self.directory() / "server.sock")))
        connections = [dial(path) for _ in range(3)]
        for connection in connections:
            with connection:
                self.assertEqual(round_trip(connection, 5000, 30), (5000, pattern_sha256(5000)))

    # [tools.md 40]
    def test_connect_with_listen_tcp(self):
        listen = self.tool(self.listener, "listen-tcp", "--host", self.server().address, *LOOPBACK)
        connect = self.tool(self.connector, "connect", *LOOPBACK, listen.ticket())
        connect.write(5000)
        self.assertEqual(connect.stdout.wait(30), (5000, pattern_sha256(5000)))
        connect.expect_exit(0)

    def test_connect_tcp_with_listen(self):
        listen = self.tool(self.listener, "listen", *LOOPBACK)
        address = f"127.0.0.1:{free_port()}"
        self.tool(self.connector, "connect-tcp", "--addr", address, *LOOPBACK, listen.ticket())
        listen.write(4000)
        with dial(address) as connection:
            self.assertEqual(round_trip(connection, 5000, 30), (4000, pattern_sha256(4000)))
        self.assertEqual(listen.stdout.wait(30), (5000, pattern_sha256(5000)))
        listen.expect_exit(0)

    def test_connect_tcp_with_listen_unix(self):
        server = self.server(path=str(self.directory() / "server.sock"))
        listen = self.tool(self.listener, "listen-unix", "--socket-path", server.address, *LOOPBACK)
        address = f"127.0.0.1:{free_port()}"
        self.tool(self.connector, "connect-tcp", "--addr", address, *LOOPBACK, listen.ticket())
        self.assert_forwards(address, 5000)

    def test_connect_unix_with_listen_tcp(self):
        listen = self.tool(self.listener, "listen-tcp", "--host", self.server().address, *LOOPBACK)
        path = str(self.directory() / "local.sock")
        self.tool(self.connector, "connect-unix", "--socket-path", path, *LOOPBACK, listen.ticket())
        self.assert_forwards(path, 5000)


class OursListens(Pair, PipeTest):
    listener, connector = "ours", "real"


class RealListens(Pair, PipeTest):
    listener, connector = "real", "ours"


class Ours(PipeTest):
    """Behaviour of our side alone, with hand-made peers where one is needed."""

    def raw_stream(self, ticket, pieces, alpn="DUMBPIPEV0"):
        python = pipe_tool.PEERS / "venv" / "bin" / "python"
        outcome = subprocess.run([str(python), str(pipe_tool.HERE / "python" / "raw_stream.py"), ticket, alpn, pieces],
                                 capture_output=True, text=True, timeout=60)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return json.loads(outcome.stdout)

    def listen(self, *options):
        return self.tool("ours", "listen", *LOOPBACK, *options)

    # [tools.md 30]
    def test_handshake_split_into_single_bytes(self):
        listen = self.listen()
        listen.write(5)
        answer = self.raw_stream(listen.ticket(), "68,wait:30,65,wait:30,6c,wait:30,6c,wait:30,6f,wait:30,616263,fin")
        self.assertEqual(answer, {"answer": "0001020304"})
        listen.stdout.wait(10)
        self.assertEqual(listen.stdout.head, b"abc")
        listen.expect_exit(0)

    def test_handshake_and_payload_in_one_piece(self):
        listen = self.listen("--recv-only")
        self.assertEqual(self.raw_stream(listen.ticket(), "68656c6c6f616263,fin"), {"answer": ""})
        listen.stdout.wait(10)
        self.assertEqual(listen.stdout.head, b"abc")
        listen.expect_exit(0)

    # [tools.md 31] The listener drops that peer and goes on.
    def test_wrong_handshake_and_early_fin_do_not_end_the_listener(self):
        listen = self.listen("--recv-only")
        ticket = listen.ticket()
        self.assertIn("error", self.raw_stream(ticket, "68656c6c6e616263,fin"))
        self.assertIn("error", self.raw_stream(ticket, "6865,fin"))
        self.assertEqual(self.raw_stream(ticket, "68656c6c6f7a,fin"), {"answer": ""})
        listen.stdout.wait(10)
        self.assertEqual(listen.stdout.head, b"z")
        listen.expect_exit(0)

    def test_peer_without_a_handshake_does_not_keep_others_from_being_served(self):
        listen = self.listen("--recv-only")
        ticket = listen.ticket()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            slow = pool.submit(self.raw_stream, ticket, "68,wait:4000,65")
            self.assertEqual(self.raw_stream(ticket, "68656c6c6f7a,fin"), {"answer": ""})
            listen.expect_exit(0)
            self.assertIn("error", slow.result())

    # [tools.md 51] A wrong ALPN on the way in does not end listen-tcp.
    def test_listen_tcp_goes_on_after_a_refused_peer(self):
        listen = self.tool("ours", "listen-tcp", "--host", self.server().address, *LOOPBACK)
        ticket = listen.ticket()
        self.assertIn("error", self.raw_stream(ticket, "00", alpn="other"))
        self.assertEqual(self.raw_stream(ticket, "68656c6c6f616263,fin"), {"answer": "616263"})

    # [tools.md 37]
    def test_refusing_tcp_target_ends_that_pipe_only(self):
        listen = self.tool("ours", "listen-tcp", "--host", f"127.0.0.1:{free_port()}", *LOOPBACK)
        ticket = listen.ticket()
        for _ in range(2):
            self.assertIn("error", self.raw_stream(ticket, "68656c6c6f616263,fin"))

    # [tools.md 1] [tools.md 29]
    def test_generate_ticket_equals_upstream(self):
        for secret in (SECRET, "aeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaq", "AEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQ"):
            ours, real = (run(side, "generate-ticket", IROH_SECRET=secret) for side in ("ours", "real"))
            self.assertEqual((ours.returncode, ours.stdout), (0, real.stdout))
            self.assertEqual(ours.stderr, b"")

    def test_invalid_secret(self):
        for secret in ("AB" * 32, "01" * 31 + "0", "garbage", "é"):
            with self.subTest(secret=secret):
                outcome = run("ours", "generate-ticket", IROH_SECRET=secret)
                self.assertEqual(outcome.returncode, 1)
                self.assertIn(b"invalid secret", outcome.stderr)

    # [tools.md 5]
    def test_exit_codes_of_usage(self):
        for arguments, code in ((("connect", "endpointx"), 2), (("connect", "nodeadshbbc"), 2), (("connect",), 2), (("listen-tcp",), 2),
                                (("listen", "--no-such"), 2), ((), 2), (("--help",), 0), (("listen", "--help"), 0),
                                (("--version",), 0), (("-V",), 0), (("listen", "--custom-alpn", "abc"), 1),
                                (("listen", "--custom-alpn", "utf8:"), 1), (("listen-tcp", "--host", "no port"), 1)):
            with self.subTest(arguments=arguments):
                outcome = run("ours", *arguments)
                self.assertEqual(outcome.returncode, code, outcome.stderr)
                (self.assertTrue if code == 0 else self.assertFalse)(outcome.stdout)

    def test_old_ticket_gets_an_explanation(self):
        outcome = run("ours", "connect", "nodeadshbbcvyw6nq5k3qmohg7mlsnqnr6cbzabpgkh6kxcs4xe2ckqgyaa")
        self.assertEqual(outcome.returncode, 2)
        self.assertRegex(outcome.stderr.decode(), r"(?i)old|1\.0|iroh 0|earlier")

    # [tools.md 6] [tools.md 38]
    def test_address_in_use(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.create_server(("127.0.0.1", 0)) as tcp:
            udp.bind(("127.0.0.1", 0))
            taken = "127.0.0.1:%d" % udp.getsockname()[1]
            self.assertEqual(run("ours", "listen", "--ipv4-addr", taken).returncode, 1)
            taken = "127.0.0.1:%d" % tcp.getsockname()[1]
            outcome = run("ours", "connect-tcp", "--addr", taken, *LOOPBACK, VECTOR)
            self.assertEqual(outcome.returncode, 1)
            self.assertIn(b"error: ", outcome.stderr)

    # [tools.md 42] [tools.md 2] The key line comes first, the ticket is the last word of its line.
    def test_lines_of_listen(self):
        listen = self.listen("-v")
        listen.line("^or:$")
        short = listen.line(r"connect endpoint\S+$")
        self.assertRegex(listen.lines[0], "^using secret key [0-9a-f]{64}$")
        self.assertEqual(listen.lines[1], "Listening. To connect, use:")
        self.assertRegex(short, r"^iroh pipe connect endpoint\S+$")

    def test_no_key_line_with_a_given_secret(self):
        listen = self.tool("ours", "listen", *LOOPBACK, IROH_SECRET=SECRET)
        listen.ticket()
        self.assertEqual(listen.lines[0], "Listening. To connect, use:")

    # [tools.md §3.7]
    def test_interrupt_without_a_pipe(self):
        listen = self.listen()
        listen.ticket()
        listen.interrupt()
        listen.expect_exit(130, 5)

    # [tools.md 39]
    def test_unix_socket_file(self):
        server = self.server(path=str(self.directory() / "server.sock"))
        listen = self.tool("ours", "listen-unix", "--socket-path", server.address, *LOOPBACK)
        path = self.directory() / "local.sock"
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(path))
        connect = self.tool("ours", "connect-unix", "--socket-path", str(path), *LOOPBACK, listen.ticket())
        with dial(str(path)) as connection:
            self.assertEqual(round_trip(connection, 100, 30)[0], 100)
        self.assertEqual(stat.S_IMODE(path.stat().st_mode) & 0o077, 0)
        connect.interrupt()
        connect.expect_exit(0, 10)
        self.assertFalse(path.exists())

    def test_foreign_file_at_the_socket_path_stays(self):
        path = self.directory() / "precious"
        path.write_text("mine")
        outcome = run("ours", "connect-unix", "--socket-path", str(path), *LOOPBACK, VECTOR)
        self.assertEqual((outcome.returncode, path.read_text()), (1, "mine"))

    # A closed stdout ends the pipe with an error instead of a crash.
    def test_closed_stdout(self):
        reading_end, writing_end = os.pipe()
        os.close(reading_end)
        self.addCleanup(os.close, writing_end)
        listen = self.tool("ours", "listen", *LOOPBACK, "--recv-only", output=writing_end)
        self.raw_stream(listen.ticket(), "68656c6c6f" + "61" * 20_000 + ",wait:200," + "61" * 20_000 + ",fin")
        listen.expect_exit(1, 15)


if os.environ.get("IROH_PIPE_SIDES"):
    OursListens.listener, OursListens.connector = os.environ["IROH_PIPE_SIDES"].split(",")

if __name__ == "__main__":
    if sys.argv[1:] == ["cases"]:
        names = unittest.defaultTestLoader.getTestCaseNames
        sys.exit(print("\n".join(f"{group.__name__}.{name}" for group in (OursListens, RealListens, Ours) for name in names(group))))
    enter_loopback_only_network()
    unittest.main()
