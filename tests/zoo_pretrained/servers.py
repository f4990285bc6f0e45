"""Servers on this machine: one that misbehaves, and one that plays the hub."""

import base64
import contextlib
import hashlib
import http.server
import json
import socketserver
import threading
import time
import urllib.parse

COMMIT = "c0ffee" + "0" * 34


@contextlib.contextmanager
def serving(answer):
    """Answers each request with `answer(request)`; yields the address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            # A connection that a test breaks is broken as it should be.
            with contextlib.suppress(ConnectionError):
                answer(self)

        do_HEAD = do_POST = do_GET

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def send(request, content, status=200, length=None, **headers):
    """An answer; `length` is what is announced, if that is not the truth."""
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    length = len(content) if length is None else length
    if length != "":
        request.send_header("Content-Length", str(length))
    request.send_header("Connection", "close")
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(content)
    # What was announced and did not come: the connection is cut.
    request.close_connection = True


def asked_for(request):
    """The first byte that a request wants."""
    found = request.headers.get("Range", "bytes=0-")
    return int(found.removeprefix("bytes=").rstrip("-"))


def ranges(request, content, **how):
    """Content, from the byte on that was asked for."""
    start = asked_for(request)
    if not start:
        return send(request, content, **how)
    if start >= len(content):
        said = f"bytes */{len(content)}"
        return send(request, b"", 416, Content_Range=said)
    said = f"bytes {start}-{len(content) - 1}/{len(content)}"
    send(request, content[start:], 206, Content_Range=said, **how)


def cut(request, content):
    """The half of what was announced."""
    send(request, content[: len(content) // 2], length=len(content))


def drip(request, content):
    """A few bytes at a time, for ever."""
    request.send_response(200)
    request.send_header("Content-Length", "1000000")
    request.end_headers()
    for _ in range(200):
        request.wfile.write(b"x")
        request.wfile.flush()
        time.sleep(0.02)


@contextlib.contextmanager
def endless(start, again, pause=0.01):
    """Answers with `start`, and then with `again` and again for ever.

    Yields:
        The host and port, and a list of when connections were closed on it.
    """
    over, closed = threading.Event(), []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.recv(1 << 16)
            try:
                self.request.sendall(start)
                while not over.wait(pause):
                    self.request.sendall(again)
            except OSError:
                closed.append(time.monotonic())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}", closed
        finally:
            over.set()
            server.shutdown()
            thread.join()


class Hub:
    """As much of the hub as its library talks to, with one repository.

    Attributes:
        files: content of each file of the repository, by its name.
        tell: changes what is told of the repository.
        asked: of each request its method, its path and the first byte.
        cut_off: names of files that come by half, once.
        refusal: the status and the word that every request is answered with.
        pushed: what was committed: names to content, or None for deleted.
    """

    def __init__(self, repository, files, token="hf_right"):
        self.repository, self.files, self.token = repository, files, token
        self.tell = lambda told: told
        self.asked, self.pushed, self.private = [], {}, None
        self.cut_off, self.refusal = set(), None

    def __call__(self, request):
        path = urllib.parse.urlsplit(request.path).path
        self.asked.append((request.command, path, asked_for(request)))
        size = int(request.headers.get("Content-Length") or 0)
        body = request.rfile.read(size)
        own = f"/{self.repository}"
        if self.refusal:
            status, word = self.refusal
            return send(request, b"{}", status, X_Error_Code=word)
        if request.command == "POST":
            said = request.headers.get("Authorization")
            if said != f"Bearer {self.token}":
                return send(request, b"{}", 401)
            return self._post(request, path, body)
        if path.startswith(f"/api/models{own}/revision/"):
            return self._json(request, self.tell(self._info()))
        if path.startswith(f"/api/models{own}/tree/"):
            return self._json(request, self._tree())
        if path.startswith(f"{own}/resolve/{COMMIT}/"):
            return self._file(request, path.rpartition("/")[2])
        send(request, b"{}", 404, X_Error_Code="RepoNotFound")

    def _json(self, request, content):
        content = json.dumps(content).encode()
        send(request, content, Content_Type="application/json")

    def _info(self):
        files = [
            {"rfilename": name, "size": len(content), "blobId": "0"}
            for name, content in self.files.items()
        ]
        name = self.repository
        return {"id": name, "modelId": name, "sha": COMMIT, "siblings": files}

    def _tree(self):
        return [
            {"type": "file", "path": name, "size": len(content), "oid": "0"}
            for name, content in self.files.items()
        ]

    def _file(self, request, name):
        content = self.files[name]
        about = {
            "ETag": f'"{hashlib.sha1(content).hexdigest()}"',
            "X_Repo_Commit": COMMIT,
        }
        if name in self.cut_off and request.command == "GET":
            self.cut_off.remove(name)
            half = content[: len(content) // 2]
            return send(request, half, length=len(content), **about)
        ranges(request, content, **about)

    def _post(self, request, path, body):
        if path == "/api/repos/create":
            said = json.loads(body)
            # The one word in older versions of the library, and the other.
            self.private = "private" in (
                said.get("visibility"),
                "private" if said.get("private") else "",
            )
            url = f"https://huggingface.co/{self.repository}"
            return self._json(request, {"url": url})
        if "/preupload/" in path:
            files = [
                {**file, "uploadMode": "regular", "shouldIgnore": False}
                for file in json.loads(body)["files"]
            ]
            return self._json(request, {"files": files})
        if path == "/api/validate-yaml":
            return self._json(request, {"errors": [], "warnings": []})
        for line in body.splitlines():
            entry = json.loads(line)
            value = entry["value"]
            if entry["key"] == "file":
                content = base64.b64decode(value["content"])
                self.pushed[value["path"]] = content
            elif entry["key"] == "deletedFile":
                self.pushed[value["path"]] = None
        url = f"https://huggingface.co/{self.repository}/commit/{COMMIT}"
        said = {"success": True, "commitOid": COMMIT, "commitUrl": url}
        self._json(request, {**said, "hookOutput": ""})
