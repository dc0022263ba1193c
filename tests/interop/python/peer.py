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
        self.alpn = arguments.alpn.encode()
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
        builder.alpns([self.alpn])
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
            (size,) = struct.unpack(">Q", await recv.read_exact(8))
            await write_pattern(send, size)
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
        if request["op"] != "close":
            raise ValueError("unknown operation")
        connections = list(self.connections)
        for connection in connections:
            self.close(connection, request["code"], request["reason"])
        return {"ok": True, "connections": len(connections)}


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
        if name != "connect" and self.connection is None:
            raise ValueError("not connected")
        return await method(request)

    async def op_connect(self, request):
        if self.connection is not None:
            self.close(self.connection, 0, "")
            self.connection = None
        remote = iroh.EndpointId.from_string(request.get("id", self.arguments.id))
        address = iroh.EndpointAddr(remote, None, [request.get("addr", self.arguments.addr)])
        alpn = request.get("alpn", self.arguments.alpn).encode()
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
        sub.add_argument("--alpn", required=True)
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
