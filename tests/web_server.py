"""A server of folders, which can be stopped, and can change to the next one."""

import contextlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Sends files until `stop` is asked for, and nothing from then on.

    From `next` on, it sends those of the next folder, if there is one.
    """

    def do_GET(self):
        server = self.server
        if self.path == "/stop":
            server.stopped = True
        if self.path == "/next":
            server.folders = server.folders[1:] or server.folders
        if server.stopped or self.path == "/next":
            self.send_error(503)
            return
        self.directory = str(server.folders[0])
        super().do_GET()

    def end_headers(self):
        if not self.server.kept:
            # What a browser keeps by itself would be a network, too.
            self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_):
        pass


class _Server(http.server.ThreadingHTTPServer):
    folders: tuple[Path, ...] = ()
    kept = stopped = False


@contextlib.contextmanager
def served(*folders: Path, kept: bool = False) -> Iterator[str]:
    """The address under which a server serves a folder.

    Args:
        folders: the one, and others that take its place, one after the other.
        kept: whether a browser may keep files as long as it likes: they have
            dates, and no `Cache-Control`.
    """
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.folders, server.kept = folders, kept
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
