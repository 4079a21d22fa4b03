"""The least that a Flask application can do: one route that returns bytes it has in memory."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask, Response

app = Flask(__name__)
_BODY = Path(os.environ["BENCH_BODY"]).read_bytes()


@app.get("/numbers")
def numbers() -> Response:
    return Response(_BODY, mimetype="application/json")
