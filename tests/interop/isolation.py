# SPDX-License-Identifier: MIT OR Apache-2.0
"""Keeps a test run away from every network: the upstream tools would look for their public servers."""

import ctypes
import fcntl
import os
import socket
import struct
import sys

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 1


def enter_loopback_only_network() -> bool:
    """Moves this process and its children into a network namespace that has nothing but loopback, where the kernel lets us."""
    flags = CLONE_NEWNET if os.geteuid() == 0 else CLONE_NEWNET | CLONE_NEWUSER
    if ctypes.CDLL(None, use_errno=True).unshare(flags) != 0:
        print(f"isolation: no network namespace ({os.strerror(ctypes.get_errno())}), going on without", file=sys.stderr)
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))
    return True
