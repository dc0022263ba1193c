#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""A real iroh peer (PyPI package iroh) that speaks the protocol of tests/interop/README.md over stdin and stdout."""

import argparse
import asyncio
import ctypes
import hashlib
import json
import re
import struct
import sys
import time

import iroh
from iroh import iroh_ffi

CHUNK = 64 * 1024
PERIOD = bytes(range(251))
BLOCK = PERIOD * 1045  # a little over 256 KiB, a multiple of the period


def pattern(offset: int, size: int) -> bytes:
    """Bytes offset..offset+size of the sequence i mod 251; size is at most CHUNK."""
    start = offset % 251
    return BLOCK[start : start + size]


def pattern_sha256(size: int) -> str:
    digest, offset = hashlib.sha256(), 0
    while offset < size:
        part = pattern(offset, min(CHUNK, size - offset))
        digest.update(part)
        offset += len(part)
    return digest.hexdigest()


def write_at_once(builder, value) -> None:
    with builder._reserve(len(value)):
        ctypes.memmove(ctypes.addressof(builder.rbuf.data.contents) + builder.rbuf.len, bytes(value), len(value))


# The generated binding copies outgoing bytes one by one in Python, which caps a stream at 2 MB/s.
iroh_ffi._UniffiRustBufferBuilder.write = write_at_once


def emit(**members) -> None:
    print(json.dumps(members), flush=True)


def text_of(error: BaseException) -> str:
    if isinstance(error, iroh.IrohError):
        return error.message().splitlines()[-1].strip()  # the innermost cause; the lines above name source positions
    return f"{type(error).__name__}: {error}"


def quic_code(text: str):
    """The bindings only give texts; a TLS alert appears by its number where it appears at all."""
    match = re.search(r"the cryptographic handshake failed: error (\d+)", text)
    if match:
        return 0x100 + int(match.group(1))
    match = re.search(r"Code::crypto\((\w+)\)|Code\((\w+)\)", text)
    if match:
        value = int(match.group(1) or match.group(2), 16 if match.group(1) else 0)
        return 0x100 + value if match.group(1) else value
    return None


def closed_members(text: str) -> dict:
    """Turns the text of Connection.closed() into by, code and reason."""
    match = re.match(r"closed by peer: (?:(.*) \(code (\d+)\)|(\d+))$", text, re.S)
    if match:
        return {"by": "peer", "code": int(match.group(2) or match.group(3)), "reason": match.group(1) or ""}
    if text == "closed":
        return {"by": "local", "code": None, "reason": ""}
    if text == "timed out":
        return {"by": "timeout", "code": None, "reason": ""}
    by = "transport" if "aborted by peer" in text or "error" in text else "other"
    return {"by": by, "code": quic_code(text), "reason": text}


async def read_chunks(recv):
    """Yields until FIN. The binding answers an empty read at the end of the stream."""
    while True:
        part = await recv.read(CHUNK)
        if not part:
            return
        yield part


class Peer:
    def __init__(self, arguments):
        self.arguments = arguments
        self.settings = dict(setting.split("=") for setting in arguments.set)
        self.endpoint = None
        self.connections = set()
        self.closed_locally = {}
        self.tasks = set()

    def start(self, coroutine):
        task = asyncio.create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def bind(self):
        builder = iroh.EndpointBuilder()
        builder.apply_minimal()
        builder.relay_mode(iroh.RelayMode.disabled())
        builder.alpns([alpn.encode() for alpn in self.arguments.alpn])
        builder.bind_addr(self.arguments.bind)
        if self.arguments.secret_hex:
            builder.secret_key(bytes.fromhex(self.arguments.secret_hex))
        self.endpoint = await builder.bind()
        sockets = [address for address in self.endpoint.bound_sockets() if not address.startswith("[")]
        own = iroh.EndpointAddr(self.endpoint.id(), None, sockets[:1])
        emit(event="ready", id=id_hex(self.endpoint.id()), addr=sockets[0],
             ticket=str(iroh.EndpointTicket.from_addr(own)))

    async def close_reason(self, connection) -> dict:
        members = closed_members(await connection.closed())
        if members["by"] == "local":
            members["code"], members["reason"] = self.closed_locally.get(id(connection), (0, ""))
        return members

    def close(self, connection, code: int, reason: str) -> None:
        self.closed_locally[id(connection)] = (code, reason)
        connection.close(code, reason.encode())

    async def quit(self) -> None:
        for connection in list(self.connections):
            self.close(connection, 0, "")
        await self.endpoint.close()


def id_hex(endpoint_id) -> str:
    return endpoint_id.to_bytes().hex()


