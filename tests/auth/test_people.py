"""Roles, and what they may do."""

from __future__ import annotations

import pytest
from flask import Flask

from numberpools.auth import Person, Role, current_person, require, requires
from numberpools.auth.people import sign_in, sign_out
from numberpools.errors import NotAllowed, NotSignedIn

ANN = Person("Ann", Role.EDITOR)


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
            assert current_person() == ANN
            assert require(Role.VIEWER) == require(Role.EDITOR) == ANN
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
