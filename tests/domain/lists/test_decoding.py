"""Encodings of older programs: found by what is no ASCII, and never at the cost of a digit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberpools.domain.lists import read
from numberpools.domain.lists.decoding import encoding_of, open_text
from numberpools.domain.phone import parse_lines
from numberpools.errors import UnreadableFile
from tests.domain.hangs import no_hang
from tests.domain.lists.workbooks import lines_of, sheet
from tests.domain.memory import memory_below
from tests.examples import examples

NAMES = {
    "cp932": ["電話番号", "山田太郎", "ソフトバンク株式会社", "鈴木一郎"],
    "euc_jp": ["電話番号", "山田太郎", "ソフトバンク株式会社", "鈴木一郎"],
    "gb18030": ["电话", "王小明", "北京市朝阳区", "张伟", "李华", "上海"],
    "big5": ["電話", "王小明", "陳美玲", "台北市信義區", "林志豪"],
    "euc_kr": ["전화번호", "김철수", "이영희", "서울특별시"],
    "cp1250": ["Příjmení", "Jiří Dvořák", "Kateřina Šťastná", "Małgorzata Żółć", "Čeněk"],
    "cp1251": ["Телефон", "Иван Петров", "Ольга Смирнова", "Москва"],
    "cp1252": ["Téléphone", "Zoë Müller", "François Lefèvre", "José Núñez", "Åsa Öberg"],
    "iso8859_15": ["Téléphone", "Zoë Müller", "François Lefèvre", "José Núñez"],
    "cp1253": ["Τηλέφωνο", "Γιώργος Παπαδόπουλος", "Μαρία Νικολάου"],
    "cp1254": ["İsim", "Ayşe Yılmaz", "Mehmet Çağlar", "Gülşen Şahin", "Işık"],
    "cp1255": ["טלפון", "דוד כהן", "שרה לוי", "תל אביב"],
    "cp1256": ["الهاتف", "محمد أحمد", "فاطمة علي", "القاهرة"],
    "cp874": ["โทรศัพท์", "สมชาย ใจดี", "กรุงเทพ"],
    "iso8859_5": ["Телефон", "Иван Петров", "Ольга Смирнова", "Москва", "Сергей Иванов"],
    "utf-16-le": ["電話番号", "山田太郎"],
    "utf-16-be": ["Телефон", "Иван"],
    "utf-32": ["電話番号", "山田太郎"],
    "utf-32-le": ["電話番号", "山田太郎"],
    "utf-32-be": ["Téléphone", "Zoë"],
}


def listed(names: list[str], delimiter: str = ";", space: str = " ") -> str:
    lines = [f"{names[0]}{delimiter}{names[0]}"]
    for place in range(40):
        name = names[1 + place % (len(names) - 1)]
        lines.append(f"{name}{delimiter}+44{space}7911{space}{123400 + place}")
    return "\r\n".join(lines)


@pytest.mark.parametrize("encoding", NAMES)
@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_it_works(encoding: str, delimiter: str) -> None:
    names = NAMES[encoding]
    found = sheet("list.csv", listed(names, delimiter).encode(encoding))
    assert [column.name for column in found.columns] == [names[0], names[0]]
    assert [text for _, text in lines_of(found, 0)][: len(names) - 1] == names[1:]
    assert found.guessed == [1]
    assert [text for _, text in lines_of(found)][:2] == ["+44 7911 123400", "+44 7911 123401"]


@pytest.mark.parametrize("encoding", ["cp1250", "cp1251", "cp1252", "cp1253", "cp1255", "cp1256"])
def test_spaces_that_are_no_ascii_part_digits_in_every_encoding(encoding: str) -> None:
    content = listed(NAMES[encoding], space="\u00a0").encode(encoding)
    numbers = {entry.number for entry in parse_lines(sheet("list.csv", content).lines())}
    assert numbers == {f"447911{123400 + place}" for place in range(40)}


def test_full_width_digits_of_japan_are_digits() -> None:
    content = listed([*NAMES["cp932"], "０３"]).encode("cp932")
    content += "\r\n田中;＋４４７９１１１２３４５６".encode("cp932")
    entries = list(parse_lines(sheet("list.csv", content).lines()))
    assert entries[-1].number == "447911123456"


@pytest.mark.parametrize("rare", ["㐂", "𠮷"])
def test_a_rare_character_of_china_is_one(rare: str) -> None:
    """Of its four bytes two are digits."""
    content = listed([*NAMES["gb18030"], f"王{rare}"]).encode("gb18030")
    found = sheet("list.csv", content)
    assert encoding_of(content) == "gb18030"
    assert (6, f"王{rare}") in lines_of(found, 0) or (7, f"王{rare}") in lines_of(found, 0)


def test_digits_are_never_taken_for_halves_of_characters() -> None:
    """As GB18030 the digits and no-break spaces would be rare characters of China."""
    content = b"\n".join(b"+447\xa09\xa01\xa01\xa01\xa02\xa03\xa04\xa05\xa06" for _ in range(50))
    with open_text(content) as stream:
        text = stream.read()
    assert sum(map(text.count, "0123456789")) == sum(map(content.count, b"0123456789"))


@pytest.mark.parametrize("old", ["Müller", "Zoë \u00a0", "é"])
def test_a_stray_line_of_an_older_program_decides_about_itself_alone(old: str) -> None:
    content = listed(["電話番号", "Zoë"], space="\u00a0").encode() + f"\r\n{old};1".encode("cp1252")
    assert encoding_of(content) == "utf-8"
    found = sheet("list.csv", content)
    assert found.columns[0].name == "電話番号"
    assert lines_of(found, 0)[-1][1].strip() == old.strip()


def test_a_large_file_is_decided_quickly_and_in_little_memory() -> None:
    content = listed(NAMES["cp932"]).encode("cp932") * 500 + b"a" * 500_000
    with no_hang(), memory_below(10_000_000):
        assert encoding_of(content) == "cp932"


DIGITS = b"0123456789"


@examples(1000)
@given(
    st.lists(
        st.sampled_from([b"+447911123456", b"\n", b";", b"a", b"1", b"7"])
        | st.binary(min_size=1, max_size=2).map(lambda raw: bytes(byte | 0x80 for byte in raw)),
        min_size=1,
        max_size=40,
    ).map(b"".join)
)
def test_no_encoding_changes_a_digit(content: bytes) -> None:
    """But where a tenth of what is no ASCII at the most are characters with digits as bytes."""
    try:
        encoding = encoding_of(content)
    except UnreadableFile:
        return
    text = open_text(content, encoding).read()
    if encoding != "gb18030" and not encoding.startswith("utf-16"):
        assert sum(map(text.count, "0123456789")) == sum(map(content.count, DIGITS))


KINDS = ["list.csv", "list.vcf", "list.xls", "list.json", "list.html", "list.zip", "list.eml"]
BEGINNINGS = [b"", b"BEGIN:VCARD\nTEL", b"<table><tr", b"[{", b"<?xml ", b"PK\3\4", b"\xff\xfe"]


@examples(1000)
@given(st.sampled_from(KINDS), st.sampled_from(BEGINNINGS), st.binary(max_size=300))
def test_any_bytes_of_any_kind_are_read_or_refused(
    name: str, beginning: bytes, content: bytes
) -> None:
    try:
        sheets = read(name, beginning + content, "GB").sheets
    except UnreadableFile as error:
        assert str(error).endswith(".")  # noqa: PT017
        return
    for found in sheets:
        assert found.without_number_count or [n for n, *_ in found.lines()][-1:] == [
            found.line_count
        ]
