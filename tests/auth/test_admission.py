"""Who gets in, and as what: claims as Okta, Entra ID, Google and Keycloak send them."""

from __future__ import annotations

from typing import Any

import pytest

from numberpools.auth import Role
from numberpools.auth.admission import admit
from numberpools.auth.people import Identity
from numberpools.errors import NotAdmitted
from numberpools.settings import SignInSettings

OKTA = {
    "iss": "https://example.okta.com/oauth2/default",
    "sub": "00uixa271s6x7qt8I0h7",
    "ver": 1,
    "aud": "0oa1b2c3",
    "amr": ["pwd", "mfa"],
    "idp": "00oi5cpnylv792Wcl0h7",
    "name": "Ann Example",
    "preferred_username": "ann@example.com",
    "email": "ann@example.com",
    "email_verified": True,
    "groups": ["Everyone", "Number Pools Editors"],
}
ENTRA = {
    "iss": "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
    "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
    "oid": "00000000-0000-0000-66f3-3332eca7ea81",
    "tid": "9188040d-6c67-4c5b-b112-36a304b66dad",
    "ver": "2.0",
    "name": "Ann Example",
    "preferred_username": "Ann@Example.com",
    "groups": ["d3a6f0c1-5b1a-4e58-9c7c-6b0c6a1f2e11", "0f0a4d6c-8f1d-4b35-a1d4-33c9d0f4f0aa"],
}
GOOGLE = {
    "iss": "https://accounts.google.com",
    "sub": "110169484474386276334",
    "azp": "1234987819200.apps.googleusercontent.com",
    "hd": "example.com",
    "email": "ann@example.com",
    "email_verified": True,
    "name": "Ann Example",
    "picture": "https://lh3.googleusercontent.com/a-/photo",
}
KEYCLOAK = {
    "iss": "https://login.example.com/realms/staff",
    "sub": "f2a8b1c4-0d6e-4f0a-9a57-1c2f0e8b7d11",
    "typ": "ID",
    "session_state": "1c2b",
    "email_verified": True,
    "realm_access": {"roles": ["offline_access", "pools-admin"]},
    "groups": ["/support/emea"],
    "name": "Ann Example",
    "preferred_username": "ann",
    "email": "ann@example.com",
}


def settings(**values: str) -> SignInSettings:
    return SignInSettings.model_validate({name.upper(): value for name, value in values.items()})


EDITORS = settings(oidc_editor_groups="editors")


@pytest.mark.parametrize(
    ("claims", "chosen", "role"),
    [
        (OKTA, settings(oidc_editor_groups="Number Pools Editors"), Role.EDITOR),
        (
            ENTRA,
            settings(
                oidc_email_claim="preferred_username",
                oidc_email_is_verified="true",
                oidc_allowed_domains="example.com",
                oidc_admin_groups="0f0a4d6c-8f1d-4b35-a1d4-33c9d0f4f0aa",
            ),
            Role.ADMINISTRATOR,
        ),
        (
            GOOGLE,
            settings(oidc_allowed_domains="example.com", oidc_default_role="viewer"),
            Role.VIEWER,
        ),
        (
            KEYCLOAK,
            settings(oidc_groups_claim="realm_access.roles", oidc_admin_groups="pools-admin"),
            Role.ADMINISTRATOR,
        ),
        (KEYCLOAK, settings(oidc_viewer_groups="/support/emea"), Role.VIEWER),
    ],
    ids=["Okta", "Entra ID", "Google", "Keycloak, roles", "Keycloak, groups"],
)
def test_each_providers_claims_are_understood(
    claims: dict[str, Any], chosen: SignInSettings, role: Role
) -> None:
    found = admit(claims, chosen)
    assert (found.subject, found.name, found.role) == (claims["sub"], "Ann Example", role)
    assert found.email.lower() == "ann@example.com"


def refusal(claims: dict[str, Any], chosen: SignInSettings) -> NotAdmitted:
    with pytest.raises(NotAdmitted) as caught:
        admit({"sub": "1", "name": "Ann", **claims}, chosen)
    assert caught.value.name == "Ann"
    return caught.value


