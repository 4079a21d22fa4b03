"""The dashboard's forms. What they say of a field stands beside it."""

from __future__ import annotations

from datetime import timedelta
from json import dumps
from typing import Self
from uuid import uuid4

from flask_wtf import FlaskForm
from pydantic import TypeAdapter, ValidationError
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
)
from wtforms.validators import InputRequired, Regexp, StopValidation

from numberpools.domain.api_secrets import SecretRole
from numberpools.domain.pools import POOL_ID_RULE, AnyPool, Fallback, Pool, PoolChanges
from numberpools.web import presentation
from numberpools.web.presentation import LIVES, OVERLAPS, SECRET_ROLES

_POOL_ID = Regexp(r"^[A-Za-z0-9_-]{1,64}\Z", message=f"Use {POOL_ID_RULE}, without spaces.")
_CHANGES = TypeAdapter(PoolChanges)


def stripped(text: str | None) -> str | None:
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
        "Pool id", filters=[stripped], validators=[InputRequired("Name the pool."), _POOL_ID]
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
        "New id", filters=[stripped], validators=[InputRequired("Name the pool."), _POOL_ID]
    )


class NewSecretForm(FlaskForm):  # type: ignore[misc]
    """An API secret. The id comes with the form: sent twice, it makes one."""

    form_id = HiddenField(default=lambda: str(uuid4()))
    name = StringField("Name", filters=[stripped], validators=[InputRequired("Name the secret.")])
    role = RadioField(
        "What it may do",
        choices=[SelectChoice(str(role), words) for role, words in SECRET_ROLES.items()],
        default=str(SecretRole.READS_ONLY),
        validators=[InputRequired("Choose one of the two.")],
    )
    life = SelectField(
        "Expires", choices=[SelectChoice(*each) for each in LIVES.items()], default="365d"
    )

    @property
    def chosen_life(self) -> timedelta | None:
        """None: it does not expire."""
        days = self.life.data.removesuffix("d")
        return timedelta(days=int(days)) if days.isdigit() else None


class ReplaceSecretForm(FlaskForm):  # type: ignore[misc]
    form_id = HiddenField(default=lambda: str(uuid4()))
    overlap = RadioField(
        "The old secret ends",
        choices=[SelectChoice(*each) for each in OVERLAPS.items()],
        default="24h",
        validators=[InputRequired("Choose one of these.")],
    )

    @property
    def chosen_overlap(self) -> timedelta:
        return timedelta(hours=int(self.overlap.data.removesuffix("h")))


class DeleteForm(FlaskForm):  # type: ignore[misc]
    """The pool's id has to be typed: a click alone deletes nothing."""

    pool_id = StringField("Pool id", filters=[stripped])
    etag = HiddenField()

    def __init__(self, pool: AnyPool) -> None:
        super().__init__(etag=pool.etag)
        self._pool = pool

    def validate_pool_id(self, field: StringField) -> None:
        if field.data != self._pool.pool_id.strip():
            raise StopValidation(f"Type {self._pool.pool_id} to confirm.")
