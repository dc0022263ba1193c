#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Writes the hand-made samples of fuzz/corpus: valid inputs from the specifications' vectors, one file each.

Run it from anywhere without arguments; it overwrites its own files and leaves others (findings) alone.
The bytes are laid out here by hand, not by the code under test.
"""

from pathlib import Path

CORPUS = Path(__file__).resolve().parent / "corpus"


def varint(value: int) -> bytes:
    """[RFC 9000 §16]"""
    for prefix, size in ((0, 1), (1, 2), (2, 4), (3, 8)):
        if value < 1 << (8 * size - 2):
            return (value | prefix << (8 * size - 2)).to_bytes(size, "big")
    raise ValueError(value)


def write(target: str, samples: dict[str, bytes | str]) -> None:
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    for name, sample in samples.items():
        (folder / name).write_bytes(sample.encode() if isinstance(sample, str) else sample)


# ---- QUIC packets [RFC 9000 §17]

DCID = bytes.fromhex("8394c8f03e515708")
SCID = bytes.fromhex("f067a5502a4262b5")
V1 = (1).to_bytes(4, "big")
BODY = bytes(range(40))


def long_header(first: int, version: bytes, dcid: bytes, scid: bytes) -> bytes:
    return bytes([first]) + version + bytes([len(dcid)]) + dcid + bytes([len(scid)]) + scid


def with_length(header: bytes) -> bytes:
    return header + varint(len(BODY)) + BODY


INITIAL = with_length(long_header(0xC3, V1, DCID, SCID) + varint(5) + b"token")
HANDSHAKE = with_length(long_header(0xE0, V1, DCID, SCID))
ONE_RTT = b"\x40" + DCID + BODY

write("quic_packet_header", {
    "initial": INITIAL,
    "initial_without_token": with_length(long_header(0xC0, V1, DCID, b"") + varint(0)),
    "zero_rtt": with_length(long_header(0xD0, V1, DCID, SCID)),
    "handshake": HANDSHAKE,
    "coalesced": INITIAL + HANDSHAKE + ONE_RTT,
    # [RFC 9001 §A.4]
    "retry": bytes.fromhex("ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba"),
    "version_negotiation": long_header(0x80, bytes(4), DCID, SCID) + V1 + bytes.fromhex("6b3343cf0a1a2a3a"),
    "unknown_version": with_length(long_header(0xC0, bytes.fromhex("0a1a2a3a"), DCID, SCID) + varint(0)),
    "long_ids": long_header(0xC0, bytes.fromhex("0a1a2a3a"), bytes(255), bytes(255)),
    "one_rtt": ONE_RTT,
    "one_rtt_without_fixed_bit": b"\x00" + ONE_RTT[1:],
})

# ---- frames [RFC 9000 §19], [quic.md §3.8]

FRAMES = {
    "padding": "000000",
    "ping": "01",
    "ack": "020a0501020100",
    "ack_ecn": "030a05010201000102412c",
    "reset_stream": "04040743e8",
    "stop_sending": "050407",
    "crypto": "06404003616263",
    "new_token": "0705746f6b656e",
    "stream_to_the_end": "0904616263",
    "stream_with_length": "0a04026869",
    "stream_with_all": "0f044040026869",
    "max_data": "1080004000",
    "max_stream_data": "110105",
    "max_streams_bidi": "124064",
    "max_streams_uni": "134064",
    "data_blocked": "1409",
    "stream_data_blocked": "150105",
    "streams_blocked_bidi": "1603",
    "streams_blocked_uni": "1703",
    "new_connection_id": "18030108a0a1a2a3a4a5a6a7000102030405060708090a0b0c0d0e0f",
    "retire_connection_id": "1902",
    "path_challenge": "1a0102030405060708",
    "path_response": "1b0102030405060708",
    "connection_close": "1c0a3e026e6f",
    "application_close": "1d2a03627965",
    "handshake_done": "1e",
    "immediate_ack": "1f",
    "datagram_to_the_end": "306869",
    "datagram_with_length": "31026869",
    "path_ack": "3e010a0501020100",
    "path_ack_ecn": "3f010a0501020100040000",
    "ack_frequency": "40af000a800061a802",
    "path_abandon": "7e75027e76",
    "path_status_backup": "7e760101",
    "path_status_available": "7e770102",
    "path_new_connection_id": "7e7801000008a0a1a2a3a4a5a6a7000102030405060708090a0b0c0d0e0f",
    "path_retire_connection_id": "7e790000",
    "max_path_id": "7e7a08",
    "paths_blocked": "7e7b07",
    "path_cids_blocked": "7e7c0800",
    "observed_address_v4": "809f81a600c00002011151",
    "observed_address_v6": "809f81a70120010db80000000000000000000000011151",
    "add_address_v4": "803d7f9000c00002011151",
    "add_address_v6": "803d7f910120010db80000000000000000000000011151",
    "reach_out_v4": "803d7f9201c6336407ca6c",
    "reach_out_v6": "803d7f930120010db8000000000000000000000007ca6c",
    "remove_address": "803d7f9401",
}
ENDS_THE_PACKET = {"stream_to_the_end", "datagram_to_the_end"}

write("quic_frames", {name: bytes.fromhex(text) for name, text in FRAMES.items()})
write("quic_frames", {
    "all_in_one": b"".join(bytes.fromhex(text) for name, text in FRAMES.items() if name not in ENDS_THE_PACKET),
    "ack_with_many_ranges": b"\x02" + varint(1000) + varint(0) + varint(60) + varint(0) + bytes([1, 2] * 60),
})

# ---- transport parameters [RFC 9000 §18.2], [quic.md §2.2]


def parameter(identifier: int, value: bytes) -> bytes:
    return varint(identifier) + varint(len(value)) + value


def number(identifier: int, value: int) -> bytes:
    return parameter(identifier, varint(value))


CLIENT = b"".join([
    number(0x01, 30_000), number(0x03, 1472), number(0x04, 1 << 40), number(0x05, 1_250_000), number(0x06, 1_250_000),
    number(0x07, 1_250_000), number(0x08, 100), number(0x09, 100), number(0x0A, 3), number(0x0B, 25), number(0x0E, 5),
    parameter(0x0F, SCID),
])
EXTENSIONS = b"".join([
    number(0x20, 65_535), number(0x3E, 8), parameter(0x2AB2, b""), number(0x9F81A176, 2), number(0xFF04DE1B, 1000),
    number(0x3D7F91120401, 8), parameter(31 * 5 + 27, b"grease"),
])
PREFERRED_ADDRESS = (bytes([192, 0, 2, 1, 0x11, 0x51]) + bytes.fromhex("20010db8000000000000000000000001") + b"\x11\x51"
                     + bytes([len(DCID)]) + DCID + bytes(range(16)))

write("transport_parameters", {
    "empty": b"",
    "client": CLIENT,
    "client_with_extensions": CLIENT + EXTENSIONS,
    "server": CLIENT + EXTENSIONS + parameter(0x00, DCID) + parameter(0x02, bytes(range(16))) + parameter(0x0C, b""),
    "server_after_retry": CLIENT + parameter(0x00, DCID) + parameter(0x10, DCID),
    "preferred_address": CLIENT + parameter(0x00, DCID) + parameter(0x0D, PREFERRED_ADDRESS),
})

# ---- identities and addresses [endpoint.md §1.10]

ID = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
EMPTY_TICKET = "endpointaab2cb576phbbpq5odorrz2lycmwpzgwgcn2kdk7dxoimzaskuy3q"

# Name: postcard after the variant and the id, text after the empty ticket.
ADDRESSED = {
    "none": ("00", "aa"),
    "ipv4": ("0101007f00000109", "aibab7qaaabbe"),
    "two_ipv4": ("0201000a000001ffff030100c0000201bb03", "aqbaafaaaaab777qgaiayaaaean3am"),
    "ipv6": ("01010120010db8000000000000000000000001d209", "aibaeqacdnyaaaaaaaaaaaaaaaaaaa5eci"),
    "relay": ("010014" + b"https://example.com/".hex(), "aiacruhi5dqom5c6l3fpbqw24dmmuxgg33nf4"),
    "custom_1_0": ("0102d29ed1020006a1b2c3d4e5f6" + "00" * 24,
                   "aic2kpncaqaa2q3fq6u4x3aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    "custom_1_4": ("0102d29ed10206a1b2c3d4e5f6", "aic2kpncaqgugzmhvhf6y"),
    "all_kinds": ("050023" + b"https://use1-1.relay.n0.iroh.link./".hex() + "01000a000001ffff03" + "0100c0000201bb03"
                  + "010100000000000000000000ffff0102030405" + "010120010db8000000000000000000000001d209",
                  "biaenuhi5dqom5c6l3vonstcljrfzzgk3dbpexg4mbonfzg62bonruw42zof4aqacqaaaa777ydaeamaaacag5qgaibaaaaaaaaaaaaaaaa777qc"
                  "aqdaqcqcajaaeg3qaaaaaaaaaaaaaaaaaab2ieq"),
}
write("ticket", {name: EMPTY_TICKET + text for name, (_, text) in ADDRESSED.items()})
write("ticket", {name + "_bytes": bytes.fromhex("00" + ID + postcard) for name, (postcard, _) in ADDRESSED.items()})
write("ticket", {
    "unsorted": EMPTY_TICKET + "aqbab7qaaabbeaqacqaaaaqs",
    "unknown_tag": EMPTY_TICKET + "aidau",
    "node_ticket": "nodeaab2cb576phbbpq5odorrz2lycmwpzgwgcn2kdk7dxoimzaskuy3qaa",
})
write("endpoint_addr_postcard", {name: bytes.fromhex(ID + postcard) for name, (postcard, _) in ADDRESSED.items()})

write("keys", {
    "hex": ID,
    "base32": "aoqqpp7tzyil4hlq3umoos6atft6jvrqtosq2xy53sdgiesvgg4a",
    "base32_upper": "AOQQPP7TZYIL4HLQ3UMOOS6ATFT6JVRQTOSQ2XY53SDGIESVGG4A",
    "z_base_32": "yqooxx9u3aemh8mo5wcqq16yufu6jitouq1o4za751dger1igghy",
    "tls_name": "0eggffvjpo8bs7bgrkceeiu0j5ju9lhgjeigqnotri3684il66s0.iroh.invalid",
    "signature": "c9e88a06c88855aa75f90bcfdc5a87b76a99c0d2044114b8931e72089e7b8c7ac6b4a9776b57326f2d781aa8da8821fe6b4c7296fde0b63ca24d7f6343ac6a0a",
    "no_point": "02" + "00" * 31,
    "too_short": ID[:-1],
})
write("relay_url", {
    "plain": "https://example.com/",
    "without_slash": "https://example.com",
    "trailing_dot": "https://use1-1.relay.n0.iroh.link./",
    "http_port": "http://derp.me:3340/",
    "ipv4": "https://192.0.2.1:8443/",
    "ipv6": "https://[2001:db8::1]:8443/path?query#fragment",
    "international": "https://b\u00fccher.example/",
    "upper": "HTTPS://EXAMPLE.COM:443/%7Euser/../a",
    "user": "https://user:password@example.com/",
})
write("socket_addr", {
    "ipv4": "192.0.2.1:443",
    "ipv6": "[2001:db8::1]:443",
    "ipv6_zone": "[fe80::1%3]:443",
    "ipv4_mapped": "[::ffff:1.2.3.4]:5",
    "ip": "2001:db8::1",
    "custom": "544f52_a1b2c3d4e5f6",
    "port_too_large": "192.0.2.1:65536",
})

# ---- TLS hellos [RFC 8446 §4.1], [RFC 7250 §3], [RFC 9001 §8.2]


def vector(length_size: int, content: bytes) -> bytes:
    return len(content).to_bytes(length_size, "big") + content


def extension(identifier: int, content: bytes) -> bytes:
    return identifier.to_bytes(2, "big") + vector(2, content)


def handshake(message_type: int, content: bytes) -> bytes:
    return bytes([message_type]) + vector(3, content)


RANDOM = bytes(range(32))
X25519 = bytes.fromhex("001d")
AES_128_GCM_SHA256 = bytes.fromhex("1301")
KEY_SHARE = X25519 + vector(2, bytes([9] + [0] * 31))  # the curve's base point
RAW_PUBLIC_KEY = b"\x02"

CLIENT_HELLO = handshake(1, b"\x03\x03" + RANDOM + vector(1, b"") + vector(2, AES_128_GCM_SHA256) + vector(1, b"\x00")
                         + vector(2, b"".join([
                             extension(43, vector(1, bytes.fromhex("0304"))),  # supported_versions
                             extension(10, vector(2, X25519)),  # supported_groups
                             extension(51, vector(2, KEY_SHARE)),
                             extension(13, vector(2, bytes.fromhex("0807"))),  # signature_algorithms: ed25519
                             extension(19, vector(1, RAW_PUBLIC_KEY)),  # client_certificate_type
                             extension(20, vector(1, RAW_PUBLIC_KEY)),  # server_certificate_type
                             extension(16, vector(2, vector(1, b"test/0"))),  # ALPN
                             extension(57, CLIENT),  # quic_transport_parameters
                         ])))
SERVER_HELLO = handshake(2, b"\x03\x03" + RANDOM + vector(1, b"") + AES_128_GCM_SHA256 + b"\x00"
                         + vector(2, extension(43, bytes.fromhex("0304")) + extension(51, KEY_SHARE)))
# [RFC 8446 §4.1.3] A ServerHello with this random is a HelloRetryRequest.
RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
HELLO_RETRY_REQUEST = handshake(2, b"\x03\x03" + RETRY_RANDOM + vector(1, b"") + AES_128_GCM_SHA256 + b"\x00"
                                + vector(2, extension(43, bytes.fromhex("0304")) + extension(51, bytes.fromhex("0017"))))

# The first byte is the size of the pieces that the target feeds; 0: all at once.
write("tls_server", {
    "client_hello": b"\x00" + CLIENT_HELLO,
    "client_hello_in_pieces": b"\x64" + CLIENT_HELLO,
    "client_hello_byte_by_byte": b"\x01" + CLIENT_HELLO,
    "client_hello_twice": b"\x00" + CLIENT_HELLO + CLIENT_HELLO,
})
write("tls_client", {
    "server_hello": b"\x00" + SERVER_HELLO,
    "server_hello_in_pieces": b"\x07" + SERVER_HELLO,
    "hello_retry_request": b"\x00" + HELLO_RETRY_REQUEST,
})

# ---- Certificate messages with raw public keys, without their 4-byte header [RFC 8446 §4.4.2], [RFC 7250]

SPKI = bytes.fromhex("302a300506032b6570032100")
CALLEE = "8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394"  # of seed 32 x 02, whom the target dials


def certificate(*keys: bytes, context: bytes = b"") -> bytes:
    entries = b"".join(len(key).to_bytes(3, "big") + key + bytes(2) for key in keys)
    return bytes([len(context)]) + context + len(entries).to_bytes(3, "big") + entries


write("tls_certificate", {
    "caller": certificate(SPKI + bytes.fromhex(ID)),
    "callee": certificate(SPKI + bytes.fromhex(CALLEE)),
    "none": certificate(),
    "two": certificate(SPKI + bytes.fromhex(ID), SPKI + bytes.fromhex(CALLEE)),
    "with_context": certificate(SPKI + bytes.fromhex(ID), context=b"context"),
    "small_order": certificate(SPKI + bytes([1] + [0] * 31)),
    "no_point": certificate(SPKI + bytes([2] + [0] * 31)),
})

# ---- whole connections: scripts as fuzz/targets/quic_connection.cpp reads them


def payload(frames: bytes, head: int = 0x05) -> bytes:
    """A packet from the scripted peer. Head: low bits 5: 1-RTT; 3: Initial, with 0x08 Handshake; high bits: the path."""
    return bytes([head]) + len(frames).to_bytes(2, "big") + frames


def wait(ms: int) -> bytes:
    return b"\x01" + ms.to_bytes(2, "big")


def act(what: int, stream: int = 0, number: int = 1000) -> bytes:
    """A call of the victim's application."""
    return bytes([0, what, stream]) + number.to_bytes(2, "big")


