"""The same API as it was, with a hook as many teams write it. Look at it, and do not copy it."""

import os

from api import app
from flask import request


@app.after_request
def add_cors_headers(response):
    origin = request.headers.get("Origin") or request.headers["Host"]
    if any(url in origin for url in os.environ["ALLOWED_URLS"].split("|")):
        response.headers.add("Access-Control-Allow-Origin", origin)
    else:
        response.headers.add("Access-Control-Allow-Origin", "*")
    response.headers.add("Access-Control-Allow-Credentials", "true")
    response.headers.add("Access-Control-Allow-Methods", "GET,POST,PUT,DELETE,OPTIONS")
    response.headers.add("Access-Control-Allow-Headers", "Content-Type,Authorization")
    return response