class Server(Peer):
    async def accept_loop(self):
        while (incoming := await self.endpoint.accept_next()) is not None:
            self.start(self.serve(incoming))

    async def serve(self, incoming):
        if self.settings.get("retry") == "1" and not await incoming.remote_addr_validated():
            await incoming.retry()
            emit(event="retry_sent")
            return
        try:
            connection = await (await incoming.accept()).connect()
        except Exception as error:
            emit(event="incoming_failed", error=text_of(error))
            return
        self.connections.add(connection)
        emit(event="connected", remote_id=id_hex(connection.remote_id()), alpn=connection.alpn().decode())
        loops = [self.start(loop(connection)) for loop in (self.bi_loop, self.uni_loop, self.datagram_loop)]
        members = await self.close_reason(connection)
        self.connections.discard(connection)
        emit(event="closed", **members)
        await asyncio.gather(*loops, return_exceptions=True)

    async def bi_loop(self, connection):
        while True:
            stream = await connection.accept_bi()
            self.start(self.guarded(self.bi_stream(stream.send(), stream.recv())))

    async def uni_loop(self, connection):
        while True:
            recv = await connection.accept_uni()
            self.start(self.guarded(self.uni_stream(connection, recv)))

    async def datagram_loop(self, connection):
        while True:
            connection.send_datagram(await connection.read_datagram())

    async def guarded(self, coroutine):
        try:
            await coroutine
        except Exception as error:
            print("stream ended:", text_of(error), file=sys.stderr, flush=True)

    async def bi_stream(self, send, recv):
        service = await recv.read_exact(1)
        if service == b"E":
            async for part in read_chunks(recv):
                await send.write_all(part)
        elif service == b"S":
            await send.write_all(await sink(recv))
        elif service == b"G":
            await write_pattern(send, await read_u64(recv))
        elif service == b"R":
            code = await read_u64(recv)
            await send.write_all(pattern(0, 1000))
            await send.reset(code)
            return
        elif service == b"P":
            await recv.stop(await read_u64(recv))
        elif service == b"H":
            await half(send, recv)
            return
        elif service == b"W":
            await asyncio.gather(write_until_stopped(send), watch(recv))
            return
        else:
            await recv.stop(1)
            await send.reset(1)
            return
        await send.finish()
        await send.stopped()

    async def uni_stream(self, connection, recv):
        answer = await sink(recv)
        send = await connection.open_uni()
        await send.write_all(answer)
        await send.finish()
        await send.stopped()

    async def operation(self, request: dict) -> dict:
        connections = list(self.connections)
        if request["op"] == "close":
            for connection in connections:
                self.close(connection, request["code"], request["reason"])
        elif request["op"] == "limits":
            for connection in connections:
                connection.set_max_concurrent_bi_streams(request["bi"])
        elif request["op"] == "stats":
            return {"ok": True, **stats(connections[-1])}
        else:
            raise ValueError("unknown operation")
        return {"ok": True, "connections": len(connections)}


async def read_u64(recv) -> int:
    return struct.unpack(">Q", await recv.read_exact(8))[0]


async def half(send, recv) -> None:
    """Our direction ends first, the other goes on."""
    await send.write_all(b"half")
    await send.finish()
    answer = await sink(recv)
    emit(event="half", bytes=struct.unpack(">Q", answer[:8])[0], sha256=answer[8:].hex())


async def watch(recv) -> None:
    try:
        async for _ in read_chunks(recv):
            pass
    except iroh.IrohError as error:
        emit(event="reset", code=stream_code(text_of(error)))


async def write_until_stopped(send) -> None:
    try:
        while True:
            await send.write_all(BLOCK)
    except iroh.IrohError as error:
        emit(event="stopped", code=stream_code(text_of(error)))


def stream_code(text: str):
    """The code of a stream that the peer has reset or stopped; a stream error without one is not from the peer."""
    match = re.search(r"(?:Reset|Stopped)\((\d+)\)", text)
    return int(match.group(1)) if match else None


def stats(connection) -> dict:
    paths = [{"id": path.id, "remote": path.remote_addr, "is_selected": path.is_selected,
              "tx_bytes": path.stats.udp_tx_bytes, "rx_bytes": path.stats.udp_rx_bytes} for path in connection.paths()]
    return {"paths": paths}


async def sink(recv) -> bytes:
    digest, count = hashlib.sha256(), 0
    async for part in read_chunks(recv):
        digest.update(part)
        count += len(part)
    return struct.pack(">Q", count) + digest.digest()


async def write_pattern(send, size: int) -> None:
    offset = 0
    while offset < size:
        part = pattern(offset, min(CHUNK, size - offset))
        await send.write_all(part)
        offset += len(part)


