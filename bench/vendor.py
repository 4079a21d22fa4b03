"""A vendor in a process of its own: pools in memory, and as long for each call as is asked for."""

from __future__ import annotations

import multiprocessing
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from json import dumps, loads
from multiprocessing.connection import Connection
from threading import Lock
from urllib.parse import parse_qs, urlsplit

from bench.data import ACCOUNT_ID
from numberpools.db.database import Database
from numberpools.settings import Settings
from numberpools.stores import Stores
from numberpools.stores.vonage import connect


@contextmanager
def vendor(seconds_per_call: float, number_count: int = 0) -> Iterator[str]:
    """Gives its URL. Pools are there as soon as they are asked for; "one" has so many numbers."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    serve = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(sender, seconds_per_call, number_count)
    )
    serve.start()
    try:
        yield f"http://127.0.0.1:{receiver.recv()}"
    finally:
        serve.terminate()
        serve.join()


def settings(url: str) -> dict[str, str]:
    """What the service needs to have its account there."""
    return {
        "VONAGE_ACCOUNTS": f"Bench:{ACCOUNT_ID}:secret",
        "VONAGE_API_URL": url,
        "VONAGE_CALLS_PER_SECOND": "1000",
    }


def stores_at(url: str, database_url: str) -> Stores:
    """As the service opens them that has its account there."""
    environment = {
        "NUMBERPOOLS_ENV": "development",
        "SECRET_KEY": "a key for the benchmarks, long enough to be one",
        "DATABASE_URL": database_url,
    }
    made = Settings.parse({**environment, **settings(url)})
    return Stores(Database(database_url), connect(made))


def call_barely(url: str, numbers: Sequence[str], at_once: int) -> None:
    """The calls that adding these numbers takes at least, and nothing else."""
    every = [numbers[first : first + 50] for first in range(0, len(numbers), 50)]
    place = urlsplit(url)
    path = f"/v2/numberpools/accounts/{ACCOUNT_ID}/pools/bare/numbers"

    def call(batches: Sequence[Sequence[str]]) -> None:
        connection = HTTPConnection(place.hostname or "", place.port)
        for batch in batches:
            connection.request("POST", path, dumps({"numbers": batch}))
            connection.getresponse().read()
        connection.close()

    with ThreadPoolExecutor(at_once) as threads:
        list(threads.map(call, [every[first::at_once] for first in range(at_once)]))


def _serve(sender: Connection, seconds_per_call: float, number_count: int) -> None:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.seconds_per_call = seconds_per_call
    if number_count:
        server.pools["one"] = {f"447{number:09}": None for number in range(number_count)}
    sender.send(server.server_port)
    server.serve_forever()


class _Server(ThreadingHTTPServer):
    request_queue_size = 100
    daemon_threads = True
    seconds_per_call = 0.0

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.pools: dict[str, dict[str, None]] = defaultdict(dict)  # keys keep their order
        self.lock = Lock()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one piece: in two, the second waits for an acknowledgement
    server: _Server

    def do_GET(self) -> None:
        time.sleep(self.server.seconds_per_call)
        parts = urlsplit(self.path)
        names = parts.path.split("/")[6:]
        with self.server.lock:
            if not names:
                body = _page(parts.query, "pools", [_pool(each) for each in self.server.pools])
            elif len(names) == 1:
                body = _pool(names[0])
            else:
                body = _page(parts.query, "numbers", sorted(self.server.pools[names[0]]))
        self._answer(body)

    def do_POST(self) -> None:
        body = loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(self.server.seconds_per_call)
        pool_id, *rest = self.path.split("/")[6:]
        with self.server.lock:
            pool = self.server.pools[pool_id]
            if rest[-1] == "delete":
                for number in body["numbers"]:
                    pool.pop(number, None)
            else:
                pool.update(dict.fromkeys(body["numbers"]))
        self._answer({"numbers": body["numbers"]})

    def _answer(self, body: object) -> None:
        data = dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def _pool(pool_id: str) -> dict[str, object]:
    return {
        "pool_id": pool_id,
        "account_id": ACCOUNT_ID,
        "fallback": "Pool",
        "localized_sender_preferred": True,
        "predictable_sender_preferred": False,
    }


def _page(query: str, name: str, items: Collection[object]) -> dict[str, object]:
    asked = {key: int(values[0]) for key, values in parse_qs(query).items()}
    page, size = asked.get("page", 1), asked.get("page_size", 10)
    return {
        "page": page,
        "page_size": size,
        "total_pages": max(1, -(-len(items) // size)),
        "total_items": len(items),
        "_embedded": {name: list(islice(items, (page - 1) * size, page * size))},
    }
