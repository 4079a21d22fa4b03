"""Saved e-mails: their text is read as it was written, not as it was sent."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from numberpools.domain.lists import read
from numberpools.errors import UnreadableFile
from tests.domain.lists.workbooks import lines_of, sheet

LINES = [f"+44 7911 12345{place}" for place in range(5)]
TABLE = (
    "<table><tr><td>Name</td><td>Phone</td></tr><tr><td>Zoë</td><td>+447911123456</td></tr></table>"
)


def mail(text: str = "", page: str = "", cte: str = "quoted-printable") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Jane <jane@example.com>"
    message["Message-ID"] = "<447911999999@example.com>"
    if text:
        message.set_content(text, cte=cte)
    if page and text:
        message.add_alternative(page, subtype="html", cte=cte)
    elif page:
        message.set_content(page, subtype="html", cte=cte)
    return message


@pytest.mark.parametrize("cte", ["quoted-printable", "base64", "8bit"])
def test_it_works(cte: str) -> None:
    text = "Hëllo Jane,\n" + "\n".join(LINES) + "\n"
    found = sheet("list.eml", bytes(mail(text, TABLE, cte)))
    assert [text for _, text in lines_of(found)] == ["Hëllo Jane,", *LINES]


def test_a_number_is_not_cut_where_the_line_was() -> None:
    line = f"{'ë' * 18} {' '.join(LINES)}"
    raw = bytes(mail(line + "\n"))
    assert b"=\n" in raw
    assert lines_of(sheet("list.eml", raw)) == [(1, line)]


def test_a_web_archive_is_a_page() -> None:
    found = sheet("list.xls", bytes(mail(page=TABLE)))
    assert lines_of(found) == [(2, "+447911123456")]


def test_attachments_are_told() -> None:
    message = mail("\n".join(LINES))
    message.add_attachment("1234567", filename="more.csv")
    found = sheet("list.eml", bytes(message))
    assert [text for _, text in lines_of(found)] == LINES
    assert found.remarks == (
        "The files attached to this e-mail are not read: bring them by themselves.",
    )


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ("Content-Type: image/png\n\nx", "no text in this e-mail"),
        ("Content-Type: text/plain; charset=no-such\n\n1234567", "e-mail is damaged"),
        ("\n", "no text in this e-mail"),
        ("\n" + "1234567\n" * 250_000, "e-mail is larger than 2 MB"),
    ],
)
def test_other_mails_get_a_sentence(rest: str, words: str) -> None:
    with pytest.raises(UnreadableFile, match=words):
        read("list.eml", f"From: a@example.com\nMIME-Version: 1.0\n{rest}".encode())


@pytest.mark.parametrize("text", ["From: Jane\nTo: Joe\n+447911123456\n", "Jane: +447911123456\n"])
def test_a_mail_that_was_copied_is_text(text: str) -> None:
    assert [text for _, text in lines_of(sheet("list.txt", text.encode()))] == text.splitlines()