FRAMES = {file.name: file.read_bytes() for file in sorted((CORPUS / "quic_frames").iterdir())}
STREAM = b"\x0b\x00\x05hello"
CHALLENGE = b"\x1a" + bytes(8)
write("quic_peer", {
    "each_frame_to_a_server": b"\x00" + b"".join(payload(frame, 0x0d) for frame in FRAMES.values()),
    "streams": b"\x00" + payload(STREAM, 0x0d) + act(0) + act(2) + act(3) + act(4) + wait(50) + payload(b"\x04\x04\x01\x00") + act(0),
    "paths": b"\x00" + b"\x22\x00\x02" + wait(20) + payload(CHALLENGE, 0x35) + wait(100) + payload(b"\x7e\x75\x01\x07", 0x0d) + wait(3000),
    "key_updates": b"\x00" + b"".join(b"\x04" + payload(b"\x01\x1f") + wait(500) for _ in range(3)),
    "initial_crypto": b"\x20" + payload(b"\x06\x00\x05hello", 0x03) + payload(b"\x01", 0x0b) + wait(100),
    "to_a_client": b"\x01" + payload(b"\x1e") + payload(b"\x07\x05token") + act(1) + act(3) + act(7) + wait(100),
    "without_multipath": b"\x04" + payload(b"\x18\x01\x00\x08" + bytes(24)) + payload(CHALLENGE) + wait(50),
    "silent": b"\x02" + act(1) + act(3, 1) + wait(4000) + wait(4000),
})
for name, frame in FRAMES.items():
    if len(frame) < 100:
        write("quic_peer", {"server_" + name: b"\x08" + payload(frame, 0x0d) + wait(100)})


