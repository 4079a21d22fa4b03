"""E-mails and chats: lines without any number are counted, and not named one by one."""

from __future__ import annotations

import pytest

from tests.domain.lists.workbooks import lines_of, sheet

MAIL = """From: Jane <jane@example.com>
Sent: 12 March 2024 10:30

Hi all,
please add these from 1 April:

+44 7911 123456
07911 12 (Joe)
and 1-800-FLOWERS, thanks. See you at 12:30:15!
Room 12, 2nd floor.
"""


def test_it_works() -> None:
    found = sheet("mail.txt", MAIL.encode(), "GB")
    assert found.without_number_count == 5
    assert found.row_count == 8
    assert [line for line, _ in lines_of(found)] == [7, 8, 9]


@pytest.mark.parametrize(
    "text",
    [
        "n/a\n+447911123456\n",
        "n/a\nx\n+447911123456\n+447911123457\n",
        "n/a\nx\ny\n" + "+447911123456\n" * 4,
        "only\nwords\nstand\nhere\n",
    ],
)
def test_each_line_of_a_list_is_named(text: str) -> None:
    found = sheet("list.txt", text.encode())
    assert found.without_number_count == 0
    assert [text for _, text in lines_of(found)] == text.splitlines()


def test_names_on_lines_of_their_own_are_counted() -> None:
    found = sheet("list.txt", b"Jane\n+447911123456\nJoe\n+447911123457\nJo\n+447911123458\n")
    assert found.without_number_count == 3
    assert [line for line, _ in lines_of(found)] == [2, 4, 6]


def test_a_number_far_down_is_read() -> None:
    text = "1234567\n" + "Hello\n" * 1_000 + "+447911123456\n"
    found = sheet("list.txt", text.encode())
    assert found.without_number_count == 1_000
    assert lines_of(found) == [(1, "1234567"), (1_002, "+447911123456")]
