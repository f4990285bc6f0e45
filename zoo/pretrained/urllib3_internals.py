"""The one private name of urllib3 that we need, tried with 2.2 to 2.8.

A connection's `_new_conn` returns its socket before anything is said on it: a
server that takes its time within the handshake, or before its headers are
complete, can be cut off through that alone. Without it, or behind a proxy, such
a download ends for its caller as well, and its thread when the server lets go.
"""

from typing import Any

from zoo.pretrained.deadline import Connections


def watched_session(connections: Connections) -> Any:
    """A session of `requests` whose connections can be cut.

    Args:
        connections: where they are noted.
    """
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    def watched(connection: Any, pool: Any) -> type:
        class Connection(connection):
            def _new_conn(self):
                made = super()._new_conn()
                connections.watch(made)
                return made

        return type(pool.__name__, (pool,), {"ConnectionCls": Connection})

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *arguments, **options):
            super().init_poolmanager(*arguments, **options)
            self.poolmanager.pool_classes_by_scheme = {
                "http": watched(HTTPConnection, HTTPConnectionPool),
                "https": watched(HTTPSConnection, HTTPSConnectionPool),
            }

    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, Adapter())
    return session
