#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Opens one bidirectional stream to an endpoint and writes given bytes in given pieces: a hand-made pipe peer for test_pipe.py.

Prints one JSON line: what came back (hex), or the error. Pieces are hex, separated by commas; `wait:MS` pauses, `fin` ends the direction.
"""

import asyncio
import json
import sys

import iroh

from peer import text_of


async def delivered(send) -> None:
    """Waits until the peer has everything; a peer that closes after its own last byte has it, too."""
    try:
        await send.stopped()
    except iroh.IrohError:
        pass


async def run(ticket: str, alpn: str, pieces: list) -> dict:
    builder = iroh.EndpointBuilder()
    builder.apply_minimal()
    builder.relay_mode(iroh.RelayMode.disabled())
    builder.bind_addr("127.0.0.1:0")
    endpoint = await builder.bind()
    try:
        connection = await endpoint.connect(iroh.EndpointTicket.from_string(ticket).endpoint_addr(), alpn.encode())
        stream = await connection.open_bi()
        for piece in pieces:
            if piece.startswith("wait:"):
                await asyncio.sleep(int(piece[5:]) / 1000)
            elif piece == "fin":
                await stream.send().finish()
            else:
                await stream.send().write_all(bytes.fromhex(piece))
        answer = await stream.recv().read_to_end(1 << 20)
        if "fin" in pieces:
            await delivered(stream.send())
        connection.close(0, b"")
        return {"answer": bytes(answer).hex()}
    except Exception as error:
        return {"error": text_of(error)}
    finally:
        await endpoint.close()


print(json.dumps(asyncio.run(run(sys.argv[1], sys.argv[2], sys.argv[3].split(",")))))
