"""Columns that belong to the numbers beside them: countries, calling codes and area codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import phonenumbers
from babel import Locale
from babel.core import get_global

from numberpools.domain.lists.headings import ColumnMeaning
from numberpools.domain.phone import (
    Line,
    begins_range,
    ends_range,
    normalise_digits,
    range_of_cells,
)
from numberpools.domain.phone.text import digits_of

_MOST = 0.8
"""Share of the cells that must be of a kind for the column to be."""
_SURE = 0.95
_FEWEST_CELLS = 20  # of a column that are looked at
_CELLS_LOOKED_AT = 10_000
_LONGEST_CODE = 50  # characters, a country's name included
NUMBERS = frozenset(
    (
        ColumnMeaning.MOBILE,
        ColumnMeaning.PHONE,
        ColumnMeaning.LANDLINE,
        ColumnMeaning.FAX,
        ColumnMeaning.NUMBER,
    )
)
"""Meanings of columns of numbers."""
_LANGUAGES = ("de", "fr", "es", "it", "pt", "nl", "pl")  # each takes a megabyte
_USUAL_NAMES = {
    "america": "US",
    "u.s.": "US",
    "u.s.a.": "US",
    "united states of america": "US",
    "u.k.": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "turkey": "TR",
    "czech republic": "CZ",
    "holland": "NL",
    "the netherlands": "NL",
    "uae": "AE",
    "hong kong": "HK",
    "macau": "MO",
    "ivory coast": "CI",
    "russian federation": "RU",
    "republic of korea": "KR",
    "korea": "KR",
    "viet nam": "VN",
    "bosnia": "BA",
}
_STATES_OF_AMERICA = frozenset(  # and of Canada
    """
    AL AK AZ AR CA CO CT DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM
    NV NY OH OK OR PA RI SC SD TN TX UT VA VT WA WI WV WY DC
    AB BC MB NB NL NS ON PE QC SK
    """.split()  # noqa: SIM905
)

_CODE = re.compile(r"(?:(?P<plus>\+|00)|[^\d+]{1,40}\+)?(?P<code>[1-9]\d{0,2})\)?")
_AREA = re.compile(r"\(?(?P<area>0?\d{1,5})\)?")
_MARKED_AREA = re.compile(r"\(\d{1,6}\)|0\d{1,5}")
_EXTENSION = re.compile(r"\D{0,20}(\d{1,7})(?: ?(?:-|\u2013|\.{2,3}|bis|to) ?(\d{1,7})\s*\Z)?")
_WITHOUT_CODE = re.compile(r"[\d ().\-/]{3,}")

Share = Callable[[int, "Beside"], float]
"""Of the cells of a column, how many are numbers with what is beside them."""


@dataclass(frozen=True, slots=True)
class Beside:
    """The columns that belong to a column of numbers, each by its place, None where there is none.

    `ahead` is a column of one to three digits before it which may be calling codes, or not. `end`
    has the last number of a range that begins with this one, `quantity` how many numbers it has;
    where there is `first`, this one is a stem, and `first` and `end` have the endings of the range.
    `extension` has the digits to be dialled after the number. `label` has words, some of which say
    that a range begins or ends with the number.
    """

    country: int | None = None
    code: int | None = None
    area: int | None = None
    ahead: int | None = None
    end: int | None = None
    quantity: int | None = None
    extension: int | None = None
    label: int | None = None
    first: int | None = None

    @property
    def has_codes(self) -> bool:
        return (self.country, self.code, self.area) != (None, None, None)


NOTHING = Beside()


def line_of(place: int, row: Sequence[str], column: int, beside: Beside) -> Line:
    """Return the text of a cell with the codes that stand beside it, and its country.

    A number that has a calling code keeps it. One whose digits begin like the calling code beside
    it may have it or not: it is left to be read as a number of that country.
    """
    text = row[column] if column < len(row) else ""
    if beside is NOTHING or not text.strip():
        return Line(place, text)
    if beside.extension is not None or beside.label is not None:
        line = line_of(place, row, column, replace(beside, extension=None, label=None))
        return line._replace(text=_with_words(line.text, row, beside))
    country = country_of(_cell(row, beside.country))
    if beside.end is not None or beside.quantity is not None:
        return Line(place, _range_text(text, row, beside), country)
    code = calling_code_of(_cell(row, beside.code))
    if code:
        country = _region_of(code) or country
    digits = digits_of(normalise_digits(text))
    if not _WITHOUT_CODE.fullmatch(text) or digits.startswith("00"):
        return Line(place, text, country)
    area = _AREA.fullmatch(_cell(row, beside.area).strip())
    if area and not digits.startswith("0"):
        text = f"{area['area']} {text.strip()}"
        digits = area["area"] + digits
    if code and not digits.startswith(code):
        text = f"+{code} {text.strip()}"
    ahead = _cell(row, beside.ahead)
    if ahead.strip():
        text = f"{ahead}\t{text}"
    return Line(place, text, country)


def _with_words(text: str, row: Sequence[str], beside: Beside) -> str:
    """Return a number with its extension, or the last digits of several, and its label."""
    if extension := _EXTENSION.match(_cell(row, beside.extension)):
        first, last = extension.groups()
        text += f"[{first}-{last}]" if last else f" ext. {first}"
    label = _cell(row, beside.label).strip()
    return f"{label}: {text}" if begins_range(label) or ends_range(label) else text


def _range_text(text: str, row: Sequence[str], beside: Beside) -> str:
    first, end = _cell(row, beside.first).strip(), _cell(row, beside.end).strip()
    if first and end:
        return f"{text.strip()}[{first}-{end}]"
    return range_of_cells(text, end, _cell(row, beside.quantity))


def _cell(row: Sequence[str], column: int | None) -> str:
    return row[column] if column is not None and column < len(row) else ""


class Neighbours:
    """What each column may say of the numbers in another one, by its heading and its cells.

    `rows` are those that are looked at, `meanings` those of the headings, one for each column.
    """

    def __init__(
        self,
        rows: Sequence[Sequence[str]],
        headings: Sequence[str],
        meanings: Sequence[ColumnMeaning],
        country: str | None,
    ) -> None:
        self._headings = headings
        self._meanings = meanings
        most = max(_FEWEST_CELLS, _CELLS_LOOKED_AT // max(1, len(headings)))
        cells = ([row[i].strip() for row in rows if i < len(row)] for i in range(len(headings)))
        self._cells = [[cell for cell in column if cell][:most] for column in cells]
        self._country = country
        self._rows = rows
        may_be_countries = self._of(ColumnMeaning.COUNTRY, ColumnMeaning.CODE)
        self._countries = [i for i in may_be_countries if self._has(i, country_of)]
        self._codes = [i for i in self._of(ColumnMeaning.CODE) if self._has(i, calling_code_of)]
        self._unsaid_countries = [
            i for i in self._of(ColumnMeaning.UNKNOWN) if self._may_be_countries(i)
        ]
        self._areas = self._of(ColumnMeaning.AREA)
        self._numbers = self._of(*NUMBERS)

    def beside(self, column: int, share: Share) -> Beside:
        """Return what belongs to a column of numbers.

        A column does by its heading, or because its cells make no sense else. Codes stand right
        before the number, or are the only ones of the table.
        """
        plain = Beside(self._country_column(column, share))
        area = self._area_column(column, plain, share)
        place = column - 1 if area is None else column - 2
        code = self._code_column(column, place)
        found = replace(plain, code=code, area=area)
        if code is None and self._may_be_code(place):
            joined = replace(found, code=place)
            is_code = share(column, joined) >= _SURE and share(column, found) <= 1 - _SURE
            found = joined if is_code else replace(found, ahead=place)
        return NOTHING if found == NOTHING else found

    def _of(self, *meanings: ColumnMeaning) -> list[int]:
        """Return the columns with such a heading."""
        return [column for column, meaning in enumerate(self._meanings) if meaning in meanings]

    def _has(self, column: int, kind: Callable[[str], object], least: float = _MOST) -> bool:
        """Whether most cells are of a kind; False where there are none."""
        cells = self._cells[column]
        return sum(kind(cell) is not None for cell in cells) >= least * max(1, len(cells))

    def _country_column(self, column: int, share: Share) -> int | None:
        """Several columns of countries count only where one has the same first word."""
        if len(self._countries) == 1:
            return self._countries[0]
        if self._countries:
            word = _first_word(self._headings[column])
            same = (i for i in self._countries if _first_word(self._headings[i]) == word)
            return next(same, None)
        for other in self._unsaid_countries:
            with_countries = share(column, Beside(other))
            if with_countries >= _MOST and with_countries > share(column, NOTHING):
                return other
        return None

    def _may_be_countries(self, column: int) -> bool:
        """Whether all cells are countries without a heading that says so, and no states."""
        cells = set(self._cells[column])
        if self._country in (None, "US", "CA") and cells <= _STATES_OF_AMERICA:
            return False
        return not any(map(str.islower, cells)) and self._has(column, _english_country_of, _SURE)

    def _code_column(self, column: int, place: int) -> int | None:
        """Return the column of calling codes: the one before, if they are written so, or said."""
        if place >= 0 and self._meanings[place] not in NUMBERS and self._has_codes(place):
            return place
        is_said = self._meanings[column] in NUMBERS or not any(self._headings)
        return self._codes[0] if len(self._codes) == 1 and is_said else None

    def _has_codes(self, column: int) -> bool:
        """Whether it has calling codes, be it by the heading or because some have a plus."""
        if not self._has(column, calling_code_of):
            return False
        is_said = self._meanings[column] is ColumnMeaning.CODE
        return is_said or any(cell.startswith(("+", "00")) for cell in self._cells[column])

    def _may_be_code(self, column: int) -> bool:
        """Whether it may have calling codes, and nothing says that it has or has not."""
        if column < 0 or self._meanings[column] not in (ColumnMeaning.UNKNOWN, ColumnMeaning.AREA):
            return False
        return bool(self._cells[column]) and self._has(column, calling_code_of, 1)

    def _area_column(self, column: int, plain: Beside, share: Share) -> int | None:
        """Return the column of area codes before the numbers, if it makes numbers of them."""
        place = column - 1
        if len(self._areas) == 1 and self._numbers == [column]:
            [place] = self._areas
        if place < 0 or self._has_codes(place) or self._meanings[place] in NUMBERS:
            return None
        is_said = self._meanings[place] is ColumnMeaning.AREA
        is_marked = self._has(place, _MARKED_AREA.fullmatch)
        if not is_marked and not self._has(place, _AREA.fullmatch):
            return None
        if self._begin_with(column, place):
            return None
        without = replace(plain, code=self._code_column(column, place - 1))
        joined = share(column, replace(without, area=place))
        if is_said:
            return place if joined >= share(column, without) else None
        if is_marked or self._follows_code(place):
            return place if joined >= _MOST else None
        # 151 before 23456789: what is no area code makes hardly all of them numbers.
        is_better = joined >= _SURE and joined > share(column, without)
        return place if is_better and not any(self._headings) else None

    def _follows_code(self, place: int) -> bool:
        """Whether nothing but a calling code stands before each cell of a column, as in 49, 151."""
        codes = set(self._cells[place - 1]) if place else set()
        is_code = len(codes) == 1 and calling_code_of(*codes) is not None
        return not any(self._headings) and (is_code or (place > 0 and self._has_codes(place - 1)))

    def _begin_with(self, column: int, area: int) -> bool:
        """Whether half of the numbers have their area codes: then they are whole."""
        cells = ((_cell(row, column), _cell(row, area)) for row in self._rows)
        pairs = ([digits_of(cell).lstrip("0") for cell in pair] for pair in cells)
        begin = [number.startswith(code) for number, code in pairs if number and code]
        return sum(begin) * 2 >= max(1, len(begin))


def _first_word(heading: str) -> str:
    return next(iter(re.findall(r"[^\W\d_]+", heading.casefold())), "")


def calling_code_of(text: str) -> str | None:
    """Return the digits of a country calling code, written with or without a plus."""
    found = _CODE.fullmatch(text.strip()) if len(text) <= _LONGEST_CODE else None
    code = normalise_digits(found["code"]) if found else ""
    return code if code and int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE else None


def _region_of(code: str) -> str | None:
    """Return the main country of a calling code, None for codes of no country."""
    region = str(phonenumbers.region_code_for_country_code(int(code)))
    return None if region == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY else region


def country_of(text: str) -> str | None:
    """Return ISO 3166-1 alpha-2 of a country by its code of two or three letters, or its name."""
    return _country_of(text) if text and len(text) <= _LONGEST_CODE else None


@lru_cache(maxsize=1_000)
def _country_of(text: str) -> str | None:
    return _english_country_of(text) or _names(_LANGUAGES).get(text.strip().casefold())


def _english_country_of(text: str) -> str | None:
    text = text.strip()
    if len(text) < 2 or not any(map(str.isalpha, text)):
        return None
    code = text.upper()
    if len(text) == 2 and code in phonenumbers.SUPPORTED_REGIONS:
        return code
    if len(text) in (2, 3):
        aliases = get_global("territory_aliases").get(code, ())
        if len(aliases) == 1 and aliases[0] in phonenumbers.SUPPORTED_REGIONS:
            return str(aliases[0])
    name = text.casefold()
    return _USUAL_NAMES.get(name) or _names(("en",)).get(name)


@cache
def _names(languages: tuple[str, ...]) -> dict[str, str]:
    """Return the countries by the names that they have in some languages, in small letters."""
    return {
        str(name).casefold(): code
        for language in languages
        for code, name in Locale(language).territories.items()
        if code in phonenumbers.SUPPORTED_REGIONS
    }
