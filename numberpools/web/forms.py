"""The dashboard's forms. What they say of a field stands beside it."""

from __future__ import annotations

from uuid import uuid4

from flask_wtf import FlaskForm
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
from numberpools.domain.phone import Entry
from numberpools.domain.pools import POOL_ID_RULE, Fallback, Pool, PoolChanges
from numberpools.services.bulk import Action
from numberpools.web import presentation

_POOL_ID = Regexp(r"^[A-Za-z0-9_-]{1,64}\Z", message=f"Use {POOL_ID_RULE}, without spaces.")


def _stripped(text: str | None) -> str | None:
    return text.strip() if text else text


class SettingsForm(FlaskForm):  # type: ignore[misc]
    """A pool's settings, and the etag of the pool as the person saw it."""

    fallback = RadioField(
        "When no number fits",
        choices=[SelectChoice(each.value, words) for each, words in presentation.FALLBACKS.items()],
        validators=[InputRequired("Choose one of the three.")],
    )
    localized_sender_preferred = BooleanField("Prefer a sender from the same country")
    predictable_sender_preferred = BooleanField("Keep the same sender for each recipient")
    etag = HiddenField()

    def changes(self, pool: Pool) -> PoolChanges:
        """What differs from the pool."""
        wanted = {
            "fallback": Fallback(self.fallback.data),
            "localized_sender_preferred": self.localized_sender_preferred.data,
            "predictable_sender_preferred": self.predictable_sender_preferred.data,
        }
        return PoolChanges(
            **{name: value for name, value in wanted.items() if value != getattr(pool, name)}
        )


class NewPoolForm(SettingsForm):
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
    etag = HiddenField()


class DeleteForm(FlaskForm):  # type: ignore[misc]
    """The pool's id has to be typed: a click alone deletes nothing."""

    pool_id = StringField("Pool id", filters=[_stripped])
    etag = HiddenField()

    def __init__(self, pool: Pool) -> None:
        super().__init__(etag=pool.etag)
        self._pool = pool

    def validate_pool_id(self, field: StringField) -> None:
        if field.data != self._pool.pool_id:
            raise StopValidation(f"Type {self._pool.pool_id} to confirm.")


class PasteForm(FlaskForm):  # type: ignore[misc]
    """A list of numbers. Sent twice, it works once: that is what the form has an id for."""

    numbers = TextAreaField("Phone numbers")
    country = SelectField("Numbers without + are from", choices=[])
    form_id = HiddenField(default=lambda: str(uuid4()))

    def __init__(self, **values: str) -> None:
        super().__init__(**values)
        countries = [("", "Not chosen"), *presentation.countries()]
        self.country.choices = [SelectChoice(code, words) for code, words in countries]

    @property
    def entries(self) -> list[Entry]:
        return phone.parse(self.numbers.data or "", self.country.data or None)


class ActionForm(PasteForm):
    action = HiddenField(validators=[AnyOf(list(Action), message="Choose to add or to remove.")])
