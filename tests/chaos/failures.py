"""How a vendor fails: before it has done what it was asked for, or after that."""

from __future__ import annotations

from collections.abc import Callable
from json import dumps, loads
from typing import Any

from tests.chaos.server import Call

Failure = Callable[[Call], None]

PROBLEMS = "https://vendor.example/number-pools"


def _encoded(body: dict[str, Any] | None) -> bytes:
    return b"" if body is None else dumps(body).encode()


def behave(call: Call) -> None:
    status, body = call.work()
    call.send(status, _encoded(body))


def reset(call: Call) -> None:
    call.hang_up(reset=True)


def reset_after_work(call: Call) -> None:
    call.work()
    call.hang_up(reset=True)


def refuse(call: Call) -> None:
    """Whoever connects in the next moment finds nobody there."""
    call.refuse_connections()
    call.hang_up(reset=True)


def _rate_limit(call: Call) -> None:
    call.send(429, b"{}", Retry_After="1")


def _fail(status: int, *, after_work: bool) -> Failure:
    def fail(call: Call) -> None:
        if after_work:
            call.work()
        call.send(status, b"{}")

    return fail


def _cut_off(call: Call) -> None:
    status, body = call.work()
    content = _encoded(body) or b"{}"
    call.send(200 if status == 204 else status, content[: len(content) // 2], len(content))
    call.hang_up(reset=False)


def _send_a_page(call: Call) -> None:
    """Something on the way answers with a page of its own."""
    call.work()
    call.send(200, b"<html><body>Welcome!</body></html>")


def be_slow(call: Call) -> None:
    """The answer comes when nobody waits for it any more."""
    call.work()
    call.wait_until_given_up()
    call.hang_up(reset=True)


def _tell_half(call: Call) -> None:
    """A partial success that does not name every number."""
    status, body = call.work()
    if body and "numbers" in body:
        half = body["numbers"][: len(body["numbers"]) // 2]
        call.send(207, _encoded({**body, "numbers": half}))
    else:
        call.send(status, _encoded(body))


def _tell_nothing(*, after_work: bool) -> Failure:
    """A success that names no number: it may be one."""

    def tell(call: Call) -> None:
        if after_work:
            call.work()
        call.send(200, _encoded({"numbers": []} if call.is_change else None))

    return tell


def refuse_as_a_whole(call: Call) -> None:
    call.send(400, _encoded({"type": f"{PROBLEMS}#busy", "title": "Try later."}))


def refuse_each(call: Call) -> None:
    """The same, as the API has it for numbers of which none could be done."""
    refused = {"type": f"{PROBLEMS}#busy", "title": "Try later.", "numbers": _numbers(call)}
    call.send(400, _encoded({"type": f"{PROBLEMS}#add-number-failure", "errors": [refused]}))


def _numbers(call: Call) -> list[str]:
    return list(loads(call.body)["numbers"])


FAILURES: list[Failure] = [
    refuse,
    reset,
    reset_after_work,
    _rate_limit,
    *(
        _fail(status, after_work=after_work)
        for status in (500, 502, 503, 504)
        for after_work in (False, True)
    ),
    _cut_off,
    _send_a_page,
    be_slow,
    _tell_half,
    _tell_nothing(after_work=False),
    _tell_nothing(after_work=True),
]
REFUSALS: list[Failure] = [refuse_as_a_whole, refuse_each]
