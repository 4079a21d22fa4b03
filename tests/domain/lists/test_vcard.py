"""Address books: of each card its name and its phone numbers, and nothing else."""

from __future__ import annotations

import pytest

from numberpools.domain.lists import read
from numberpools.domain.phone import parse_lines
from numberpools.errors import UnreadableFile
from tests.domain.hangs import no_hang
from tests.domain.lists.workbooks import lines_of, sheet
from tests.domain.memory import memory_below

ANDROID = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\n"
    "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=BCrgen;;;\r\n"
    "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgen =\r\nM=C3=BCller\r\n"
    "TEL;CELL;PREF:+447911123456\r\nTEL;HOME:07911 123457\r\n"
    "PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSkZJRgABAQ\r\n TEL44791112345\r\n\r\nEND:VCARD\r\n"
)
IPHONE = """BEGIN:VCARD
VERSION:3.0
N:Doe;Jane;;Dr.;
FN:Jane Doe\\, Dr.
ORG:Acme 555 1234;
item1.TEL;type=pref:+44 7911
  123458
item1.X-ABLabel:_$!<Mobile>!$_
item2.TEL:+44 20 7946 0958
item2.X-ABLabel:Reception
TEL;TYPE=WORK,FAX:+44 20 7946 0959
NOTE:call 07911 999999
END:VCARD
"""
VERSION_4 = """BEGIN:VCARD
VERSION:4.0
FN:Joe
TEL;VALUE=uri;TYPE="voice,home":tel:+44-7911-123459;ext=102
TEL;VALUE=uri:tel:7911123450;phone-context=+44
END:VCARD
BEGIN:VCARD
FN:Nobody
END:VCARD
"""


def rows(text: str | bytes) -> list[list[str]]:
    """The headings and the rows, as shown."""
    found = sheet("list.vcf", text if isinstance(text, bytes) else text.encode())
    names = [column.name for column in found.columns]
    columns = [[text for _, text in lines_of(found, place)] for place in range(len(names))]
    return [names, *(list(row) for row in zip(*columns, strict=True))]


def test_it_works() -> None:
    assert rows(ANDROID + IPHONE + VERSION_4) == [
        ["Name", "Mobile", "Phone", "Home", "Other", "Fax", "Notes and other fields"],
        ["Jürgen Müller", "+447911123456", "", "07911 123457", "", "", ""],
        [
            "Jane Doe, Dr.",
            "+44 7911 123458",
            "",
            "",
            "+44 20 7946 0958",
            "+44 20 7946 0959",
            "call 07911 999999",
        ],
        ["Joe", "", "+447911123450", "+44-7911-123459 ext. 102", "", "", ""],
        ["Nobody", "", "", "", "", "", ""],
    ]


def test_the_line_is_that_of_the_first_number() -> None:
    found = sheet("list", (ANDROID + IPHONE).encode())
    assert found.guessed == [1]
    assert lines_of(found) == [(6, "+447911123456"), (17, "+44 7911 123458")]


def test_nothing_but_numbers_is_read_as_one() -> None:
    entries = parse_lines(sheet("list.vcf", IPHONE.encode()).lines())
    assert [(entry.number, entry.problem) for entry in entries] == [("447911123458", None)]


@pytest.mark.parametrize(
    "property_",
    [
        "NOTE:call 07400 123457",
        "item1.IMPP;X-SERVICE-TYPE=WhatsApp:whatsapp:+447911999999",
        "X-WHATSAPP:+447911999999",
        "TITLE:Head of sales\\, 07400 123457",
    ],
)
def test_numbers_in_other_fields_are_left_to_be_decided(property_: str) -> None:
    card = f"BEGIN:VCARD\nTEL;TYPE=cell:+447911123456\n{property_}\nEND:VCARD\n"
    found = sheet("list.vcf", card.encode(), "GB")
    assert found.guessed == [1]
    assert [column.index for column in found.columns if column.has_numbers] == [1, 2]


@pytest.mark.parametrize(
    "property_",
    [
        "NOTE:likes tea",
        "ADR:;;12 Main St;Springfield;IL;62704-1234;USA",
        "URL:https://example.com/people/6463000001",
        "X-ABUID:5AD380FD-B2DE-4261-BA99-DE1D1DB52FBE",
        "REV:20240501T103000Z",
        "BDAY:1984-11-27",
    ],
)
def test_other_fields_without_numbers_are_not_asked_about(property_: str) -> None:
    card = f"BEGIN:VCARD\nTEL;TYPE=cell:+447911123456\n{property_}\nEND:VCARD\n"
    found = sheet("list.vcf", card.encode(), "US")
    assert [column.index for column in found.columns if column.has_numbers] == [1]


def test_several_numbers_of_a_kind_stand_in_one_cell() -> None:
    card = "BEGIN:VCARD\nTEL;TYPE=cell:+447911123456\nTEL;TYPE=cell:+447911123457\nEND:VCARD\n"
    assert rows(card)[1] == ["", "+447911123456; +447911123457"]


@pytest.mark.parametrize(
    ("property_", "kind"),
    [
        ("TEL;TYPE=WORK;TYPE=CELL", "Mobile"),
        ("TEL;TYPE=CELL,VOICE", "Mobile"),
        ('tel;type="work,voice"', "Work"),
        ("TEL;HOME;FAX", "Fax"),
        ("TEL;TYPE=pager", "Pager"),
        ("TEL;TYPE=car", "Other"),
        ("TEL;TYPE=voice,pref", "Phone"),
        ("TEL", "Phone"),
    ],
)
def test_each_kind_has_a_column(property_: str, kind: str) -> None:
    card = f"begin:vcard\nN:Doe;Jane;;;\n{property_}:+447911123456\nend:vcard\n"
    assert rows(card) == [["Name", kind], ["Doe, Jane", "+447911123456"]]


@pytest.mark.parametrize("charset", ["windows-1252", "no-such-thing", "hex"])
def test_names_may_be_quoted_in_any_encoding(charset: str) -> None:
    card = f"BEGIN:VCARD\nFN;ENCODING=QUOTED-PRINTABLE;CHARSET={charset}:J=FCrgen\nTEL:1234567\n"
    name = "Jürgen" if charset == "windows-1252" else "J\ufffdrgen"
    assert rows(card)[1][0] == name


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_every_encoding(encoding: str) -> None:
    card = "BEGIN:VCARD\nFN:Zoë\nTEL:+447911123456\nEND:VCARD\n"
    assert rows(card.encode(encoding))[1] == ["Zoë", "+447911123456"]


def test_it_refuses_cards_without_any_number() -> None:
    with pytest.raises(UnreadableFile, match="no phone number on any of the cards"):
        read("list.vcf", b"BEGIN:VCARD\nFN:Jane 447911123456\nEND:VCARD\n")


@pytest.mark.parametrize(
    "body", ["TEL:1\n" * 200_000, "TEL:1\n" + " 1\n" * 200_000, "TEL:" + "1" * 9_000_000]
)
def test_hostile_cards_take_little_memory_and_time(body: str) -> None:
    content = f"BEGIN:VCARD\n{body}".encode()
    with no_hang(), memory_below(7_000_000):
        try:
            read("list.vcf", content)
        except UnreadableFile as error:
            assert "more than 1,000 phone numbers" in str(error)  # noqa: PT017