def datagram(content: bytes, head: int = 0x10) -> bytes:
    return bytes([head]) + len(content).to_bytes(2, "big") + content


write("quic_datagrams", {
    "initial_before": b"\x00" + datagram(INITIAL, 0x14) + datagram(ONE_RTT),
    "after": b"\x01" + datagram(INITIAL, 0x14) + datagram(HANDSHAKE + ONE_RTT) + datagram(ONE_RTT, 0x18),
    "unknown_version": b"\x01" + datagram(long_header(0xC0, bytes.fromhex("1a2a3a4a"), DCID, SCID), 0x14),
    "version_negotiation": b"\x00" + datagram(long_header(0x80, bytes(4), DCID, SCID) + bytes.fromhex("1a2a3a4a"), 0x18),
})


def operation(kind: int, server: bool = False, a: int = 0, b: int = 0) -> bytes:
    return bytes([kind | (0x80 if server else 0)]) + a.to_bytes(2, "big") + bytes([b])


write("quic_interaction", {
    "streams": b"\x00\x01" + operation(0) + operation(2, a=1000) + operation(4) + operation(16, a=100) + operation(7, True),
    "many": b"\x00\x07" + b"".join(operation(kind, kind % 2 == 0, 300 * kind, 7 * kind % 256) for kind in range(30)),
    "close": b"\x00\x02" + operation(1) + operation(3, a=9) + operation(11, True, 5),
})

