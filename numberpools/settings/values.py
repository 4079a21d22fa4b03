"""How single values are read, for settings of every kind."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


def refusal(rule: str) -> PydanticCustomError:
    """What a validator raises: the rule that the value breaks, never the value.

    The variable's name is put before it: ``must begin with https://``.
    """
    return PydanticCustomError("refused", "{rule}", {"rule": rule})


def check_url(url: str, example: str) -> str:
    """A URL that secrets may travel to, unencrypted only inside this machine; `example` is one."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise refusal("is no URL") from None
    if not url.isprintable() or " " in url:  # which urlsplit passes over
        raise refusal("is no URL")
    if not host or parts.username is not None or parts.query or parts.fragment:
        raise refusal(f"must be a host and perhaps a path, as {example} is")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _THIS_MACHINE):
        raise refusal("must begin with https://, or http:// for this machine itself")
    return url


def _listed(text: Any) -> Any:
    """``a,b%2Cc`` as a tuple; what an environment cannot hold is left to pydantic."""
    if not isinstance(text, str):
        return text
    return tuple(unquote(entry.strip()) for entry in text.split(",") if entry.strip())


Listed = Annotated[tuple[str, ...], BeforeValidator(_listed)]