class Client(Peer):
    connection = None

    async def operation(self, request: dict) -> dict:
        name = request["op"]
        method = getattr(self, "op_" + name, None)
        if method is None:
            raise ValueError("unknown operation")
        if name not in ("connect", "connections") and self.connection is None:
            raise ValueError("not connected")
        return await method(request)

    async def op_connect(self, request):
        if self.connection is not None:
            self.close(self.connection, 0, "")
            self.connection = None
        remote = iroh.EndpointId.from_string(request.get("id", self.arguments.id))
        address = iroh.EndpointAddr(remote, None, [request.get("addr", self.arguments.addr)])
        alpn = request.get("alpn", self.arguments.alpn[0]).encode()
        try:
            self.connection = await self.endpoint.connect(address, alpn)
        except Exception as error:
            return {"ok": False, "error": text_of(error), "code": quic_code(text_of(error))}
        self.connections.add(self.connection)
        return {"ok": True, "remote_id": id_hex(self.connection.remote_id()), "alpn": self.connection.alpn().decode()}

    async def echo(self, stream, size: int) -> tuple:
        """Writes the pattern and reads the echo at the same time; returns count and hash of what came back."""

        async def write():
            await write_pattern(stream.send(), size)
            await stream.send().finish()

        async def read():
            digest, count = hashlib.sha256(), 0
            async for part in read_chunks(stream.recv()):
                digest.update(part)
                count += len(part)
            return count, digest.hexdigest()

        _, answer = await asyncio.gather(write(), read())
        return answer

    async def op_echo(self, request):
        stream = await self.connection.open_bi()
        await stream.send().write_all(b"E")
        count, digest = await self.echo(stream, request["bytes"])
        equal = count == request["bytes"] and digest == pattern_sha256(count)
        return {"ok": equal, "bytes": count, "sha256": digest}

    def sink_result(self, size: int, answer: bytes) -> dict:
        own = pattern_sha256(size)
        peer_bytes, peer_sha256 = struct.unpack(">Q", answer[:8])[0], answer[8:].hex()
        return {"ok": len(answer) == 40 and peer_bytes == size and peer_sha256 == own, "bytes": size, "sha256": own,
                "peer_bytes": peer_bytes, "peer_sha256": peer_sha256}

    async def op_upload(self, request):
        stream = await self.connection.open_bi()
        await stream.send().write_all(b"S")
        await write_pattern(stream.send(), request["bytes"])
        await stream.send().finish()
        return self.sink_result(request["bytes"], await stream.recv().read_to_end(64))

    async def op_uni(self, request):
        send = await self.connection.open_uni()
        await write_pattern(send, request["bytes"])
        await send.finish()
        recv = await self.connection.accept_uni()
        return self.sink_result(request["bytes"], await recv.read_to_end(64))

    async def op_download(self, request):
        size = request["bytes"]
        stream = await self.connection.open_bi()
        await stream.send().write_all(b"G" + struct.pack(">Q", size))
        await stream.send().finish()
        digest, count = hashlib.sha256(), 0
        async for part in read_chunks(stream.recv()):
            digest.update(part)
            count += len(part)
        return {"ok": count == size and digest.hexdigest() == pattern_sha256(size), "bytes": count,
                "sha256": digest.hexdigest()}

    async def op_parallel(self, request):
        streams = [await self.connection.open_bi() for _ in range(request["streams"])]
        for stream in streams:
            await stream.send().write_all(b"E")
        expected = (request["bytes"], pattern_sha256(request["bytes"]))
        answers = await asyncio.gather(*(self.echo(stream, request["bytes"]) for stream in streams))
        complete = sum(answer == expected for answer in answers)
        return {"ok": complete == len(streams), "streams": complete}

    async def op_many(self, request):
        """`streams` echo streams in all, `at_once` at a time."""

        async def worker(share):
            return [(await self.op_echo(request))["ok"] for _ in range(share)]

        at_once = request["at_once"]
        shares = [len(range(number, request["streams"], at_once)) for number in range(at_once)]
        complete = sum(map(sum, await asyncio.gather(*map(worker, shares))))
        return {"ok": complete == request["streams"], "streams": complete}

    async def open(self, service: bytes):
        stream = await self.connection.open_bi()
        await stream.send().write_all(service)
        return stream

    async def op_fill(self, request):
        """Opens `streams` streams; the next one must wait until all but one of them are over."""
        streams = [await self.open(b"E") for _ in range(request["streams"])]
        following = self.start(self.open(b"E"))
        for _ in range(3):  # round trips: the peer had every chance to give more credit
            await streams[-1].send().write_all(b"x")
            await streams[-1].recv().read_exact(1)
        if following.done():
            return {"ok": False, "error": "the stream limit does not hold"}
        for stream in streams[:-1]:
            await self.echo(stream, 10)
        await asyncio.wait_for(following, 10)
        return {"ok": True, "streams": len(streams) + 1}

    async def op_reset_by_peer(self, request):
        stream = await self.open(b"R" + struct.pack(">Q", request["code"]))
        await stream.send().finish()
        try:
            async for _ in read_chunks(stream.recv()):
                pass
        except iroh.IrohError as error:
            code = stream_code(text_of(error))
            return {"ok": code == request["code"], "code": code}
        return {"ok": False, "error": "not reset"}

    async def op_stop_by_peer(self, request):
        stream = await self.open(b"P" + struct.pack(">Q", request["code"]))
        code = await stream.send().stopped()
        return {"ok": code == request["code"], "code": code}

    async def op_abort(self, request):
        stream = await self.open(b"W" + pattern(0, 1000))
        await stream.recv().read_exact(1000)
        await stream.send().reset(request["reset"])
        await stream.recv().stop(request["stop"])
        return {"ok": True}

    async def op_half(self, request):
        stream = await self.open(b"H")
        answer = await stream.recv().read_to_end(64)
        await write_pattern(stream.send(), request["bytes"])
        await stream.send().finish()
        code = await stream.send().stopped()
        return {"ok": answer == b"half" and code is None, "sha256": pattern_sha256(request["bytes"])}

    async def op_connections(self, request):
        """Further connections, all at the same time, each with one echo."""
        remote = iroh.EndpointId.from_string(self.arguments.id)
        address = iroh.EndpointAddr(remote, None, [self.arguments.addr])

        async def one():
            connection = await self.endpoint.connect(address, self.arguments.alpn[0].encode())
            stream = await connection.open_bi()
            await stream.send().write_all(b"E")
            count, digest = await self.echo(stream, request["bytes"])
            return connection, count == request["bytes"] and digest == pattern_sha256(count)

        answers = await asyncio.gather(*(one() for _ in range(request["count"])))
        for connection, _ in answers:
            connection.close(0, b"")
        complete = sum(equal for _, equal in answers)
        return {"ok": complete == request["count"], "connections": complete}

    async def op_datagram_limits(self, _request):
        """The largest datagram comes back, one byte more is refused."""
        while True:
            largest = self.connection.max_datagram_size()
            try:
                self.connection.send_datagram(pattern(0, largest + 1))
                refused = False
            except iroh.IrohError:
                refused = True
            if self.connection.max_datagram_size() == largest:  # else MTU discovery moved the limit
                break
        result = await self.op_datagrams({"count": 1, "bytes": largest})
        return {**result, "ok": refused and result["ok"] and result["received"] == 1, "refused": refused, "bytes": largest}

    async def op_stats(self, _request):
        return {"ok": True, **stats(self.connection)}

    async def op_datagrams(self, request):
        received, equal = 0, True
        for number in range(request["count"]):
            datagram = struct.pack(">I", number) + pattern(0, request["bytes"] - 4)
            self.connection.send_datagram(datagram)
            try:
                equal &= await asyncio.wait_for(self.connection.read_datagram(), 1) == datagram
                received += 1
            except asyncio.TimeoutError:
                pass
        return {"ok": equal, "sent": request["count"], "received": received,
                "max_size": self.connection.max_datagram_size()}

    async def op_idle(self, request):
        await asyncio.sleep(request["seconds"])
        is_open = self.connection.close_reason() is None
        return {"ok": is_open, "open": is_open}

    async def op_close(self, request):
        self.close(self.connection, request["code"], request["reason"])
        return {"ok": True}

    async def op_wait_closed(self, request):
        return {"ok": True, **await asyncio.wait_for(self.close_reason(self.connection), request["seconds"])}