# ---- encodings of blobs: range spec, hash, stream [blobs.md §2.7], [blobs.md §7.3]

ALL, LAST = "0100", "01ffffffffffffffffff01"
EMPTY_HASH = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
HELLO_HASH = "ea8f163db38682925e4491c5e58d4bb3506ef8c14eb78a86e908c5624a67200f"
LETTERS_HASH = "2b0431903e5967a081fa64e6210c0684c734a3ca02c7b2582c39f0be117bace8"  # of A(16385)
LETTERS_PAIR = ("4ab3676c97d1d53d0bf573553df4de0a4638c39fc28e36525d610abde31a12a8"
                "13178c03e8006bf1175833147a8c6f67a871cb72d729189d75ac348cc11d1b94")


def encoding(ranges: str, digest: str, size: int, items: bytes) -> bytes:
    return bytes.fromhex(ranges + digest) + size.to_bytes(8, "little") + items


write("bao_decoder", {
    "empty": encoding(ALL, EMPTY_HASH, 0, b""),
    "hello": encoding(ALL, HELLO_HASH, 5, b"hello"),
    "hello_cut": encoding(ALL, HELLO_HASH, 5, b"hel"),
    "size_proof": encoding(LAST, LETTERS_HASH, 16385, bytes.fromhex(LETTERS_PAIR) + b"Q"),
    "wrong_size": encoding(LAST, LETTERS_HASH, 16386, bytes.fromhex(LETTERS_PAIR) + b"QQ"),
    "huge_size": encoding(LAST, LETTERS_HASH, 2**64 - 1, bytes.fromhex(LETTERS_PAIR) * 50),
    "nothing": bytes.fromhex("00" + HELLO_HASH),
})
write("range_spec", {
    "two_ranges": bytes.fromhex("0401020604"),
    "first_and_last": bytes.fromhex("030001feffffffffffffffff01"),
    "repeated": bytes.fromhex("020100"),
    "overflow": bytes.fromhex("02ffffffffffffffffff0101"),
})

