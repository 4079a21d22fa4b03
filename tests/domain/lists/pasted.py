"""Texts that are tables without a delimiter that programs read, and lists that are no tables."""

from __future__ import annotations

MARKDOWN = """
| Id         | Name | Phone           |
|------------|:----:|----------------:|
| 6463000001 | Jane | +44 7400 123456 |
| 6463000009 | Joe  | +44 7400 123457 |
"""
BOXES = """
+------------+------+-----------------+
| id         | name | phone           |
+------------+------+-----------------+
| 6463000001 | Jane | +44 7400 123456 |
| 6463000009 | Joe  | +44 7400 123457 |
+------------+------+-----------------+
2 rows in set
"""
ALIGNED = """\
Id          Name      Phone            Town
----------  --------  ---------------  ------
6463000001  Jane Doe  +44 7400 123456  London
6463000009            +44 7400 123457  Paris
6463000017  Joe       +44 7400 123458
"""
PSQL = """\
     id     | name |      phone
------------+------+-----------------
 6463000001 | Jane | +44 7400 123456
 6463000009 | Joe  | +44 7400 123457
(2 rows)
"""
WHATSAPP_IPHONE = """\
[27/11/2024, 13:45:22] +44 7400 123456: Hello, my order is 6463000001
and this is a second line
[27/11/2024, 13:46:02] \u202a+44 7400 123457\u202c: Thanks
\u200e[27/11/2024, 13:47:02] Jane: \u200eimage omitted
"""
WHATSAPP_ANDROID = """\
27/11/24, 13:45 - Messages and calls are end-to-end encrypted.
27/11/24, 13:45 - +44 7400 123456: Hello, my order is 6463000001
11/27/24, 1:46 PM - +44 7400 123457: Thanks
"""
TEXTS = {
    # text, places of the columns that are read
    "markdown": (MARKDOWN, [2]),
    "a table of MySQL": (BOXES, [2]),
    "a table of PostgreSQL": (PSQL, [2]),
    "aligned blanks": (ALIGNED, [2]),
    "WhatsApp on an iPhone": (WHATSAPP_IPHONE, [1]),
    "WhatsApp on Android": (WHATSAPP_ANDROID, [1]),
    "semicolons": ("Name;Phone\nJane;+44 7400 123456\nJoe;+44 7400 123457\n", [1]),
    "commas": ("Jane,London,+44 7400 123456\nJoe,Paris,+44 7400 123457\n", [2]),
    "sep=": ("sep=;\nName;Phone\nJane;+44 7400 123456\nJoe;+44 7400 123457\n", [1]),
    "one row": ("Name\tPhone\nJane\t+44 7400 123456\n", [1]),
}
LISTS = {
    "one number a line": "447400123456\n447400123457\n",
    "numbers in one line": "447400123456, 447400123457, 447400123458",
    "a row alone": "6463000001\tJane\t+44 7400 123456",
    "numbers in varying counts": "447400123456, 447400123457\n447400123458\n447400123459,"
    "447400123460,447400123461\n",
    "names and numbers in free text": "Jane: +44 7400 123456\nplease call Joe, he has +44 7400 "
    "123457\nHi, all, of, you\n",
    "thousands separators": "447,400,123,456\n447,400,123,457\n",
    "wide blanks in numbers": "+44  7400  123456\n+44  7400  123457\n",
    "names on either side": "Jane, +44 7400 123456\n+44 7400 123457, Joe\nKim, +44 7400 123458\n"
    "+44 7400 123459, Zoe\n",
}
