"""Who may reach what: one table, and no route or method without a row in it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import Enum
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from numberpools.auth.people import Identity
from numberpools.auth.sessions import PERSON
from numberpools.domain.api_secrets import SecretRole
from numberpools.domain.pools import Fallback, Pool
from numberpools.domain.roles import Role
from numberpools.services.accounts import create_account
from numberpools.services.api_secrets import create_secret
from numberpools.settings import Settings
from tests.conftest import ACCOUNT_ID, SECRET, opened

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Way(Enum):
    """Ways in that are no role."""

    OPEN = "needs no sign-in at all"
    KEY = "needs the API key of the account"
    TOKEN = "needs METRICS_TOKEN"


VIEWER, EDITOR, ADMINISTRATOR = Role
OPEN, KEY, TOKEN = Way

TABLE: dict[str, Role | Way] = {
    "accounts.index GET": VIEWER,
    "api.add_numbers POST": KEY,
    "api.create_pool POST": KEY,
    "api.delete_pool DELETE": KEY,
    "api.get_pool GET": KEY,
    "api.list_numbers GET": KEY,
    "api.list_pools GET": KEY,
    "api.remove_number DELETE": KEY,
    "api.remove_numbers POST": KEY,
    "api.update_pool PATCH": KEY,
    "api_reference.openapi GET": OPEN,
    "api_reference.page GET": OPEN,
    "api_secrets.create POST": ADMINISTRATOR,
    "api_secrets.index GET": ADMINISTRATOR,
    "api_secrets.new GET": ADMINISTRATOR,
    "api_secrets.replace POST": ADMINISTRATOR,
    "api_secrets.replace_form GET": ADMINISTRATOR,
    "api_secrets.revoke POST": ADMINISTRATOR,
    "api_secrets.revoke_form GET": ADMINISTRATOR,
    "audit.download GET": ADMINISTRATOR,
    "audit.download_history GET": VIEWER,
    "audit.history GET": VIEWER,
    "audit.index GET": ADMINISTRATOR,
    "audit.take_back POST": EDITOR,
    "audit.undo_form GET": EDITOR,
    "back_channel.receive POST": OPEN,
    "bulk.download POST": EDITOR,
    "bulk.paste GET": EDITOR,
    "bulk.preview POST": EDITOR,
    "bulk.start POST": EDITOR,
    "development.submit POST": OPEN,
    "health.alive GET": OPEN,
    "health.ready GET": OPEN,
    "lists.begin POST": EDITOR,
    "lists.columns GET": EDITOR,
    "lists.compare POST": EDITOR,
    "lists.discard POST": EDITOR,
    "lists.mend POST": EDITOR,
    "lists.read_again POST": EDITOR,
    "metrics.show GET": TOKEN,
    "mirror.copy POST": VIEWER,
    "mirror.show GET": VIEWER,
    "numbers.remove POST": EDITOR,
    "numbers.remove_selected POST": EDITOR,
    "numbers.restore POST": EDITOR,
    "operations.cancel POST": EDITOR,
    "operations.check POST": EDITOR,
    "operations.download GET": VIEWER,
    "operations.index GET": VIEWER,
    "operations.of_pool GET": VIEWER,
    "operations.pause POST": EDITOR,
    "operations.progress GET": VIEWER,
    "operations.resume POST": EDITOR,
    "operations.retry POST": EDITOR,
    "operations.show GET": VIEWER,
    "operations.undo POST": EDITOR,
    "operations.undo_form GET": EDITOR,
    "own_sessions.end POST": VIEWER,
    "own_sessions.index GET": VIEWER,
    "pools.change_settings POST": EDITOR,
    "pools.create POST": EDITOR,
    "pools.delete POST": ADMINISTRATOR,
    "pools.delete_form GET": ADMINISTRATOR,
    "pools.index GET": VIEWER,
    "pools.new GET": EDITOR,
    "pools.rename POST": EDITOR,
    "pools.rename_form GET": EDITOR,
    "pools.settings GET": VIEWER,
    "pools.show GET": VIEWER,
    "sessions.end POST": ADMINISTRATOR,
    "sessions.end_all POST": ADMINISTRATOR,
    "sessions.end_all_form GET": ADMINISTRATOR,
    "sessions.index GET": ADMINISTRATOR,
    "sign_in.again GET": VIEWER,
    "sign_in.form GET": OPEN,
    "sign_in.leave POST": OPEN,
    "sign_in.leave_it POST": VIEWER,
    "sign_in.mark GET": OPEN,
    "sign_in.send_again POST": VIEWER,
    "single_sign_on.callback GET": OPEN,
    "single_sign_on.keys GET": OPEN,
    "single_sign_on.start GET": OPEN,
}
"""The least role that reaches a view, by endpoint and method, or another way in.

Whoever has no role on the account in a route's address is told that there is no such account.
"""

METRICS_TOKEN = "a-token-for-prometheus"
READING = "the-secret-of-a-program-that-only-reads"
_VALUES = {
    "account_id": ACCOUNT_ID,
    "pool_id": "support",
    "number": "447400123456",
    "operation_id": str(uuid4()),
    "entry_id": 1,
    "position": 1,
    "secret_id": str(uuid4()),
}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who tries every door."""

    identity: Identity | None = None
    headers: dict[str, str] = field(default_factory=dict)
    way: Way | None = None
    is_of_another_account: bool = False
    only_reads: bool = False

    def client(self, app: Flask) -> FlaskClient:
        client = app.test_client()
        if self.identity:
            stored = asdict(self.identity)
            role = self.identity.role
            with client.session_transaction() as session:
                session[PERSON] = stored | {"role": role.name if role else None}
        return client

    def finds(self, row: Role | Way, rule: Rule, method: str) -> str:
        """What this visitor is to find behind a door."""
        if row is OPEN:
            return "open"
        if isinstance(row, Way) and self.way is not row:
            return "sign in"
        if isinstance(row, Role) and self.identity is None:
            return "sign in"
        if self.is_of_another_account and "account_id" in rule.arguments:
            return "no such account"
        may_not_change = row is KEY and self.only_reads and method != "GET"
        if may_not_change or (isinstance(row, Role) and self._role < row):
            return "not allowed"
        return "open"

    @property
    def _role(self) -> Role:
        """On what is no account's."""
        return (self.identity and self.identity.role) or VIEWER


