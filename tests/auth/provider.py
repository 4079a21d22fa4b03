"""An OpenID Connect provider over real HTTP that lies where a test tells it to.

It checks what it is sent as strictly as a good one: client, code (once), redirect URI and PKCE.
"""

from __future__ import annotations

import json
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "numberpools", "the-client-secret-of-the-tests"
_BASIC = f"Basic {b64encode(f'{CLIENT_ID}:{CLIENT_SECRET}'.encode()).decode()}"
Answer = tuple[int, object]
Headers = dict[str, str]


class Provider:
    """Knows one person, `claims`; a claim that is None is left out of the ID token."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        self.userinfo: dict[str, Any] | None = None
        self.discovery: dict[str, Any] = {}
        self.key = _FIRST_KEY
        self.published = [self.key]
        self.sign: Callable[[dict[str, Any]], str] = self._signed
        self.instead: dict[str, Answer | Callable[[], Answer]] = {}
        """What is answered at a path instead of what would be right."""
        self.asked: list[str] = []
        """The paths that were asked for, in their order."""
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
            "OIDC_CLIENT_ID": CLIENT_ID,
            "OIDC_CLIENT_SECRET": CLIENT_SECRET,
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
        if query["response_type"] != "code" or query["client_id"] != CLIENT_ID:
            return 400, {"error": "invalid_request"}
        code = token_urlsafe(16)
        self._codes[code] = query
        return 302, f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def _keys(self, query: dict[str, str], headers: Headers) -> Answer:
        return 200, {"keys": [key.as_dict(private=False) for key in self.published]}

    def _token(self, query: dict[str, str], headers: Headers) -> Answer:
        if headers.get("Authorization") != _BASIC:
            return 401, {"error": "invalid_client"}
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
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.claims,
        }
        id_token = self.sign({name: value for name, value in claims.items() if value is not None})
        return 200, {"access_token": "opaque", "token_type": "Bearer", "id_token": id_token}

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