class TestDomains:
    chosen = settings(oidc_allowed_domains="example.com,example.org", oidc_default_role="viewer")

    @pytest.mark.parametrize("email", ["ann@example.com", "ann@EXAMPLE.org"])
    @pytest.mark.parametrize("verified", [True, "true"])
    def test_a_verified_address_of_ours_gets_in(self, email: str, verified: object) -> None:
        found = admit({"sub": "1", "email": email, "email_verified": verified}, self.chosen)
        assert (found.email, found.role) == (email, Role.VIEWER)

    @pytest.mark.parametrize(
        "email",
        [
            "ann@example.net",
            "ann@sub.example.com",
            "ann@notexample.com",
            "ann@example.com.evil.example",
        ],
    )
    def test_a_foreign_domain_stays_out(self, email: str) -> None:
        said = refusal({"email": email, "email_verified": True}, self.chosen)
        assert "of another organisation" in str(said)

    @pytest.mark.parametrize(
        "claims",
        [
            {},
            {"email": "ann@example.com"},
            {"email": "ann@example.com", "email_verified": False},
            {"email": "ann@example.com", "email_verified": "false"},
            {"email": "ann@example.com", "email_verified": 1},
            {"email": "ann@example.com", "email_verified": [True]},
            {"email": ["ann@example.com"], "email_verified": True},
            {"email": "example.com", "email_verified": True},
            {"email": "ann@evil.example@example.com", "email_verified": True},
        ],
    )
    def test_an_address_that_is_not_verified_counts_for_nothing(
        self, claims: dict[str, Any]
    ) -> None:
        assert "does not confirm your e-mail address" in str(refusal(claims, self.chosen))

    def test_what_is_said_of_the_address_counts_for_no_other_claim(self) -> None:
        chosen = settings(
            oidc_allowed_domains="example.com",
            oidc_email_claim="preferred_username",
            oidc_default_role="viewer",
        )
        claims = {"preferred_username": "ann@example.com", "email_verified": True}
        assert "does not confirm" in str(refusal(claims, chosen))

    @pytest.mark.parametrize("hd", [None, "", "evil.example", 5])
    def test_a_google_account_of_ones_own_with_an_address_of_ours_stays_out(self, hd: Any) -> None:
        assert "of another organisation" in str(
            refusal({**GOOGLE, "name": "Ann", "hd": hd}, self.chosen)
        )


class TestGroups:
    @pytest.mark.parametrize(
        ("groups", "role"),
        [
            (["viewers"], Role.VIEWER),
            (["admins", "viewers", "editors"], Role.ADMINISTRATOR),
            (["viewers", "leads"], Role.EDITOR),
            ("editors", Role.EDITOR),
            (["editors", 5, None], Role.EDITOR),
        ],
    )
    def test_the_highest_role_counts(self, groups: object, role: Role) -> None:
        chosen = settings(
            oidc_viewer_groups="viewers",
            oidc_editor_groups="editors,leads",
            oidc_admin_groups="admins",
        )
        assert admit({"sub": "1", "groups": groups}, chosen).role is role

    @pytest.mark.parametrize(
        "groups", [None, [], "", ["Editors"], ["editors "], [["editors"]], {"editors": 1}, 5]
    )
    def test_without_a_group_nobody_gets_in(self, groups: object) -> None:
        assert "in none of the groups" in str(refusal({"groups": groups}, EDITORS))

    @pytest.mark.parametrize(
        ("groups", "hint"),
        [(None, "the provider names no groups in the claim groups"), (["gardeners"], "")],
    )
    def test_the_log_says_whether_any_came_at_all(self, groups: object, hint: str) -> None:
        assert refusal({"groups": groups}, EDITORS).hint == hint

    def test_allowed_groups_are_needed_besides(self) -> None:
        chosen = settings(oidc_allowed_groups="staff", oidc_default_role="viewer")
        assert admit({"sub": "1", "groups": ["staff"]}, chosen).role is Role.VIEWER
        assert "in none of the groups" in str(refusal({"groups": ["others"]}, chosen))

    def test_a_comma_in_a_group_is_encoded(self) -> None:
        chosen = settings(oidc_editor_groups="cn=pools%2Cdc=example, x")
        assert admit({"sub": "1", "groups": ["cn=pools,dc=example"]}, chosen).role is Role.EDITOR

    def test_a_claim_with_dots_in_its_name_comes_first(self) -> None:
        chosen = settings(oidc_editor_groups="a", oidc_groups_claim="https://example.com/groups")
        claims = {"sub": "1", "https://example.com/groups": ["a"]}
        assert admit(claims, chosen).role is Role.EDITOR

    def test_a_role_on_an_account_lets_in_without_a_general_one(self) -> None:
        chosen = settings(account_roles="abcd1234:team%2Fa=editor,efgh5678:b=viewer")
        found = admit({"sub": "1", "groups": ["team/a", "many", "others"]}, chosen)
        assert found == Identity("1", "1", None, groups=("many", "others", "team/a"))
        assert "in none of the groups" in str(refusal({"groups": ["team"]}, chosen))


