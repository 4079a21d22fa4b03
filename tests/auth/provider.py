"""An OpenID Connect provider over real HTTP that lies where a test tells it to.

It checks what it is sent as strictly as a good one: client, code (once), redirect URI and PKCE.
"""

from __future__ import annotations

import json
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, RSAKey

CLIENT_ID, CLIENT_SECRET = "numberpools", "the-client-secret-of-the-tests"
Answer = tuple[int, object]
Headers = dict[str, str]


class Provider:
    """Knows one person, `claims`; a claim that is None is left out of the ID token."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        self.userinfo: dict[str, Any] | None = None
        self.discovery: dict[str, Any] = {}
        self.key = _FIRST_KEY
        self.published: list[Key] = [self.key]
        self.client_id, self.client_secret = CLIENT_ID, CLIENT_SECRET
        self.client_keys: list[dict[str, Any]] = []
        """The client's public keys, where it has some instead of its secret."""
        self.accepts = {"client_secret_basic", "client_secret_post", "private_key_jwt"}
        self.shown: list[str] = []
        """The ways in which clients showed who they are, in their order."""
        self.sign: Callable[[dict[str, Any]], str] = self._signed
        self.instead: dict[str, Answer | Callable[[], Answer]] = {}
        """What is answered at a path instead of what would be right."""
        self.asked: list[str] = []
        """The paths that were asked for, in their order."""
        self.authorized: list[dict[str, str]] = []
        """What sign-ins were begun with, in their order."""
        self._assertions: set[str] = set()
        self._codes: dict[str, dict[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Provider:
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def settings(self, **more: str) -> dict[str, str]:
        return {
            "OIDC_ISSUER": self.issuer,
            "OIDC_CLIENT_ID": self.client_id,
            "OIDC_CLIENT_SECRET": self.client_secret,
            **more,
        }

    def answer(self, path: str, query: dict[str, str], headers: Headers) -> Answer:
        self.asked.append(path)
        instead = self.instead.get(path)
        if instead is not None:
            return instead() if callable(instead) else instead
        routes: dict[str, Callable[[dict[str, str], Headers], Answer]] = {
            "/.well-known/openid-configuration": self._configuration,
            "/authorize": self._authorize,
            "/keys": self._keys,
            "/token": self._token,
            "/userinfo": self._userinfo,
        }
        route = routes.get(path)
        return route(query, headers) if route else (404, {})

    def _configuration(self, query: dict[str, str], headers: Headers) -> Answer:
        described = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo" if self.userinfo else None,
            "id_token_signing_alg_values_supported": ["RS256"],
            **self.discovery,
        }
        return 200, {name: value for name, value in described.items() if value is not None}

    def _authorize(self, query: dict[str, str], headers: Headers) -> Answer:
        if query["response_type"] != "code" or query["client_id"] != self.client_id:
            return 400, {"error": "invalid_request"}
        self.authorized.append(query)
        code = token_urlsafe(16)
        self._codes[code] = query
        return 302, f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def _keys(self, query: dict[str, str], headers: Headers) -> Answer:
        return 200, {"keys": [key.as_dict(private=False) for key in self.published]}

    def _token(self, query: dict[str, str], headers: Headers) -> Answer:
        if not self._is_our_client(query, headers):
            return 401, {"error": "invalid_client", "error_description": "no such client"}
        asked = self._codes.pop(query.get("code", ""), None)
        if asked is None or asked["redirect_uri"] != query["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        digest = sha256(query["code_verifier"].encode()).digest()
        challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (asked["code_challenge_method"], asked["code_challenge"]) != ("S256", challenge):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "00u1",
            "aud": self.client_id,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.claims,
        }
        id_token = self.sign({name: value for name, value in claims.items() if value is not None})
        return 200, {"access_token": "opaque", "token_type": "Bearer", "id_token": id_token}

    def _is_our_client(self, query: dict[str, str], headers: Headers) -> bool:
        """Whether it shows that it is, in exactly one way that is accepted."""
        kind, _, basic = headers.get("Authorization", "").partition(" ")
        ways = {
            "client_secret_basic": kind == "Basic" and self._is_secret(b64decode(basic).decode()),
            "client_secret_post": (query.get("client_id"), query.get("client_secret"))
            == (self.client_id, self.client_secret),
            "private_key_jwt": self._is_signed(query),
        }
        shown = [way for way, is_right in ways.items() if is_right]
        self.shown += shown
        return len(shown) == 1 and shown[0] in self.accepts

    def _is_secret(self, pair: str) -> bool:
        """RFC 6749, section 2.3.1: both are form-encoded."""
        return [unquote_plus(each) for each in pair.split(":")] == [
            self.client_id,
            self.client_secret,
        ]

    def _is_signed(self, query: dict[str, str]) -> bool:
        """RFC 7523, section 3, and Core 1.0, section 9: each assertion once."""
        if query.get("client_assertion_type", "").rpartition(":")[2] != "jwt-bearer":
            return False
        try:
            keys = KeySet.import_key_set({"keys": self.client_keys})
            claims = jwt.decode(query["client_assertion"], keys).claims
        except JoseError:
            return False
        is_new = claims["jti"] not in self._assertions
        self._assertions.add(claims["jti"])
        # Its clock may be a minute behind, or ahead.
        starts, ends = claims["iat"] - time.time(), claims["exp"] - time.time()
        is_fresh = starts <= -59 and claims["nbf"] == claims["iat"] and 60 < ends <= 300
        named = (claims["iss"], claims["sub"], claims["aud"])
        return is_new and is_fresh and named == (*2 * (self.client_id,), f"{self.issuer}/token")

    def _userinfo(self, query: dict[str, str], headers: Headers) -> Answer:
        if headers.get("Authorization") != "Bearer opaque":
            return 401, {}
        return 200, self.userinfo

    def logout_token(self, **claims: Any) -> str:
        """By which it ends sessions; a claim that is None is left out."""
        now = int(time.time())
        told = {
            "iss": self.issuer,
            "sub": "00u1",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 120,
            "jti": token_urlsafe(16),
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            **claims,
        }
        return self.sign({name: value for name, value in told.items() if value is not None})

    def _signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)


def new_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


_FIRST_KEY = new_key("first")
"""Made once: it takes longer than most tests."""


def _handler_of(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(urlsplit(self.path).query)

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _answer(self, sent: str) -> None:
            query = {name: values[0] for name, values in parse_qs(sent).items()}
            path = urlsplit(self.path).path
            status, body = provider.answer(path, query, dict(self.headers.items()))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", str(body))
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            with suppress(ConnectionError):  # who asked may have given up
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            """Quietly."""

    return Handler
