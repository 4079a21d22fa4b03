"""The page on which administrators make, replace and revoke an account's API secrets."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr
from werkzeug.test import TestResponse

from numberpools.db.database import Database
from numberpools.domain.api_secrets import MOST_SECRETS, SecretRole
from numberpools.services import api_secrets, audit
from numberpools.services.audit import Wanted
from numberpools.services.authentication import authenticate
from numberpools.settings import Settings, VonageAccount
from tests.clock import HeldClock
from tests.conftest import ACCOUNT_ID, SECRET, opened
from tests.web.markup import alerts, find, read, words

SECRETS = f"/accounts/{ACCOUNT_ID}/api-secrets"
FORM = {"name": "Reports", "role": "reads-only", "life": "90d"}


@pytest.fixture(autouse=True)
def _account(account_id: str) -> None:
    """There is one."""


def _make(client: FlaskClient, **fields: str) -> TestResponse:
    return client.post(SECRETS, data={"form_id": str(uuid4()), **FORM, **fields})


def _shown(answer: TestResponse) -> str:
    assert answer.status_code == 200
    return words(find(read(answer), ".//code[@id='secret']"))


def _rows(client: FlaskClient) -> list[str]:
    return [words(row) for row in read(client.get(SECRETS)).iterfind(".//tbody/tr")]


def _id_of(database: Database, name: str) -> str:
    found = api_secrets.list_secrets(database, ACCOUNT_ID)
    return next(each.secret_id for each in found if each.name == name)


def test_it_works(administrator: FlaskClient, database: Database) -> None:
    made = _make(administrator)
    caller = authenticate(database, ACCOUNT_ID, _shown(made))
    assert caller is not None
    assert (caller.secret_name, caller.role) == ("Reports", SecretRole.READS_ONLY)
    first, second = _rows(administrator)
    assert first.startswith("first Reads and changes")
    assert second.startswith("Reports Reads only")
    assert "Development administrator never" in second
    assert second.endswith("In force Replace Revoke")


def test_a_secret_is_shown_once_and_kept_by_nobody(
    administrator: FlaskClient, database: Database
) -> None:
    made = _make(administrator)
    secret = _shown(made)
    assert made.headers["Cache-Control"] == "no-store"
    assert "Location" not in made.headers
    for page in (SECRETS, f"{SECRETS}/new", f"/accounts/{ACCOUNT_ID}/audit"):
        assert secret not in administrator.get(page).text
    entries = audit.all_entries(database, ACCOUNT_ID, Wanted())
    assert secret not in str(list(entries))
    with administrator.session_transaction() as session:
        assert secret not in str(dict(session))


def test_a_form_that_is_sent_again_makes_no_second_one_and_shows_none(
    administrator: FlaskClient, database: Database
) -> None:
    form = {"form_id": str(uuid4()), **FORM}
    secret = _shown(administrator.post(SECRETS, data=form))
    again = administrator.post(SECRETS, data=form)
    assert (again.status_code, again.location) == (303, SECRETS)
    page = administrator.get(SECRETS)
    assert "The secret Reports was made already" in alerts(read(page))[0]
    assert secret not in page.text
    assert len(_rows(administrator)) == 2
    assert authenticate(database, ACCOUNT_ID, secret)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "Name the secret."),
        ({"name": "first"}, "There is a secret called first"),
        ({"name": "a\0b"}, "Use 1 to 64"),
        ({"name": "x" * 65}, "Use 1 to 64"),
        ({"role": "everything"}, "Not a valid choice"),
        ({"life": "1000000d"}, "Not a valid choice"),
        ({"form_id": "nothing"}, "must be a UUID"),
    ],
)
def test_what_is_wrong_stands_at_its_field(
    administrator: FlaskClient, fields: dict[str, str], said: str
) -> None:
    refused = _make(administrator, **fields)
    assert refused.status_code == 422
    assert said in words(find(read(refused), ".//form[@data-sends-once]"))
    assert len(_rows(administrator)) == 1


def test_a_secret_is_replaced_with_an_overlap(
    administrator: FlaskClient, database: Database, time_of_day: HeldClock
) -> None:
    replacing = f"{SECRETS}/{_id_of(database, 'first')}/replace"
    assert "After a day" in administrator.get(replacing).text
    made = administrator.post(replacing, data={"form_id": str(uuid4()), "overlap": "24h"})
    assert made.headers["Cache-Control"] == "no-store"
    for secret in (SECRET, _shown(made)):
        assert authenticate(database, ACCOUNT_ID, secret)
    current, old = _rows(administrator)
    assert current.endswith("In force Replace Revoke")
    assert old.endswith("Replaced, still taken Revoke")
    time_of_day.move(hours=25)
    assert not authenticate(database, ACCOUNT_ID, SECRET)
    assert authenticate(database, ACCOUNT_ID, _shown(made))


def test_who_comes_second_replaces_nothing(administrator: FlaskClient, database: Database) -> None:
    replacing = f"{SECRETS}/{_id_of(database, 'first')}/replace"
    _shown(administrator.post(replacing, data={"form_id": str(uuid4()), "overlap": "1h"}))
    second = administrator.post(replacing, data={"form_id": str(uuid4()), "overlap": "1h"})
    assert (second.status_code, second.location) == (303, SECRETS)
    assert "was replaced in the meantime" in alerts(read(administrator.get(SECRETS)))[0]


def test_an_overlap_needs_room(administrator: FlaskClient, database: Database) -> None:
    for number in range(MOST_SECRETS - 1):
        api_secrets.create_secret(database, ACCOUNT_ID, f"{number}", SecretRole.CHANGES)
    replacing = f"{SECRETS}/{_id_of(database, 'first')}/replace"
    for overlap, status in (("1h", 422), ("forever", 422), ("0h", 200)):
        form = {"form_id": str(uuid4()), "overlap": overlap}
        assert administrator.post(replacing, data=form).status_code == status


def test_a_secret_is_revoked_after_a_question(
    administrator: FlaskClient, database: Database
) -> None:
    revoking = f"{SECRETS}/{_id_of(database, 'first')}/revoke"
    assert "This can't be undone" in administrator.get(revoking).text
    assert authenticate(database, ACCOUNT_ID, SECRET)
    assert administrator.post(revoking).status_code == 303
    assert not authenticate(database, ACCOUNT_ID, SECRET)
    page = administrator.get(SECRETS)
    assert "The API secret first is revoked." in page.text
    assert "no program can call the API" in page.text
    assert administrator.post(revoking).status_code == 404


def test_it_tells_what_expires_soon_and_what_has(
    administrator: FlaskClient, database: Database, time_of_day: HeldClock
) -> None:
    life = timedelta(days=30)
    api_secrets.create_secret(database, ACCOUNT_ID, "Reports", SecretRole.CHANGES, life)
    for days, said in ((15, "In force"), (2, "Expires soon"), (14, "Expired")):
        time_of_day.move(days=days)
        administrator.post("/sign-in", data={"role": "ADMINISTRATOR"})  # sessions end as well
        assert f"{said} Replace Revoke" in _rows(administrator)[1]
    expired = administrator.get(f"{SECRETS}/{_id_of(database, 'Reports')}/replace")
    assert "The old one has expired." in expired.text


def test_the_trail_tells_what_was_done_to_which_secret(
    administrator: FlaskClient, database: Database
) -> None:
    _make(administrator)
    reports = _id_of(database, "Reports")
    form = {"form_id": str(uuid4()), "overlap": "1h"}
    administrator.post(f"{SECRETS}/{reports}/replace", data=form)
    administrator.post(f"{SECRETS}/{reports}/revoke")
    _make(administrator, name="first")
    page = read(administrator.get(f"/accounts/{ACCOUNT_ID}/audit"))
    refused, revoked, replaced, made, _ = [words(row) for row in page.iterfind(".//tbody/tr")]
    assert "Refused: Make an API secret. name: There is a secret called first" in refused
    assert "Revoked the API secret Reports" in revoked
    assert "Replaced the API secret Reports: the old one is taken until" in replaced
    assert "Made the API secret Reports: reads only, expires" in made
    for each in (revoked, replaced, made):
        assert "Development administrator" in each


def test_it_is_found_where_an_administrator_looks(
    administrator: FlaskClient, editor: FlaskClient, other_account: str
) -> None:
    for page in ("/", f"/accounts/{ACCOUNT_ID}/pools"):
        assert SECRETS in administrator.get(page).text
        assert SECRETS not in editor.get(page).text


def test_an_account_at_the_vendor_has_none(settings: Settings) -> None:
    vendors = VonageAccount("Europe", "vend0001", SecretStr("s3cret"))
    with opened(settings.model_copy(update={"vonage_accounts": (vendors,)})) as app:
        app.config["WTF_CSRF_ENABLED"] = False
        client = app.test_client()
        client.post("/sign-in", data={"role": "ADMINISTRATOR"})
        page = client.get("/accounts/vend0001/api-secrets").text
        assert "There are no secrets of this service for it." in page
        assert "New secret" not in page
        made = client.post("/accounts/vend0001/api-secrets", data={"form_id": str(uuid4()), **FORM})
        assert made.status_code == 404