def _basic(account_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{account_id}:{secret}'.encode()).decode()}"}


VISITORS = {
    "nobody": Visitor(),
    "a viewer": Visitor(Identity("1", "Vera", VIEWER)),
    "an editor": Visitor(Identity("2", "Eddie", EDITOR)),
    "an administrator": Visitor(Identity("3", "Ada", ADMINISTRATOR)),
    "a person of another account": Visitor(
        Identity("4", "Otto", None, groups=("others",)), is_of_another_account=True
    ),
    "a program": Visitor(headers=_basic(ACCOUNT_ID, SECRET), way=KEY),
    "a program that only reads": Visitor(
        headers=_basic(ACCOUNT_ID, READING), way=KEY, only_reads=True
    ),
    "a program of another account": Visitor(
        headers=_basic("efgh5678", SECRET), way=KEY, is_of_another_account=True
    ),
    "prometheus": Visitor(headers={"Authorization": f"Bearer {METRICS_TOKEN}"}, way=TOKEN),
}


@pytest.fixture
def complete_app(database_url: str, compiled_templates: FileSystemBytecodeCache) -> Iterator[Flask]:
    """The application with all of its routes, and two accounts."""
    settings = {
        "NUMBERPOOLS_ENV": "development",
        "SECRET_KEY": "a key for the tests alone, long enough to be one",
        "DATABASE_URL": database_url,
        "METRICS_TOKEN": METRICS_TOKEN,
        "OIDC_ISSUER": "http://127.0.0.1:1",
        "OIDC_CLIENT_ID": "numberpools",
        "OIDC_CLIENT_SECRET": "the-secret-of-the-tests",
        "OIDC_VIEWER_GROUPS": "viewers",
        "ACCOUNT_ROLES": "efgh5678:others=administrator",
        "SIGN_INS_PER_MINUTE": "100000",
        "BULK_OPERATIONS_PER_MINUTE": "100000",
        "WRONG_SECRETS_PER_MINUTE": "100000",
    }
    with opened(Settings.parse(settings)) as app:
        app.config["WTF_CSRF_ENABLED"] = False
        app.jinja_env.bytecode_cache = compiled_templates
        stores = app.extensions["stores"]
        for account_id in (ACCOUNT_ID, "efgh5678"):
            create_account(stores.database, account_id, "", SECRET)
        create_secret(stores.database, ACCOUNT_ID, "reads", SecretRole.READS_ONLY, secret=READING)
        stores.of(ACCOUNT_ID).create_pool(Pool(ACCOUNT_ID, "support", Fallback.POOL, True, True))
        yield app


def _doors(app: Flask) -> dict[str, tuple[Rule, str]]:
    """Every route with each of its methods. HEAD and OPTIONS come with them."""
    return {
        f"{rule.endpoint} {method}": (rule, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_has_its_row(complete_app: Flask) -> None:
    assert sorted(_doors(complete_app)) == sorted(TABLE)


@pytest.mark.parametrize("visitor", VISITORS.values(), ids=VISITORS.keys())
def test_each_visitor_reaches_what_the_table_says(complete_app: Flask, visitor: Visitor) -> None:
    found, expected = {}, {}
    for door, (rule, method) in _doors(complete_app).items():
        found[door] = _found(_open(complete_app, visitor, rule, method))
        expected[door] = visitor.finds(TABLE[door], rule, method)
    assert found == expected


@pytest.mark.parametrize("visitor", VISITORS.values(), ids=VISITORS.keys())
def test_asking_for_the_headers_alone_opens_no_more(complete_app: Flask, visitor: Visitor) -> None:
    for rule, method in _doors(complete_app).values():
        if method == "GET":
            whole = _open(complete_app, visitor, rule, "GET")
            headers = _open(complete_app, visitor, rule, "HEAD")
            both = {_found(headers), _found(whole)}
            assert both == {"sign in"} or headers.status_code == whole.status_code, rule
            assert headers.data == b""


def test_asking_for_the_methods_tells_nothing_else(complete_app: Flask) -> None:
    for rule, _ in _doors(complete_app).values():
        answer = _open(complete_app, VISITORS["nobody"], rule, "OPTIONS")
        is_api = rule.rule.startswith("/v2/")
        assert answer.status_code == (405 if is_api else 200)
        assert is_api or answer.data == b""


def _open(app: Flask, visitor: Visitor, rule: Rule, method: str) -> TestResponse:
    address = rule.build({each: _VALUES[each] for each in rule.arguments})
    assert address is not None
    client = visitor.client(app)
    return client.open(address[1], method=method, headers=visitor.headers)


def _found(answer: TestResponse) -> str:
    if answer.status_code == 401 or (answer.location or "").startswith("/sign-in?next="):
        return "sign in"
    if answer.status_code == 403:
        return "not allowed"
    if answer.status_code == 404 and f"There is no account {ACCOUNT_ID}." in answer.text:
        return "no such account"
    return "open"
