"""The forms for lists of numbers: how one is read, and what is to be done with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from uuid import uuid4

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    HiddenField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import AnyOf, StopValidation

from numberpools.domain.lists import MAXIMUM_BYTES, Columns
from numberpools.domain.phone import Choices, Doubt, Meaning
from numberpools.errors import InvalidInput, UnreadableFile
from numberpools.services import bulk
from numberpools.services.bulk import ENTRIES_AT_ONCE, Action, ListChoices, Look, Operation, Paste
from numberpools.web import presentation
from numberpools.web.forms import stripped

_ACTIONS_ON_LISTS = [Action.ADD, Action.REMOVE, Action.MOVE, Action.MAKE_EQUAL]
_LONGEST_FILE_NAME = 255
_COLUMN = re.compile(r"\d{1,4}\.\d{1,4}")

LARGEST_REQUEST = MAXIMUM_BYTES + 1_000_000
"""Bytes of a request that brings a list: the list, and the form around it."""

LOOK = "look"
"""The action that does nothing but read a list and show it."""


class _ReadingForm(FlaskForm):  # type: ignore[misc]
    """How a list is read. Columns are named ``sheet.column``, by their places from 0.

    `offered` are the columns that were ticked when the form was made, `columns_of` those that there
    were: what nobody has ticked otherwise is no choice.
    """

    country = SelectField("Numbers without + are from", choices=[])
    columns = SelectMultipleField(choices=[], validate_choice=False)
    offered = HiddenField()
    columns_of = HiddenField()
    settled = SelectMultipleField(choices=[], validate_choice=False)
    meaning = SelectField(choices=[], validate_choice=False)
    typed = SelectMultipleField(choices=[], validate_choice=False)
    instead = SelectMultipleField(choices=[], validate_choice=False)

    def __init__(self, **values: object) -> None:
        super().__init__(**values)
        self.country.choices = [SelectChoice("", "Not chosen")] + [
            SelectChoice(code, words) for code, words in presentation.countries()
        ]

    @property
    def entry_choices(self) -> Choices:
        settled = self.settled.data or ()
        return Choices(
            expands_ranges=Doubt.RANGE in settled,
            drops_extensions=Doubt.EXTENSION in settled,
            takes_examples=Doubt.EXAMPLE in settled,
            meaning=next((each for each in Meaning if each == self.meaning.data), None),
        )

    @property
    def chosen_columns(self) -> dict[int, tuple[int, ...]]:
        chosen: dict[int, list[int]] = {}
        for name in filter(_COLUMN.fullmatch, self.columns.data or ()):
            sheet, column = map(int, name.split("."))
            chosen.setdefault(sheet, []).append(column)
        return {sheet: tuple(sorted({*columns})) for sheet, columns in sorted(chosen.items())}

    @property
    def mended(self) -> dict[str, str]:
        pairs = zip(self.typed.data or (), self.instead.data or (), strict=False)
        return {typed: instead for typed, instead in pairs if typed != instead}


class PasteForm(_ReadingForm):
    """A list of numbers. Sent twice, it works once: that is what the form has an id for."""

    numbers = TextAreaField("Phone numbers")
    form_id = HiddenField(default=lambda: str(uuid4()))
    problem = ""
    """Why the list can't be read, once `paste` was asked for it."""
    longest_previewed = 200_000
    """Characters that are looked at while one types."""
    largest_file = MAXIMUM_BYTES

    @property
    def is_too_long_to_preview(self) -> bool:
        return len(self.numbers.data or "") > self.longest_previewed

    @cached_property
    def list_choices(self) -> ListChoices:
        columns = self.chosen_columns
        as_offered = names_of(columns) == (self.offered.data or "").split()
        return ListChoices(
            columns=None if as_offered or not columns else columns,
            columns_of=self.columns_of.data or "",
            entries=self.entry_choices,
            mended=self.mended,
        )

    @cached_property
    def paste(self) -> Paste:
        """The list, read; nothing where it can't be."""
        try:
            return bulk.read_paste(
                self.numbers.data or "", self.country.data or "", self.list_choices
            )
        except UnreadableFile as exc:
            self.problem = str(exc)
        except InvalidInput as exc:
            self.problem = exc.reasons
        return Paste()


