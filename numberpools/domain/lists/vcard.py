"""The phone numbers of address books: vCard files (.vcf) of versions 2.1, 3.0 and 4.0.

The rules are those of RFC 2426, RFC 6350 and the specification of versit (2.1), as far as names and
phone numbers need them; what address books write otherwise is read as they mean it.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote

from numberpools.domain.lists.decoding import open_text
from numberpools.domain.lists.prose import may_hold_number
from numberpools.domain.lists.rows import KeptRows, Table
from numberpools.errors import UnreadableFile

_NO_NUMBERS = (
    "There is no phone number on any of the cards in this address book, in the fields for these: "
    "bring the numbers as text."
)
_MANY_NUMBERS = "A card in this address book has more than 1,000 phone numbers: bring them as text."

_WANTED = re.compile(
    r"(?:[\w-]+\.)?(?:BEGIN|FN|N|ORG|TEL|NOTE|ADR|LABEL|URL|EMAIL|IMPP|TITLE|ROLE|X-[\w-]+)[;:]",
    re.IGNORECASE,
)
_NAMES = {"FN", "N", "ORG"}
_PROPERTY = re.compile(r"""(?:([\w-]+)\.)?([\w-]+)((?:[^:"]|"[^"]*")*):(.*)""", re.DOTALL)
_QUOTED_PRINTABLE = re.compile(r"[;=]QUOTED-PRINTABLE(?![^;])", re.IGNORECASE)
_CHARSET = re.compile(r";CHARSET=([\w-]{1,40})", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)")
_PARAMETERS_OF_URI = re.compile(r";([\w-]+)=([^;]*)")
_WORD = re.compile(r"[^\W_]+")
_LONGEST_PROPERTY = 10_000  # characters; a photo has more and is not looked at
_MOST_PHONES = 1_000
_PIECE = 1 << 16

_KINDS = {
    "Mobile": {"cell", "mobile", "iphone", "handy"},
    "Phone": set[str](),
    "Work": {"work"},
    "Home": {"home"},
    "Other": set[str](),
    "Pager": {"pager"},
    "Fax": {"fax", "homefax", "workfax", "otherfax"},
}
"""Words of a number's type or label, by the name of its column, in the order of the columns."""
_NOTES = "Notes and other fields"
_COLUMNS = (*_KINDS, _NOTES)
_TESTED = ("Fax", "Pager", "Mobile", "Work", "Home")  # a mobile phone for work is a mobile phone
_SAYS_NO_KIND = {"type", "pref", "voice", "text", "msg", "internet", "value", "uri", "main"}


class _Property(NamedTuple):
    line: int
    group: str
    name: str
    parameters: str
    value: str


@dataclass(slots=True)
class _Card:
    line: int
    names: dict[str, str] = field(default_factory=dict)
    phones: list[_Property] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)  # by group
    notes: list[str] = field(default_factory=list)


def vcard_tables(content: bytes) -> list[Table]:
    """Return one table with a row for each card: its name, and a column for each kind of phone.

    What may be a number in a note, an address or any other field has a column behind these. The
    line is that of the card's first number, or of its beginning. Raises `UnreadableFile` where no
    card has a number.
    """
    cards = KeptRows()
    used: set[str] = set()
    for card in _cards(content):
        texts: dict[str, list[str]] = {}
        for phone in card.phones:
            kind = _kind(phone, card.labels.get(phone.group, ""))
            texts.setdefault(kind, []).append(_phone_text(phone.value))
        if card.notes:
            texts[_NOTES] = card.notes
        used |= texts.keys()
        name = next((card.names[key] for key in ("FN", "N", "ORG") if card.names.get(key)), "")
        cells = ["; ".join(texts.get(heading, [])) for heading in _COLUMNS]
        cards.add(card.phones[0].line if card.phones else card.line, [name, *cells])
    if not used:
        raise UnreadableFile(_NO_NUMBERS)
    places = [place for place, heading in enumerate(_COLUMNS, start=1) if heading in used]
    rows = KeptRows()
    for line, row in cards():
        rows.add(line, [row[place] if place < len(row) else "" for place in (0, *places)])
    return [Table(rows, headings=("Name", *(each for each in _COLUMNS if each in used)))]


def _cards(content: bytes) -> Iterator[_Card]:
    card: _Card | None = None
    for found in _properties(content):
        if found.name == "BEGIN":
            if found.value.strip().upper() == "VCARD":
                if card:
                    yield card
                card = _Card(found.line)
        elif card:
            _put(found, card)
    if card:
        yield card


def _put(found: _Property, card: _Card) -> None:
    if found.name == "TEL":
        card.phones.append(found)
    elif found.name == "X-ABLABEL":
        card.labels[found.group] = found.value
    elif found.name in _NAMES:
        card.names.setdefault(found.name, _name_text(found.value))
    elif may_hold_number(found.value) and ("+" in found.value or not found.name.startswith("X-")):
        card.notes.append(_name_text(found.value))
    if len(card.phones) + len(card.notes) > _MOST_PHONES:
        raise UnreadableFile(_MANY_NUMBERS)


def _properties(content: bytes) -> Iterator[_Property]:
    """Yield the properties that are needed, with their text decoded."""
    for line, text in _unfolded(content):
        match = _PROPERTY.fullmatch(text)
        if not match:
            continue
        group, name, parameters, value = match.groups(default="")
        if _QUOTED_PRINTABLE.search(parameters):
            charset = _CHARSET.search(parameters)
            value = _unquoted(value, charset[1] if charset else "utf-8")
        yield _Property(line, group.lower(), name.upper(), parameters.lower(), value)


def _unfolded(content: bytes) -> Iterator[tuple[int, str]]:
    """Yield the properties that are needed, each with its first line and as one text.

    A line goes on where the next begins with a space, or where it ends with the `=` of
    quoted-printable.
    """
    first, text = 0, ""
    line, is_new = 0, True
    stream = open_text(content)
    while piece := stream.readline(_PIECE):
        was_new, is_new = is_new, piece.endswith("\n")
        line += was_new
        if not was_new:
            continue  # the end of a line that is far too long for a number
        piece = piece.rstrip("\n")
        is_soft = text.endswith("=") and _QUOTED_PRINTABLE.search(text.partition(":")[0])
        if text and (is_soft or piece[:1] in {" ", "\t"}):
            if len(text) < _LONGEST_PROPERTY:
                text = text.removesuffix("=") + piece if is_soft else text + piece[1:]
            continue
        if text:
            yield first, text
        first, text = line, piece if _WANTED.match(piece) else ""
    if text:
        yield first, text


def _unquoted(text: str, charset: str) -> str:
    raw = quopri.decodestring(text.encode("utf-8", "replace"))
    try:
        return raw.decode(charset, "replace")
    except (LookupError, ValueError):
        return raw.decode("utf-8", "replace")


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], text)


def _name_text(value: str) -> str:
    """Return a name as one text, also that of `N`: family name;given name;others."""
    parts = (" ".join(_unescaped(part).split()) for part in value.split(";"))
    return ", ".join(part for part in parts if part)


def _phone_text(value: str) -> str:
    """Return a number as people write it; that of a `tel:` URI (RFC 3966) has its extension."""
    text = " ".join(_unescaped(value).split())
    if not text.lower().startswith("tel:"):
        return text
    number, *_ = text[4:].split(";")
    parameters = {key.lower(): said for key, said in _PARAMETERS_OF_URI.findall(text)}
    context, extension = parameters.get("phone-context", ""), parameters.get("ext", "")
    whole = context + number if context.startswith("+") else number
    return unquote(f"{whole} ext. {extension}" if extension else whole)


def _kind(phone: _Property, label: str) -> str:
    words = set(_WORD.findall(phone.parameters)) | set(_WORD.findall(label.lower()))
    for kind in _TESTED:
        if words & _KINDS[kind]:
            return kind
    return "Other" if words - _SAYS_NO_KIND else "Phone"
