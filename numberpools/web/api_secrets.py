"""An account's API secrets, for its administrators. A new one is shown once, in the answer itself.

So it is in no address, in no session, and in no page that a step back would show again.
"""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from numberpools import trail
from numberpools.compression import holds_secret
from numberpools.context import database, stores
from numberpools.domain.api_secrets import SecretRole
from numberpools.errors import InvalidInput, SecretMadeAlready, SecretReplaced
from numberpools.services import api_secrets as service
from numberpools.web import loading
from numberpools.web.forms import NewSecretForm, ReplaceSecretForm

blueprint = Blueprint("api_secrets", __name__, url_prefix="/accounts/<account_id>/api-secrets")


@blueprint.get("")
def index(account_id: str) -> str:
    return render_template(
        "api_secrets/list.html",
        account=loading.account_to_administer(account_id),
        is_at_vendor=account_id in stores().vendor_accounts,
        secrets=service.list_secrets(database(), account_id),
    )


@blueprint.get("/new")
def new(account_id: str) -> str:
    loading.account_to_administer(account_id)
    return render_template("api_secrets/new.html", form=NewSecretForm())


@blueprint.post("")
def create(account_id: str) -> BaseResponse:
    loading.account_to_administer(account_id)
    form = NewSecretForm()
    if form.validate_on_submit():
        wanted = (form.name.data, SecretRole(form.role.data), form.chosen_life)
        try:
            made = service.create_secret(database(), account_id, *wanted, form_id=form.form_id.data)
        except InvalidInput as exc:
            trail.note_error(exc)
            form.name.errors = [exc.reasons]
        except SecretMadeAlready as exc:
            return _to_list(account_id, str(exc), "warning")
        else:
            return _shown_once(made)
    return make_response(render_template("api_secrets/new.html", form=form), 422)


@blueprint.get("/<secret_id>/replace")
def replace_form(account_id: str, secret_id: str) -> str:
    loading.account_to_administer(account_id)
    secret = service.get_secret(database(), account_id, secret_id)
    return render_template("api_secrets/replace.html", secret=secret, form=ReplaceSecretForm())


@blueprint.post("/<secret_id>/replace")
def replace(account_id: str, secret_id: str) -> BaseResponse:
    loading.account_to_administer(account_id)
    form = ReplaceSecretForm()
    if form.validate_on_submit():
        which, once = (account_id, secret_id), form.form_id.data
        try:
            made = service.replace_secret(database(), *which, form.chosen_overlap, form_id=once)
        except InvalidInput as exc:
            trail.note_error(exc)
            form.overlap.errors = [exc.reasons]
        except (SecretMadeAlready, SecretReplaced) as exc:
            return _to_list(account_id, str(exc), "warning")
        else:
            return _shown_once(made, replaced=True)
    secret = service.get_secret(database(), account_id, secret_id)
    return make_response(render_template("api_secrets/replace.html", secret=secret, form=form), 422)


@blueprint.get("/<secret_id>/revoke")
def revoke_form(account_id: str, secret_id: str) -> str:
    loading.account_to_administer(account_id)
    secret = service.get_secret(database(), account_id, secret_id)
    return render_template("api_secrets/revoke.html", secret=secret)


@blueprint.post("/<secret_id>/revoke")
def revoke(account_id: str, secret_id: str) -> BaseResponse:
    loading.account_to_administer(account_id)
    name = service.revoke_secret(database(), account_id, secret_id)
    return _to_list(account_id, f"The API secret {name} is revoked.", "success")


def _to_list(account_id: str, message: str, category: str) -> BaseResponse:
    flash(message, category)
    return redirect(url_for("api_secrets.index", account_id=account_id), 303)


def _shown_once(made: service.NewSecret, *, replaced: bool = False) -> Response:
    page = render_template("api_secrets/made.html", made=made, replaced=replaced)
    response = make_response(page)
    holds_secret()
    response.headers["Cache-Control"] = "no-store"
    return response
