"""The provider ends sessions here, without a browser: OpenID Connect Back-Channel Logout 1.0.

Nobody signs in for it and no form leads here: the provider's signature is what proves it. So many
tokens may come as the provider likes; those that don't hold count against the address that sends
them, as steps of signing in do (`limits.py`).
"""

from __future__ import annotations

import logging

from flask import Blueprint, Response, jsonify, request

from numberpools import clock
from numberpools.auth import logout_token, signed_in
from numberpools.auth.single_sign_on import identity_provider
from numberpools.context import database
from numberpools.errors import ProviderUnavailable, SignInFailed

logger = logging.getLogger(__name__)

blueprint = Blueprint("back_channel", __name__, url_prefix="/sign-in")

_LONGEST_TOKEN = 20_000


@blueprint.post("/back-channel-logout")
def receive() -> Response:
    sent = request.form.getlist("logout_token")
    if len(sent) != 1 or len(sent[0]) > _LONGEST_TOKEN:
        raise SignInFailed("One logout_token is expected.")
    logout = logout_token.read(identity_provider().decode(sent[0]), clock.now())
    ended = signed_in.end_at_provider(database(), logout)
    whose = logout.subject or (ended or ["nobody"])[0]
    logger.warning("The identity provider has ended %d session(s) of %s", len(ended), whose)
    return Response(status=200)


@blueprint.errorhandler(SignInFailed)
def refused(error: SignInFailed) -> tuple[Response, int]:
    logger.warning("A logout token was refused: %s %r", error, str(error.__cause__ or ""))
    return jsonify(error="invalid_request", error_description=str(error)), 400


@blueprint.errorhandler(ProviderUnavailable)
def unavailable(error: ProviderUnavailable) -> tuple[Response, int]:
    logger.warning("A logout token could not be checked: %s", error)
    answer = jsonify(error="temporarily_unavailable", error_description=error.title)
    answer.headers["Retry-After"] = "10"
    return answer, error.status
