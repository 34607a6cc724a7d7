import json
import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2


class Shop(BaseHTTPRequestHandler):
    def do_GET(self):
        connection = psycopg2.connect(os.environ["DATABASE_URL"])
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute("SELECT name FROM products ORDER BY id")
                body = json.dumps([name for (name,) in cursor]).encode()
        finally:
            connection.close()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("", 8080), Shop)
# Finish running requests before exit.
server.daemon_threads = False
# Use a thread: the handler interrupts serve_forever, and shutdown() waits for serve_forever to return.
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever(poll_interval=0.1)
server.server_close()
