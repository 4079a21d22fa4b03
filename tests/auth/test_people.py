"""Roles, and what they may do."""

from __future__ import annotations

import pytest
from flask import Flask

from numberpools.auth import Person, Role, current_person, require, requires, sees_account
from numberpools.auth.people import Identity, sign_in, sign_out
from numberpools.domain.roles import AccountRole
from numberpools.errors import AccountNotFound, NotAllowed, NotSignedIn
from numberpools.settings import Settings

ANN = Identity("ann", "Ann", Role.EDITOR, "ann@example.com")
TEAM = Identity("tom", "Tom", None, groups=("/support",))
OWN, OTHER = "/accounts/abcd1234/pools", "/accounts/efgh5678/pools"


@pytest.mark.parametrize(
    ("role", "can_edit", "can_delete"),
    [(Role.VIEWER, False, False), (Role.EDITOR, True, False), (Role.ADMINISTRATOR, True, True)],
)
def test_each_role_may_do_more(role: Role, can_edit: bool, can_delete: bool) -> None:
    person = Person("Ann", role)
    assert (person.can_edit, person.can_delete) == (can_edit, can_delete)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestInARequest:
    def test_it_works(self, app: Flask) -> None:
        with app.test_request_context():
            assert current_person() is None
            sign_in(ANN)
            ann = Person("Ann", Role.EDITOR, "ann", "ann@example.com")
            assert current_person() == ann
            assert require(Role.VIEWER) == require(Role.EDITOR) == ann
            sign_out()
            assert current_person() is None

    def test_nobody_is_asked_to_sign_in(self, app: Flask) -> None:
        with app.test_request_context(), pytest.raises(NotSignedIn):
            require(Role.VIEWER)

    def test_a_role_that_does_not_reach_is_told_which_does(self, app: Flask) -> None:
        with app.test_request_context():
            sign_in(ANN)
            with pytest.raises(NotAllowed, match="as editor; this takes the role of administrator"):
                require(Role.ADMINISTRATOR)

    def test_a_guarded_view_runs_only_for_those_who_may(self, app: Flask) -> None:
        @requires(Role.EDITOR)
        def view(word: str) -> str:
            return word

        with app.test_request_context():
            with pytest.raises(NotSignedIn):
                view("done")
            sign_in(ANN)
            assert view("done") == "done"

    @pytest.mark.parametrize("path", [OWN, OTHER, "/"])
    def test_a_general_role_reaches_everywhere(self, team_app: Flask, path: str) -> None:
        with team_app.test_request_context(path):
            sign_in(ANN)
            assert require(Role.EDITOR).role is Role.EDITOR

    def test_the_role_of_a_group_reaches_its_accounts_only(self, team_app: Flask) -> None:
        with team_app.test_request_context(OWN):
            sign_in(TEAM)
            assert require(Role.EDITOR).role is Role.EDITOR
            assert (sees_account("abcd1234"), sees_account("efgh5678")) == (True, False)
            with pytest.raises(NotAllowed):
                require(Role.ADMINISTRATOR)
        with team_app.test_request_context(OTHER):
            sign_in(TEAM)
            with pytest.raises(AccountNotFound):
                require(Role.VIEWER)

    def test_a_group_can_raise_a_role_on_its_account(self, team_app: Flask) -> None:
        both = Identity("bea", "Bea", Role.VIEWER, groups=("/support", "boss=es"))
        for path, role in ((OWN, Role.EDITOR), (OTHER, Role.ADMINISTRATOR), ("/", Role.VIEWER)):
            with team_app.test_request_context(path):
                sign_in(both)
                person = require(Role.VIEWER)
                assert (person.role, person.can_end_sessions) == (role, False)


@pytest.fixture
def team_app(app: Flask, settings: Settings) -> Flask:
    """Where one group has a role on one account, and another on the other."""
    roles = (
        AccountRole("abcd1234", "/support", Role.EDITOR),
        AccountRole("abcd1234", "boss=es", Role.VIEWER),
        AccountRole("efgh5678", "boss=es", Role.ADMINISTRATOR),
    )
    app.extensions["settings"] = settings.model_copy(update={"account_roles": roles})
    return app
