"""Keeps a port of TensorFlow's server to the loopback device.

The server listens on all networks and cannot be told otherwise, but it can be
told to share its port (`SHARED_PORT`). So this process listens there
first, and gives Linux a program that says which of the two a connection is
for: all but the loopback device's are for ours, which drops what comes as if
nobody were there. It needs no rights, and at no moment is the port open. Tried
with TensorFlow 2.21.
"""

import contextlib
import ctypes
import os
import socket
import struct
import sys
from pathlib import Path

# What makes the server share its port, where it is "1".
SHARED_PORT = "TF_GRPC_REUSE_PORT"
# linux/in.h, linux/in6.h: packets with fewer hops left are dropped. With the
# most that there is, none comes through but one that was made for it; and that
# one finds a socket that answers nothing.
_FEWEST_HOPS, _FEWEST_HOPS_6, _MOST = 21, 73, 255
# asm-generic/socket.h, linux/filter.h
_CHOOSE_BY = 51
_LOAD_BYTE, _LOAD_WORD, _SHIFT_RIGHT = 0x30, 0x20, 0x74
_IF_EQUAL, _RETURN = 0x15, 0x06
# Where the header of the network begins: SKF_NET_OFF.
_HEADER = -0x100000 & 0xFFFFFFFF
# Each with how many lines to skip if a comparison holds, and if it does not.
_SECOND_FOR_LOOPBACK = [
    (_LOAD_BYTE, 0, 0, _HEADER),
    (_SHIFT_RIGHT, 0, 0, 4),
    # Version 4, and to 127.0.0.0/8?
    (_IF_EQUAL, 0, 2, 4),
    (_LOAD_BYTE, 0, 0, _HEADER + 16),
    (_IF_EQUAL, 8, 9, 127),
    # Version 6, and to ::1?
    (_LOAD_WORD, 0, 0, _HEADER + 24),
    (_IF_EQUAL, 0, 7, 0),
    (_LOAD_WORD, 0, 0, _HEADER + 28),
    (_IF_EQUAL, 0, 5, 0),
    (_LOAD_WORD, 0, 0, _HEADER + 32),
    (_IF_EQUAL, 0, 3, 0),
    (_LOAD_WORD, 0, 0, _HEADER + 36),
    (_IF_EQUAL, 0, 1, 1),
    (_RETURN, 0, 0, 1),
    (_RETURN, 0, 0, 0),
]
_LISTENS = "0A"


class LoopbackGuard:
    """Listens at a port, so that only this machine reaches who shares it.

    To be made, and `SHARED_PORT` set, before TensorFlow's server starts, and
    to be left open: it ends with the process.

    Args:
        port: of the server; 0 for any, to see whether there can be a guard.

    Attributes:
        port: at which it listens.

    Raises:
        OSError: where there can be none.
    """

    def __init__(self, port: int):
        if not sys.platform.startswith("linux"):
            raise OSError(f"{sys.platform} has no such filters")
        # As the server does: for both versions, or without IPv6 for one.
        self.family = _family()
        with contextlib.ExitStack() as stack:
            own = stack.enter_context(socket.socket(self.family))
            if self.family == socket.AF_INET6:
                own.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
                own.setsockopt(socket.IPPROTO_IPV6, _FEWEST_HOPS_6, _MOST)
            own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            own.setsockopt(socket.IPPROTO_IP, _FEWEST_HOPS, _MOST)
            own.bind(("", port))
            _attach(own, _SECOND_FOR_LOOPBACK)
            own.listen()
            stack.pop_all()
        self.port = own.getsockname()[1]
        # Not an object that Python would end before TensorFlow does.
        self._descriptor = own.detach()

    def check(self) -> None:
        """Looks whether the server, which runs by now, shares the port.

        Raises:
            OSError: if it listens where the guard does not.
        """
        other = "tcp" if self.family == socket.AF_INET6 else "tcp6"
        port = f":{self.port:04X}"
        for line in Path("/proc/self/net", other).read_text().splitlines():
            words = line.split()
            if words[1].endswith(port) and words[3] == _LISTENS:
                raise OSError(f"TensorFlow listens on its own, at {words[1]}")

    def close(self) -> None:
        os.close(self._descriptor)


def _family():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return socket.AF_INET
    return socket.AF_INET6


def _attach(own, program):
    lines = b"".join(struct.pack("HBBI", *line) for line in program)
    content = ctypes.create_string_buffer(lines)
    about = struct.pack("HP", len(program), ctypes.addressof(content))
    own.setsockopt(socket.SOL_SOCKET, _CHOOSE_BY, about)