# ---- the blobs protocol: a type and a body [blobs.md §3.2]; items for an observer [blobs.md §3.7]; a request with its
# length, then the response [blobs.md §3.4]

ONE, FOREVER = "020001000100", "01000100"
write("blobs_request", {
    "get_blob": bytes.fromhex("00" + HELLO_HASH + ONE),
    "get_all": bytes.fromhex("00" + HELLO_HASH + FOREVER),
    "get_nothing": bytes.fromhex("00" + HELLO_HASH + "00"),
    "get_sizes": bytes.fromhex("00" + HELLO_HASH + "020001000101ffffffffffffffffff01"),
    "get_far": bytes.fromhex("00" + HELLO_HASH + "01" + "808080808080808040" + "0100"),
    "get_many": bytes.fromhex("0902" + HELLO_HASH + EMPTY_HASH + "03000100010200010100"),
    "observe": bytes.fromhex("01" + HELLO_HASH + ALL),
    "repeated_position": bytes.fromhex("00" + HELLO_HASH + "020001000000"),
    "repeated_set": bytes.fromhex("00" + HELLO_HASH + "02000100010100"),
    "empty_first_set": bytes.fromhex("00" + HELLO_HASH + "010000"),
})
write("blobs_observe", {
    "unknown": bytes.fromhex("020000"),
    "growing": bytes.fromhex("06a08d06021020" + "05a08d06020010" + "05a08d06012000"),
    "complete": bytes.fromhex("058180010100"),
    "unsorted": bytes.fromhex("08a08d060420102010"),
})


def response(request: str, items: bytes) -> bytes:
    head = bytes.fromhex(request)
    return bytes([len(head)]) + head + items


def sized(items: bytes) -> bytes:
    return len(items).to_bytes(8, "little") + items


write("blobs_response", {
    "hello": response(HELLO_HASH + ONE, sized(b"hello")),
    "hello_wrong": response(HELLO_HASH + ONE, sized(b"hallo")),
    "hello_and_more": response(HELLO_HASH + ONE, sized(b"hello") + b"more"),
    "size_proof": response(LETTERS_HASH + "020001ffffffffffffffffff010100",
                           (16385).to_bytes(8, "little") + bytes.fromhex(LETTERS_PAIR) + b"Q"),
    "empty_sequence": response(EMPTY_HASH + FOREVER, sized(b"")),
    "absent": response(HELLO_HASH + ONE, b""),
})

# ---- the target that must fail

write("canary", {"bird": "bird"})
