"""The running service: how many requests, how quick, how large."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count, cycle, islice, repeat
from pathlib import Path

from bench.data import MILLION, TEN
from bench.measuring import medians, seconds
from bench.report import Row
from bench.server import API, PAGES, Client, Server, started

_CONNECTIONS = 4
_REQUESTS_PER_ROUND = 400
_NUMBERS = f"{API}/pools/{MILLION}/numbers"
_LIST = f"{_NUMBERS}?page_size=100"
_POOL = f"{PAGES}/{MILLION}"
_FRAGMENT = {"HX-Request": "true"}
_SEARCHES = {"many": "1", "few": "4477001", "none": "0" * 15}


def throughput_rows(
    name: str, server: Server, folder: Path, database_url: str, *, at_least: float | None
) -> Iterator[Row]:
    """Requests per second, to those of a bare Flask route that returns the same bytes.

    For a page that is asked for again, and for pages that are new each time.
    """
    body = folder / "body.json"
    body.write_bytes(server.program().get(_LIST).body)
    new = (f"{_LIST}&page={page}" for page in count(1))
    with started(folder, database_url, "bench.bare:app", BENCH_BODY=str(body)) as bare:
        for which, paths, limit in (("", repeat(_LIST), at_least), (", new pages", new, None)):
            ours, theirs = medians(
                21, partial(_load, server, paths), partial(_load, bare, repeat("/numbers"))
            )
            what = f"{name}: requests per second to a bare Flask route{which}"
            yield Row(what, theirs / ours, "x", at_least=limit)


def pool_page_row(name: str, server: Server) -> Row:
    person = server.person()
    large, small = medians(
        60,
        lambda: seconds(lambda: person.get(_POOL)),
        lambda: seconds(lambda: person.get(f"{PAGES}/{TEN}")),
    )
    what = f"{name}: the page of a pool with 1,000,000 numbers, to one with 10"
    return Row(what, large / small, "x", at_most=3)


def filter_rows(name: str, server: Server) -> Iterator[Row]:
    """The list while one types: digits that many, few and no numbers have."""
    person = server.person()
    measures = [_filtering(person, digits) for digits in _SEARCHES.values()]
    for found, taken in zip(_SEARCHES, medians(7, *measures), strict=True):
        what = f"{name}: filter 1,000,000 numbers, {found} found"
        yield Row(what, taken * 1000, "ms", at_most=300)


def size_rows(server: Server) -> Iterator[Row]:
    """All bytes that a browser gets, headers too, in thousands."""
    person = server.person()
    fragment = person.get(f"{_POOL}?page_size=50", **_FRAGMENT).size
    page = person.get(_POOL, **{"Accept-Encoding": "identity"}).body.decode()
    assets = set(re.findall(r'(?:href|src)="(/assets/[^"#]+)', page))
    sizes = [person.get(path).size for path in [_POOL, *assets]]
    yield Row(
        f"First visit: a page and its {len(assets)} assets", sum(sizes) / 1000, "KB", at_most=90
    )
    yield Row("A fragment of 50 numbers", fragment / 1000, "KB", at_most=6)


def memory_row(server: Server) -> Row:
    """The worker's resident memory after a thousand requests of many kinds."""
    for request in islice(cycle(_many_kinds(server)), 1000):
        request()
    (worker,) = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    status = Path(f"/proc/{worker}/status").read_text()
    resident = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert resident is not None
    megabytes = int(resident[1]) * 1024 / 1e6
    return Row("A web process after 1,000 requests, resident", megabytes, "MB", at_most=120)


def _many_kinds(server: Server) -> list[Callable[[], object]]:
    person, program = server.person(), server.program()
    numbers = json.dumps({"numbers": [f"4470000{rest:05}" for rest in range(50)]})
    gets = [
        *[(person, path) for path in ("/", PAGES, f"{PAGES}?sort=numbers", f"{PAGES}/{TEN}")],
        *[(person, f"{_POOL}?page_size={size}") for size in (10, 25, 50, 100)],
        *[(person, f"{_POOL}?page={page}") for page in (2, 20_000, 40_000)],
        *[(program, f"{API}/pools"), (program, f"{API}/pools/{MILLION}"), (program, _LIST)],
        *[(program, f"{_NUMBERS}?page={page}&page_size=1000") for page in (1, 500, 1000)],
    ]
    return [
        *[lambda client=client, path=path: client.get(path) for client, path in gets],
        lambda: person.get(f"{_POOL}?containing={_SEARCHES['few']}", **_FRAGMENT),
        lambda: program.post(_NUMBERS, numbers, "application/json"),
        lambda: program.post(f"{_NUMBERS}/delete", numbers, "application/json"),
    ]


def _filtering(person: Client, digits: str) -> Callable[[], float]:
    return lambda: seconds(lambda: person.get(f"{_POOL}?containing={digits}", **_FRAGMENT))


def _load(server: Server, paths: Iterator[str]) -> float:
    """The seconds that a round of requests takes, on a few connections at once."""

    def use(client: Client) -> None:
        for path in islice(each, _REQUESTS_PER_ROUND // _CONNECTIONS):
            client.get(path)

    each = iter(list(islice(paths, _REQUESTS_PER_ROUND)))
    clients = [server.program() for _ in range(_CONNECTIONS)]
    with ThreadPoolExecutor(_CONNECTIONS) as threads:
        return seconds(lambda: list(threads.map(use, clients)))
