"""Workers that find each other, or say why they do not."""

import contextlib
import json
import socket
import threading
import time

import pytest
from free_addresses import addresses
from stranger import is_reached, outer_address

from recipes.distribute import handshake, rendezvous, strategy
from zoo.errors import InputError

SECRET = b"known to the workers alone"


def met(lists, seconds):
    """What each worker of `lists` ends with: None, or its error.

    Args:
        lists: of each its addresses, its index, and its secret if it has one.
        seconds: for which all of them wait.
    """
    results = [None] * len(lists)

    def one(place):
        names, index, *secret = lists[place]
        try:
            rendezvous.meet(names, index, seconds, *secret)
        except InputError as error:
            results[place] = str(error)

    threads = [
        threading.Thread(target=one, args=[place])
        for place in range(len(lists))
    ]
    for thread in reversed(threads):
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def two():
    """The addresses of two workers."""
    return addresses(2).split(",")


def split(address):
    host, _, port = address.rpartition(":")
    return host, int(port)


@contextlib.contextmanager
def waiting(names, secret=SECRET, seconds=20):
    """Worker 1, which listens; in a list, what it ends with."""
    ended = []

    def wait():
        ended.extend(met([(names, 1, secret)], seconds))

    thread = threading.Thread(target=wait)
    thread.start()
    try:
        until = time.monotonic() + 10
        while not is_reached(*split(names[1])):
            assert time.monotonic() < until
        yield ended
    finally:
        thread.join()


@pytest.mark.parametrize("secret", [b"", SECRET])
def test_workers_meet(secret):
    names = addresses(3).split(",")
    lists = [(names, index, secret) for index in range(3)]
    assert met(lists, 20) == [None] * 3


def test_workers_that_do_not_meet(two):
    (error,) = met([(two, 0)], 0.3)
    assert f"Worker 1 did not appear at {two[1]} within 0.3" in error
    (error,) = met([(two, 1)], 0.3)
    assert f"The chief, {two[0]}, did not call worker 1" in error
    errors = met([(two, 0), ([*two, "c:1"], 1)], 5)
    assert "was started with other --workers" in errors[0]
    assert "was started with other --workers" in errors[1]
    with socket.create_server(("", split(two[0])[1])):
        (error,) = met([(two, 0)], 0.3)
    assert "Worker 0 cannot listen on port" in error
    (error,) = met([(["192.0.2.77:1", two[1]], 0)], 0.3)
    assert "of 192.0.2.77" in error and "an address of this machine" in error


def test_a_name_that_is_this_machine_alone(two, monkeypatch):
    """As /etc/hosts of many systems says of the machine's own name."""
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.1.1", 5000))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    (error,) = met([([two[0], "here.example:5000"], 1)], 0.3)
    assert "here.example is 127.0.1.1" in error


def test_a_worker_listens_at_its_own_address_alone(two):
    outer = outer_address()
    with waiting(two, seconds=1):
        assert not is_reached(outer, split(two[1])[1])


def test_one_secret_is_not_another(two):
    errors = met([(two, 0, SECRET), (two, 1, SECRET[::-1])], 0.5)
    for error in errors:
        assert "within 0.5 seconds" in error
        assert "give the same --secret-file to all workers" in error


def test_strangers_keep_nobody_from_meeting(two, monkeypatch):
    monkeypatch.setattr(rendezvous, "_MOST", 8)
    garbage = [
        b"",
        b"[",
        b"\0" * 100_000,
        json.dumps([*two, 1]).encode(),
        b"recurrent-zoo 1\n" + b"\1" * 32,
        b"recurrent-zoo 1\n" + b"\1" * 100,
    ]
    with waiting(two) as ended, contextlib.ExitStack() as stack:
        answers = []
        for content in garbage * 4:
            other = socket.create_connection(split(two[1]))
            stack.enter_context(other)
            # Whoever says too much is cut off.
            with contextlib.suppress(OSError):
                other.sendall(content)
            answers.append(other)
        assert not ended
        assert met([(two, 0, SECRET)], 10) == [None]
        said = b""
        for other in answers:
            other.settimeout(2)
            with contextlib.suppress(OSError):
                said += other.recv(1 << 16)
    assert ended == [None]
    for known in (SECRET, *(name.encode() for name in two)):
        assert known not in said


def test_who_drips_is_not_waited_for(two, monkeypatch):
    monkeypatch.setattr(rendezvous, "_TALK", 0.2)
    done = threading.Event()

    def drip(server):
        with contextlib.suppress(OSError):
            while not done.is_set():
                other, _ = server.accept()
                with other, contextlib.suppress(OSError):
                    while not done.wait(0.05):
                        other.sendall(b"x")

    with socket.create_server(split(two[1])) as server:
        server.settimeout(5)
        dripping = threading.Thread(target=drip, args=[server])
        dripping.start()
        (error,) = met([(two, 0, SECRET)], 0.7)
        done.set()
        dripping.join()
    assert "did not appear" in error


def carried(chief, worker):
    """Two sides that talk; with each the error that it ends with."""
    errors = {}
    sides = {"chief": chief, "worker": worker}
    message, wanted = next(chief)
    _, needed = next(worker)
    wants = {"chief": wanted, "worker": needed}
    turn = "worker"
    while True:
        assert len(message) == wants[turn]
        try:
            message, wants[turn] = sides[turn].send(message)
        except (StopIteration, handshake.Stranger, InputError) as error:
            errors[turn] = type(error)
            return errors
        turn = "chief" if turn == "worker" else "worker"


def test_both_prove_that_they_have_the_secret():
    names = ["a:1", "b:2"]
    good = SECRET, names, 1

    def between(chief, worker):
        return carried(handshake.as_chief(*chief), handshake.as_worker(*worker))

    assert between(good, good) == {"chief": StopIteration}
    assert between((b"", names, 1), good) == {"chief": handshake.Stranger}
    for other in ((SECRET, names, 0), (SECRET, names[::-1], 1)):
        assert between(other, good) == {"worker": InputError}


def test_a_chief_without_the_secret_is_none():
    worker = handshake.as_worker(SECRET, ["a:1", "b:2"], 1)
    next(worker)
    answer, _ = worker.send(b"recurrent-zoo 1\n" + bytes(32))
    # What the worker itself has said proves nothing.
    with pytest.raises(handshake.Stranger):
        worker.send(answer[32:])


def test_workers_that_differ(monkeypatch):
    distribution = strategy.Distribution(None, ("a:1", "b:2"), 1)
    chiefs = json.dumps({"result": {"units": 8}}).encode()
    monkeypatch.setattr(strategy.Distribution, "sent", lambda *_: chiefs)
    distribution.agree("configuration", {"units": 8})
    with pytest.raises(InputError, match="Worker 1 has another configuration"):
        distribution.agree("configuration", {"units": 9})