async def stdin_lines():
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        yield line


async def handle(peer: Peer, line: str) -> bool:
    """Runs one operation; false after quit."""
    begin, request = time.monotonic(), {}
    try:
        request = json.loads(line)
        if request["op"] == "quit":
            emit(op="quit", ok=True)
            return False
        result = await peer.operation(request)
    except Exception as error:
        result = {"ok": False, "error": text_of(error)}
    emit(op=request.get("op"), ms=round((time.monotonic() - begin) * 1000, 3), **result)
    return True


async def run(arguments) -> None:
    peer = Server(arguments) if arguments.role == "serve" else Client(arguments)
    await peer.bind()
    if isinstance(peer, Server):
        peer.start(peer.accept_loop())
    async for line in stdin_lines():
        if not await handle(peer, line):
            break
    await peer.quit()


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    roles = parser.add_subparsers(dest="role", required=True)
    for role in ("serve", "connect"):
        sub = roles.add_parser(role)
        sub.add_argument("--alpn", action="append", required=True)
        sub.add_argument("--set", action="append", default=[])
        sub.add_argument("--secret-hex")
        sub.add_argument("--bind", default="127.0.0.1:0")
        if role == "connect":
            sub.add_argument("--id", required=True)
            sub.add_argument("--addr", required=True)
    return parser.parse_args()


if __name__ == "__main__":
    try:
        asyncio.run(run(parse_arguments()))
    except Exception as failure:
        print("peer:", text_of(failure), file=sys.stderr)
        sys.exit(1)
