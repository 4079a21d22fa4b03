"""The service as a process of its own, and clients for it."""

from __future__ import annotations

import re
import secrets
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlencode

from bench.data import ACCOUNT_ID, SECRET
from tests.processes import reserved_port, serving

API = f"/v2/numberpools/accounts/{ACCOUNT_ID}"
PAGES = f"/accounts/{ACCOUNT_ID}/pools"

_BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd"}
_BASIC = b64encode(f"{ACCOUNT_ID}:{SECRET}".encode()).decode()


@dataclass(frozen=True, slots=True)
class Answer:
    headers: Mapping[str, str]
    body: bytes
    size: int
    """Bytes on the wire: status line, headers and body."""


class Client:
    """One connection that is kept, with headers that go with every request."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = dict(headers)

    def get(self, path: str, **headers: str) -> Answer:
        self._connection.request("GET", path, headers={**self.headers, **headers})
        return _answer(self._connection.getresponse())

    def post(self, path: str, body: str, content_type: str) -> Answer:
        headers = {**self.headers, "Content-Type": content_type}
        self._connection.request("POST", path, body, headers)
        return _answer(self._connection.getresponse())


@dataclass(frozen=True, slots=True)
class Server:
    port: int
    pid: int
    """Of gunicorn's first process, whose children serve."""

    @property
    def web_pid(self) -> int:
        """Of the only process that serves."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return int(children)

    def program(self) -> Client:
        """A program that uses the API."""
        return Client(self.port, {"Authorization": f"Basic {_BASIC}"})

    def person(self) -> Client:
        """The browser of an administrator, who is shown most."""
        client = Client(self.port, _BROWSER)
        form = client.get("/sign-in", **{"Accept-Encoding": "identity"})
        client.headers["Cookie"] = _cookie(form)
        token = re.search(rb'name="csrf_token" value="([^"]+)"', form.body)
        assert token is not None
        fields = {"csrf_token": token[1].decode(), "role": "ADMINISTRATOR"}
        signed_in = client.post("/sign-in", urlencode(fields), "application/x-www-form-urlencoded")
        client.headers["Cookie"] = _cookie(signed_in)
        return client


@contextmanager
def started(
    folder: Path, database_url: str, application: str = "app:app", **settings: str
) -> Iterator[Server]:
    """The application under gunicorn with the project's own settings and a single worker."""
    with reserved_port() as port:
        pid_file = folder / f"{port}.pid"
        environment = {
            "NUMBERPOOLS_ENV": "development",
            "SECRET_KEY": secrets.token_urlsafe(32),
            "DATABASE_URL": database_url,
            "PORT": str(port),
            "WEB_CONCURRENCY": "1",
            "API_CALLS_PER_SECOND": "100000",  # counted all the same
            **settings,
        }
        command = [sys.executable, "-m", "gunicorn", "--pid", str(pid_file), application]
        url = f"http://127.0.0.1:{port}/"
        with serving(command, url, environment, folder / f"{port}.log"):
            yield Server(port, int(pid_file.read_text()))


def most_megabytes(pid: int) -> float:
    """The most memory that the process ever held."""
    status = Path(f"/proc/{pid}/status").read_text()
    most = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert most is not None
    return int(most[1]) * 1024 / 1e6


def _answer(response: HTTPResponse) -> Answer:
    body = response.read()
    if response.status >= 400:
        raise RuntimeError(f"the service answered {response.status}: {body[:500]!r}")
    head = f"HTTP/1.1 {response.status} {response.reason}\r\n{response.msg.as_string()}"
    return Answer(dict(response.msg.items()), body, len(head.encode()) + len(body))


def _cookie(answer: Answer) -> str:
    return answer.headers["Set-Cookie"].partition(";")[0]
