"""Somebody on this machine, or on its network, who belongs to no run."""

import contextlib
import os
import socket
from pathlib import Path

import pytest

LISTENING = "0A"


def outer_address():
    """An address of this machine that is not the loopback device's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unsent:
        # Nothing is sent; the system only looks for the way.
        with contextlib.suppress(OSError):
            unsent.connect(("192.0.2.1", 9))
            address = unsent.getsockname()[0]
            if not address.startswith("127."):
                return address
    pytest.skip("this machine has no address but the loopback device's")


def is_reached(host, port):
    try:
        # On one machine, who answers does at once.
        socket.create_connection((host, port), timeout=0.3).close()
    except OSError:
        return False
    return True


def descendants(process):
    """Numbers of the processes that this one has started, and theirs."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # Behind the name, which may hold anything.
            parent = path.read_text().rpartition(")")[2].split()[1]
            parents[int(path.parent.name)] = int(parent)
    found = [process]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


def listening_ports(process):
    """Ports at which a process listens, in whatever network it is."""
    folder = Path("/proc", str(process))
    ports = set()
    with contextlib.suppress(OSError):
        opened = {os.readlink(path) for path in (folder / "fd").iterdir()}
        for table in ("tcp", "tcp6"):
            for line in (folder / "net" / table).read_text().splitlines()[1:]:
                words = line.split()
                if words[3] == LISTENING and f"socket:[{words[9]}]" in opened:
                    ports.add(int(words[1].rpartition(":")[2], 16))
    return ports
