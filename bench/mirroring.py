"""Copying a vendor's pool of 100,000 numbers, compared with the time that the vendor itself takes.

The vendor takes 50 ms for each page of 100 numbers. The ideal is that time, divided by the calls
that are made at once.
"""

from __future__ import annotations

import multiprocessing
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from bench.data import ACCOUNT_ID, create_sqlite_database
from bench.measuring import seconds
from bench.report import Row
from numberpools.db.database import Database
from numberpools.services import mirror
from numberpools.settings import Settings
from numberpools.stores import Stores
from numberpools.stores.vonage import connect

_NUMBERS = 100_000
_SECONDS_PER_CALL = 0.05
_SETTINGS = {
    "pool_id": "pool",
    "account_id": ACCOUNT_ID,
    "fallback": "Pool",
    "localized_sender_preferred": True,
    "predictable_sender_preferred": False,
}


def row(folder: Path) -> Row:
    database = Database(create_sqlite_database(folder / "mirror.db"))
    receiver, sender = multiprocessing.Pipe(duplex=False)
    vendor = multiprocessing.get_context("spawn").Process(target=_serve, args=(sender,))
    vendor.start()
    settings = Settings.parse(
        {
            "NUMBERPOOLS_ENV": "development",
            "SECRET_KEY": "a key for the benchmarks, long enough to be one",
            "DATABASE_URL": "sqlite:///unused.db",
            "VONAGE_ACCOUNTS": f"Bench:{ACCOUNT_ID}:secret",
            "VONAGE_API_URL": f"http://127.0.0.1:{receiver.recv()}",
            "VONAGE_CALLS_PER_SECOND": "1000",
        }
    )
    stores = Stores(database, connect(settings))
    taken = seconds(lambda: mirror.copy_account(stores, ACCOUNT_ID))
    stores.close()
    vendor.terminate()
    vendor.join()
    ideal = _NUMBERS / mirror.PAGE_SIZE * _SECONDS_PER_CALL / mirror.CALLS_AT_ONCE
    what = f"Copy 100,000 numbers of a vendor, to the ideal for {mirror.CALLS_AT_ONCE} at once"
    return Row(what, taken / ideal, "x", at_most=1.2)


def _serve(sender: Connection) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    sender.send(server.server_port)
    server.serve_forever()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one piece: in two, the second waits for an acknowledgement

    def do_GET(self) -> None:
        time.sleep(_SECONDS_PER_CALL)
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        page, size = int(query.get("page", ["1"])[0]), int(query.get("page_size", ["10"])[0])
        if parts.path.endswith("/numbers"):
            first = (page - 1) * size
            last = min(first + size, _NUMBERS)
            items = [f"447{number:09}" for number in range(first, last)]
            body = _page({"numbers": items}, page, size, _NUMBERS)
        else:
            body = _page({"pools": [_SETTINGS]}, page, size, 1)
        data = dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def _page(items: object, page: int, size: int, total: int) -> dict[str, object]:
    return {
        "page": page,
        "page_size": size,
        "total_pages": -(-total // size),
        "total_items": total,
        "_embedded": items,
    }