class StartForm(PasteForm):
    """The list with what is to be done with it: typed, or in a file."""

    action = HiddenField(
        validators=[AnyOf([Action.ADD, Action.REMOVE, LOOK], message="Choose to add or to remove.")]
    )
    file = FileField("Or a file")

    def validate_file(self, field: FileField) -> None:
        if field.data and (self.numbers.data or "").strip():
            raise StopValidation("Type numbers or choose a file, not both.")

    def validate_numbers(self, field: TextAreaField) -> None:
        if not self.is_looked_at_first and self.problem:
            raise StopValidation(self.problem)

    @property
    def is_looked_at_first(self) -> bool:
        return (
            bool(self.file.data)
            or self.action.data == LOOK
            or self.is_too_long_to_preview
            or len(self.paste.entries) > ENTRIES_AT_ONCE
            or self._has_unseen_columns
        )

    @property
    def _has_unseen_columns(self) -> bool:
        """Whether the list is a table, and the person has not been told yet what is read of it."""
        found = self.paste.found
        if found is None or self.columns_of.data == found.columns_of:
            return False
        return any(len(sheet.columns) > 1 for sheet in found.sheets)

    @property
    def file_name(self) -> str:
        """As the person knows it, without a folder; '' for a text."""
        name = (self.file.data.filename or "") if self.file.data else ""
        return "".join(filter(str.isprintable, name.rpartition("/")[2]))[-_LONGEST_FILE_NAME:]

    @cached_property
    def content(self) -> bytes:
        if self.file.data:
            content: bytes = self.file.data.read()
            return content
        return (self.numbers.data or "").encode("utf-8", "replace")


class ListForm(_ReadingForm):
    """How a list is read that was brought: all of it was decided by whoever sends the form."""

    @classmethod
    def showing(cls, operation: Operation) -> ListForm:
        """As the list is read at present."""
        choices = operation.choices.entries
        form = cls(
            formdata=None,
            country=operation.country,
            settled=choices.settled,
            meaning=choices.meaning,
        )
        form.columns.data = [
            f"{place}.{column.index}"
            for place, sheet in enumerate(operation.reading.sheets)
            for column in sheet.columns
        ]
        return form

    def validate_columns(self, field: SelectMultipleField) -> None:
        if self.offered.data and not self.chosen_columns:
            raise StopValidation("Choose at least one column of numbers.")

    def list_choices(self, operation: Operation) -> ListChoices:
        """What the form says; columns stay undecided where the form has none."""
        return ListChoices(
            columns=self.chosen_columns or None,
            entries=self.entry_choices,
            mended=operation.choices.mended,
        )


def names_of(columns: Columns) -> list[str]:
    """Return the names that columns have in forms, in the order in which these show them."""
    places = ((sheet, column) for sheet, found in columns.items() for column in found)
    return [f"{sheet}.{column}" for sheet, column in sorted(places)]


class BeginForm(FlaskForm):  # type: ignore[misc]
    """What is to be done with a list that was looked at."""

    action = HiddenField(
        validators=[AnyOf(_ACTIONS_ON_LISTS, message="Choose what to do with the list.")]
    )
    target = SelectField("The other pool", choices=[], validate_choice=False)
    removed = StringField("How many numbers are removed", filters=[stripped])
    version = HiddenField()

    def __init__(self, pool_ids: Sequence[str], look: Look, **values: object) -> None:
        super().__init__(**values)
        self.target.choices = [SelectChoice(each, each) for each in pool_ids]
        self._is_up_to_date = self.seen == look.version
        self._surplus = look.surplus
        self.must_be_confirmed = look.surplus * 10 > look.surplus + look.in_pool
        """Whether so large a part of the pool goes that a click alone must not do it."""

    def validate_removed(self, field: StringField) -> None:
        typed = (field.data or "").replace(",", "")
        if self.action.data != Action.MAKE_EQUAL or not self.must_be_confirmed:
            return
        if self._is_up_to_date and typed != str(self._surplus):
            raise StopValidation(f"Type {self._surplus:,} to confirm.")

    @property
    def seen(self) -> int:
        """The version of the list that was looked at; -1, which none has, if there is none."""
        text = self.version.data or ""
        return int(text) if text.isdecimal() and len(text) < 10 else -1
