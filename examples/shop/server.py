"""A small shop: GET and PUT /products/ID, and GET /report. All data is in one table, which the releases migrate."""

import json
import os
import re
import threading
from pathlib import Path

import psycopg2

import catalogue

RELEASE = os.environ["APP_VERSION"]
# One connection for each of gunicorn's threads.
local = threading.local()


def read_password():
    """Reads the variable or the mounted secret, as seaworthy does."""
    if "DATABASE_PASSWORD_FILE" in os.environ:
        return Path(os.environ["DATABASE_PASSWORD_FILE"]).read_text().strip()
    return os.environ["DATABASE_PASSWORD"]


def query(sql, *values):
    if getattr(local, "connection", None) is None:
        host = os.environ.get("DATABASE_HOST", "db")
        local.connection = psycopg2.connect(host=host, dbname="shop", user="shop", password=read_password())
        local.connection.autocommit = True
    try:
        with local.connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchone()
    except (psycopg2.OperationalError, psycopg2.InterfaceError):
        # The connection is gone. The next request makes a new one.
        local.connection = None
        raise


def answer(method, path, body):
    if path == "/ping":
        return {"release": RELEASE}
    if path == "/report":
        # Takes a second, so every stop of an instance meets a running request.
        (products, _) = query("SELECT count(*), pg_sleep(1) FROM products")
        return {"products": products, "release": RELEASE}
    product = re.fullmatch(r"/products/(\d{1,9})", path)
    if product is None:
        return None
    number = int(product[1])
    if method == "PUT":
        row = query(catalogue.WRITE, json.loads(body)["cents"], number)
    else:
        row = query(catalogue.READ, number)
    return row and {"id": number, "name": row[0], "cents": row[1], "release": RELEASE}


def application(environ, start_response):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    try:
        found = answer(environ["REQUEST_METHOD"], environ["PATH_INFO"], body)
        status, document = ("200 OK", found) if found else ("404 Not Found", {"error": "not found"})
    except psycopg2.Error as error:
        status, document = "500 Internal Server Error", {"error": str(error)}
    content = json.dumps(document).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
    return [content]