VERIFIED = {"email": "ann@example.com", "email_verified": True}
ELSEWHERE = {
    "_claim_names": {"groups": "src1"},
    "_claim_sources": {"src1": {"endpoint": "https://graph.windows.net/1/users/2"}},
}
BY_DEFAULT = settings(
    oidc_default_role="viewer",
    oidc_allowed_domains="example.com",
    oidc_admin_groups="admins",
)


class TestGroupsThatAreNotNamed:
    """Entra ID: more than 200 groups are not in the token."""

    @pytest.mark.parametrize(
        "said",
        [
            ELSEWHERE,
            {"_claim_names": {"groups": "src1"}, "groups": []},
            {"_claim_names": {"groups": "src1"}, "groups": ["gardeners"]},
            {"hasgroups": True},
            {"hasgroups": "true"},
        ],
    )
    @pytest.mark.parametrize("chosen", [BY_DEFAULT, EDITORS])
    def test_are_never_a_lower_role(self, said: dict[str, Any], chosen: SignInSettings) -> None:
        refused = refusal({**VERIFIED, **said}, chosen)
        assert "in too many groups" in refused.reason
        assert "group overage" in refused.hint

    @pytest.mark.parametrize(
        "said",
        [
            {},
            {"_claim_names": {"roles": "src1"}},
            {"_claim_names": ["groups"]},
            {"_claim_names": None},
            {"hasgroups": False},
        ],
    )
    def test_are_not_missed_where_there_are_none(self, said: dict[str, Any]) -> None:
        assert admit({"sub": "1", **VERIFIED, **said}, BY_DEFAULT).role is Role.VIEWER

    def test_are_not_missed_where_none_decides_anything(self) -> None:
        chosen = settings(oidc_default_role="viewer", oidc_allowed_domains="example.com")
        assert admit({"sub": "1", **VERIFIED, **ELSEWHERE}, chosen).role is Role.VIEWER

    def test_do_not_matter_to_application_roles(self) -> None:
        chosen = settings(oidc_editor_groups="edit", oidc_groups_claim="roles")
        claims = {"sub": "1", "roles": ["edit"], "hasgroups": True, **ELSEWHERE}
        assert admit(claims, chosen).role is Role.EDITOR


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "Ann"}, "Ann"),
        ({"name": " ", "preferred_username": "ann"}, "ann"),
        ({"email": "ann@example.com", "email_verified": True}, "ann@example.com"),
        ({"email": "somebody@example.com"}, "1"),
        ({"name": ["Ann"], "preferred_username": 5}, "1"),
        ({"name": "A\x00n\nn\u202e"}, "Ann"),
        ({"name": "x" * 1000}, "x" * 255),
    ],
)
def test_everybody_has_a_name_that_can_be_shown(claims: dict[str, Any], name: str) -> None:
    assert admit({"sub": "1", "groups": ["editors"], **claims}, EDITORS).name == name
