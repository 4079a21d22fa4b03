"""Saved e-mails (.eml) and web archives (.mht): the text in them, decoded.

Read as plain text, a number could be cut in two: quoted-printable breaks lines
at 76 characters.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import replace
from email import message_from_bytes
from email.message import Message

from numberpools.domain.lists.rows import Table
from numberpools.domain.lists.text import text_lines
from numberpools.domain.lists.web_page import web_page_tables
from numberpools.errors import UnreadableFile

_NO_TEXT = "There is no text in this e-mail: open it, copy the list and paste it."
_DAMAGED = "This e-mail is damaged or not complete: open it, copy the list and paste it."
_LARGE = "This e-mail is larger than 2 MB: bring its attachment by itself, or paste the list."
_ATTACHED = "The files attached to this e-mail are not read: bring them by themselves."

_LARGEST = 2_000_000  # bytes; `email` takes up to forty times as much


def mail_tables(content: bytes) -> Sequence[Table]:
    """Return the text of the e-mail as lines, or its tables where it is a web page alone.

    Raises `UnreadableFile` where it has no text, or more than 2 MB with what is attached.
    """
    if len(content) > _LARGEST:
        raise UnreadableFile(_LARGE)
    try:
        parts = [part for part in message_from_bytes(content).walk() if not part.is_multipart()]
        remarks = (_ATTACHED,) if any(map(Message.get_filename, parts)) else ()
        plain, page = (_content(parts, kind) for kind in ("text/plain", "text/html"))
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableFile(_DAMAGED) from error
    if plain.strip():
        return [Table(text_lines(_encoded(plain)), has_columns=False, remarks=remarks)]
    if page.strip():
        first, *others = web_page_tables(_encoded(page))
        return [replace(first, remarks=(*first.remarks, *remarks)), *others]
    raise UnreadableFile(_NO_TEXT)


def _encoded(text: str) -> bytes:
    return BOM_UTF8 + text.encode("utf-8", "replace")


def _content(parts: Sequence[Message], kind: str) -> str:
    """Return the text of all parts of this kind, below each other."""
    return "\n".join(
        _text(part) for part in parts if part.get_content_type() == kind and not part.get_filename()
    )


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset() or "utf-8"
    return raw.decode(charset, "replace")
