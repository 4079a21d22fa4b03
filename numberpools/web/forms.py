"""The dashboard's forms. What they say of a field stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from json import dumps
from typing import Self
from uuid import uuid4

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from pydantic import TypeAdapter, ValidationError
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import AnyOf, InputRequired, Regexp, StopValidation

from numberpools.domain import phone
from numberpools.domain.lists import MAXIMUM_BYTES, Column
from numberpools.domain.phone import Entry
from numberpools.domain.pools import POOL_ID_RULE, AnyPool, Fallback, Pool, PoolChanges
from numberpools.services.bulk import ENTRIES_AT_ONCE, Action, Look
from numberpools.web import presentation

_POOL_ID = Regexp(r"^[A-Za-z0-9_-]{1,64}\Z", message=f"Use {POOL_ID_RULE}, without spaces.")
_CHANGES = TypeAdapter(PoolChanges)
_ACTIONS_ON_LISTS = [Action.ADD, Action.REMOVE, Action.MOVE, Action.MAKE_EQUAL]
_LONGEST_FILE_NAME = 255


def _stripped(text: str | None) -> str | None:
    return text.strip() if text else text


class _Settings(FlaskForm):  # type: ignore[misc]
    fallback = RadioField(
        "When no number fits",
        choices=[SelectChoice(each.value, words) for each, words in presentation.FALLBACKS.items()],
        validators=[InputRequired("Choose one of the three.")],
    )
    localized_sender_preferred = BooleanField("Prefer a sender from the same country")
    predictable_sender_preferred = BooleanField("Keep the same sender for each recipient")

    @property
    def chosen(self) -> PoolChanges:
        return PoolChanges(
            fallback=Fallback(self.fallback.data),
            localized_sender_preferred=self.localized_sender_preferred.data,
            predictable_sender_preferred=self.predictable_sender_preferred.data,
        )


class SettingsForm(_Settings):
    """A pool's settings, and what they were when the person got to see them."""

    seen = HiddenField()

    @classmethod
    def showing(cls, pool: Pool, changes: PoolChanges | None = None) -> Self:
        """With the pool's settings, of which the person has changed some already."""
        form = cls(formdata=None, obj=changes.apply(pool) if changes else pool)
        form.seen.data = dumps({name: getattr(pool, name) for name in form.chosen.named()})
        return form

    def seen_pool(self, pool: Pool) -> Pool | None:
        """The pool with the settings that the person saw; None where the form does not tell."""
        try:
            return _CHANGES.validate_json(self.seen.data or "").apply(pool)
        except ValidationError:
            return None

    def changes(self, pool: Pool) -> PoolChanges:
        """What the person chose other than they saw it, and other than the pool has it now."""
        seen, wanted = self.seen_pool(pool), self.chosen.apply(pool)
        chosen = PoolChanges.between(seen, wanted) if seen else self.chosen
        return PoolChanges.between(pool, chosen.apply(pool))


class NewPoolForm(_Settings):
    pool_id = StringField(
        "Pool id", filters=[_stripped], validators=[InputRequired("Name the pool."), _POOL_ID]
    )

    def pool(self, account_id: str) -> Pool:
        return Pool(
            account_id=account_id,
            pool_id=self.pool_id.data,
            fallback=Fallback(self.fallback.data),
            localized_sender_preferred=self.localized_sender_preferred.data,
            predictable_sender_preferred=self.predictable_sender_preferred.data,
        )


class RenameForm(FlaskForm):  # type: ignore[misc]
    pool_id = StringField(
        "New id", filters=[_stripped], validators=[InputRequired("Name the pool."), _POOL_ID]
    )


class DeleteForm(FlaskForm):  # type: ignore[misc]
    """The pool's id has to be typed: a click alone deletes nothing."""

    pool_id = StringField("Pool id", filters=[_stripped])
    etag = HiddenField()

    def __init__(self, pool: AnyPool) -> None:
        super().__init__(etag=pool.etag)
        self._pool = pool

    def validate_pool_id(self, field: StringField) -> None:
        if field.data != self._pool.pool_id.strip():
            raise StopValidation(f"Type {self._pool.pool_id} to confirm.")


LARGEST_REQUEST = MAXIMUM_BYTES + 1_000_000
"""Bytes of a request that brings a list: the list, and the form around it."""

LOOK = "look"
"""The action that does nothing but read a list and show it."""


class PasteForm(FlaskForm):  # type: ignore[misc]
    """A list of numbers. Sent twice, it works once: that is what the form has an id for."""

    numbers = TextAreaField("Phone numbers")
    country = SelectField("Numbers without + are from", choices=[])
    form_id = HiddenField(default=lambda: str(uuid4()))
    longest_previewed = 200_000
    """Characters that are looked at while one types."""
    largest_file = MAXIMUM_BYTES

    def __init__(self, **values: str) -> None:
        super().__init__(**values)
        self.country.choices = _country_choices()

    @property
    def is_too_long_to_preview(self) -> bool:
        return len(self.numbers.data or "") > self.longest_previewed

    @cached_property
    def entries(self) -> list[Entry]:
        return phone.parse(self.numbers.data or "", self.country.data or None)


class StartForm(PasteForm):
    """The list with what is to be done with it: typed, or in a file."""

    action = HiddenField(
        validators=[AnyOf([Action.ADD, Action.REMOVE, LOOK], message="Choose to add or to remove.")]
    )
    file = FileField("Or a file")

    def validate_file(self, field: FileField) -> None:
        if field.data and (self.numbers.data or "").strip():
            raise StopValidation("Type numbers or choose a file, not both.")

    @property
    def is_looked_at_first(self) -> bool:
        return (
            bool(self.file.data)
            or self.action.data == LOOK
            or self.is_too_long_to_preview
            or len(self.entries) > ENTRIES_AT_ONCE
        )

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
        return (self.numbers.data or "").encode("utf-8", "surrogatepass")


class ColumnForm(FlaskForm):  # type: ignore[misc]
    """How a list is read: where its numbers stand, and where national ones belong."""

    column = SelectField("Column of numbers", choices=[])
    country = SelectField("Numbers without + are from", choices=[])

    def __init__(self, columns: Sequence[Column], **values: object) -> None:
        super().__init__(**values)
        self.column.choices = [
            SelectChoice(str(each.index), _column_words(each)) for each in columns
        ] or [SelectChoice("", "The whole line")]
        self.country.choices = _country_choices()

    @property
    def index(self) -> int | None:
        return int(self.column.data) if self.column.data else None


class BeginForm(FlaskForm):  # type: ignore[misc]
    """What is to be done with a list that was looked at."""

    action = HiddenField(
        validators=[AnyOf(_ACTIONS_ON_LISTS, message="Choose what to do with the list.")]
    )
    target = SelectField("The other pool", choices=[], validate_choice=False)
    removed = StringField("How many numbers are removed", filters=[_stripped])
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


def _country_choices() -> list[SelectChoice]:
    countries = [("", "Not chosen"), *presentation.countries()]
    return [SelectChoice(code, words) for code, words in countries]


def _column_words(column: Column) -> str:
    samples = ", ".join(column.samples)
    return f"{column.name}: {samples}" if samples else column.name
