"""A network namespace of Linux: a network of which nobody else is a part.

    python network_namespace.py make
    python network_namespace.py join DESCRIPTOR,... COMMAND ...

`make` makes one that has a loopback device alone, says by which kinds of
namespaces it is reached, and ends when its standard input does. `join` enters
them, and becomes the command. Both are processes of their own, without any
module of ours: the kernel lets nobody in who has more than one thread.
"""

import ctypes
import fcntl
import os
import socket
import struct
import sys

# linux/sched.h, linux/sockios.h, linux/if.h
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 1


def make() -> None:
    """Leaves the network of this process for a new, empty one.

    Raises:
        OSError: where the kernel, or who guards it, does not allow it.
    """
    try:
        kinds = ["net"]
        _call("unshare", _NEW_NETWORK)
    except PermissionError:
        kinds = ["user", "net"]
        user, group = os.geteuid(), os.getegid()
        _call("unshare", _NEW_USER | _NEW_NETWORK)
        # Whoever one is outside, one is inside: files belong to the same.
        _write("setgroups", "deny")
        _write("uid_map", f"{user} {user} 1")
        _write("gid_map", f"{group} {group} 1")
    _bring_loopback_up()
    print(*kinds, flush=True)
    sys.stdin.read()


def join(descriptors: list[int], command: list[str]) -> None:
    """Enters namespaces that are open, and becomes a command there."""
    for descriptor in descriptors:
        _call("setns", descriptor, 0)
        os.close(descriptor)
    os.execv(command[0], command)


def _call(name, *arguments):
    # Python has both from 3.12 on.
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def _write(name, text):
    with open(f"/proc/self/{name}", "w") as file:
        file.write(text)


def _bring_loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh22x", b"lo", 0)
        request = fcntl.ioctl(any_socket, _GET_FLAGS, request)
        (flags,) = struct.unpack_from("h", request, 16)
        request = struct.pack("16sh22x", b"lo", flags | _UP)
        fcntl.ioctl(any_socket, _SET_FLAGS, request)


if __name__ == "__main__":
    try:
        if sys.argv[1] == "make":
            make()
        else:
            join(list(map(int, sys.argv[2].split(","))), sys.argv[3:])
    except OSError as error:
        sys.exit(str(error))
