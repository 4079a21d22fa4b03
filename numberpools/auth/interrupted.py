"""A form that came when its session had ended: kept until its sender is signed in again.

It is kept in a session that is nobody's yet, and only under two conditions. It comes from a page of
ours, as `Origin` says: a foreign page could send one too, without the person's cookie, and have
them send it once more as their own. And it has a token that we once signed for somebody who was
signed in: so nobody else can fill the database, and the form is shown to nobody else.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from hashlib import sha256
from secrets import token_hex
from typing import cast

from flask import current_app, request, session, url_for
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from numberpools.auth import people
from numberpools.auth.addresses import own_path, page_before
from numberpools.auth.sessions import Session
from numberpools.context import database

MAXIMUM_CHARACTERS = 100_000
_KEPT_FOR = timedelta(minutes=15)
_TOKEN_SECONDS = 7 * 24 * 3600
"""How old a page may be whose forms are kept."""
_KEY = "interrupted"
_TOKEN = "csrf_token"  # noqa: S105 - the field's name


@dataclass(frozen=True, slots=True)
class KeptForm:
    action: str
    """Where it was sent to: a path of this service."""
    page: str
    """Where it stood."""
    fields: list[list[str]]
    """Names and values in their order, without the token that proves where a form comes from."""
    had_files: bool
    """Whether files came with it, which are not kept."""
    at: float
    owner: str = ""
    """Whose form it was, as the token says."""


def is_interruption() -> bool:
    """Whether a form without its token is one whose session has ended."""
    return people.current_person() is None and request.blueprint != "development"


def told() -> tuple[str, str]:
    """What to tell somebody who isn't signed in: a title, and what becomes of what they sent."""
    title = (
        "Your session has ended" if _cookie_name() in request.cookies else "You are not signed in"
    )
    if request.method != "POST" or request.blueprint == "sign_in":
        return title, "Sign in to go on."
    if keep_form():
        return title, "What you sent is kept for 15 minutes: sign in, and send it once more there."
    return title, (
        "What you sent is not kept. Sign in in another tab, then come back to this one, reload the "
        "page that you sent it from, and send it again."
    )


def without_dead_cookie(answer: Response) -> Response:
    """Take the cookie away where its session has ended.

    With it go the pages that the browser's back-forward cache holds of that session. Only the
    answer to a whole page does so: one to a fragment may come late, after somebody has signed in.
    """
    if _cookie_name() in request.cookies and cast("Session", session).token is None:
        answer.delete_cookie(
            _cookie_name(),
            secure=current_app.session_interface.get_cookie_secure(current_app),
            httponly=True,
            samesite="Lax",
        )
    return answer


def _cookie_name() -> str:
    return current_app.session_interface.get_cookie_name(current_app)


def keep_form() -> bool:
    """Keep the form that this request brought; False where there is none to be kept."""
    # Encoded for sending, a character takes up to twelve bytes.
    owner = _owner()
    is_small = (request.content_length or 0) <= 12 * MAXIMUM_CHARACTERS
    if request.method != "POST" or not is_small or owner is None:
        return False
    fields = [list(each) for each in request.form.items(multi=True) if each[0] != _TOKEN]
    action = own_path(request.full_path.rstrip("?"))
    if action == "/" or sum(len(name) + len(value) for name, value in fields) > MAXIMUM_CHARACTERS:
        return False
    now = database().now().timestamp()
    kept = KeptForm(action, page_before(), fields, bool(request.files), now, owner)
    session[_KEY] = asdict(kept)
    return True


def _owner() -> str | None:
    """Whose page the form came from; None: it is none of ours, or nobody was signed in there."""
    if request.headers.get("Origin") != request.host_url.rstrip("/"):
        return None
    # Flask-WTF's own check compares with the session, which is gone.
    signer = URLSafeTimedSerializer(current_app.secret_key or "", salt="wtf-csrf-token")
    try:
        token: str = signer.loads(request.form.get(_TOKEN, ""), max_age=_TOKEN_SECONDS)
    except BadData:
        return None
    return token.partition(".")[2] or None


def kept_form() -> KeptForm | None:
    """The form that is kept, unless it is too old to be what the person is about."""
    kept = KeptForm(**session[_KEY]) if _KEY in session else None
    if kept is None or database().now().timestamp() - kept.at > _KEPT_FOR.total_seconds():
        return None
    return kept


def forget() -> None:
    session.pop(_KEY, None)


def sign_in(identity: people.Identity, next_page: str) -> str:
    """Sign in; gives the page to go to: the one asked for, or the form that is to be sent again."""
    kept, earlier = kept_form(), session.get(_TOKEN, "")
    people.sign_in(identity)
    owner = sha256(identity.subject.encode()).hexdigest()
    # Flask-WTF signs it into every form; those that the same person has open in other tabs hold on.
    session[_TOKEN] = earlier if earlier.endswith(f".{owner}") else f"{token_hex()}.{owner}"
    if kept is None or kept.owner != owner:
        return next_page
    session[_KEY] = asdict(kept)
    return url_for("sign_in.again")
