"""Workers that find each other, or say why they do not."""

import json
import socket
import threading

import pytest
from free_addresses import addresses as free

from recipes.distribute import addresses, rendezvous, strategy
from zoo.errors import InputError


@pytest.mark.parametrize(
    "workers,index,message",
    [
        ("a:1,b", 0, "must be HOST:PORT. Received: 'b'"),
        ("a:1,a:1", 0, "Two workers have the address a:1"),
        ("a:1,b:2", 2, "from 0 to 1. Received: 2"),
        ("a:1,b:2", None, "needs --workers"),
    ],
)
def test_clusters_that_cannot_be(workers, index, message):
    with pytest.raises(InputError, match=message):
        addresses.cluster(workers.split(","), index)


@pytest.mark.parametrize(
    "value",
    ["{", "[]", '{"cluster": {}}', '{"cluster": {"worker": 3}, "task": 1}'],
)
def test_a_damaged_tf_config(monkeypatch, value):
    monkeypatch.setenv("TF_CONFIG", value)
    with pytest.raises(InputError, match="TF_CONFIG must be"):
        addresses.cluster()


def test_tf_config(monkeypatch):
    about = {"cluster": {"worker": ["a:1", "b:2"]}}
    about["task"] = {"type": "worker", "index": "1"}
    monkeypatch.setenv("TF_CONFIG", json.dumps(about))
    assert addresses.cluster() == (("a:1", "b:2"), 1)
    about["task"]["type"] = "chief"
    monkeypatch.setenv("TF_CONFIG", json.dumps(about))
    with pytest.raises(InputError, match="all must be workers"):
        addresses.cluster()


def met(lists, seconds):
    """What each worker of `lists` (its addresses and index) ends with."""
    results = [None] * len(lists)

    def one(place):
        try:
            rendezvous.meet(*lists[place], seconds)
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


def test_distribution_meet():
    names = free(3).split(",")
    assert met([(names, 0), (names, 1), (names, 2)], 20) == [None] * 3


def test_distribution_that_do_not_meet():
    names = free(2).split(",")
    (error,) = met([(names, 0)], 0.3)
    assert f"Worker 1 did not appear at {names[1]} within 0.3" in error
    (error,) = met([(names, 1)], 0.3)
    assert f"The chief, {names[0]}, did not call worker 1" in error
    errors = met([(names, 0), ([*names, "c:1"], 1)], 5)
    assert "was started with other --workers" in errors[0]
    assert "was started with other --workers" in errors[1]
    with socket.create_server(("", int(names[0].rpartition(":")[2]))):
        (error,) = met([(names, 0)], 0.3)
    assert "Worker 0 cannot listen on port" in error


def test_distribution_that_differ(monkeypatch):
    distribution = strategy.Distribution(None, ("a:1", "b:2"), 1)
    chiefs = json.dumps({"result": {"units": 8}}).encode()
    monkeypatch.setattr(strategy.Distribution, "sent", lambda *_: chiefs)
    distribution.agree("configuration", {"units": 8})
    with pytest.raises(InputError, match="Worker 1 has another configuration"):
        distribution.agree("configuration", {"units": 9})
