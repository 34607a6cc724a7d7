"""The shop, with its database from DATABASE_URL_FILE, and a route /up."""

import os
from pathlib import Path
from urllib.parse import urlsplit

url = urlsplit(Path(os.environ["DATABASE_URL_FILE"]).read_text().strip())
os.environ.update(DATABASE_HOST=url.hostname, DATABASE_PASSWORD=url.password)

import server


def application(environ, start_response):
    if environ["PATH_INFO"] == "/up":
        environ["PATH_INFO"] = "/ping"
    return server.application(environ, start_response)
