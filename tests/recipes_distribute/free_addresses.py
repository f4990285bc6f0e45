"""Addresses on this machine for workers."""

import socket


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def addresses(count=2):
    return ",".join(f"127.0.0.1:{port}" for port in free_ports(count))
