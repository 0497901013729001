"""Plays Home Assistant for an app: the Supervisor's API, and ingress. Run by .ci/service/home-assistant.

    home.py APP_ADDRESS CONSOLE_PORT FOLDER

On 172.30.32.2:80, the Supervisor answers what the app asks with its token: the MQTT broker, and discovery, whose bodies go to
FOLDER/discovery. On 127.0.0.1:8123, Home Assistant serves a page with the app in a frame, and passes requests below
/api/hassio_ingress/TOKEN/ on to the app, from 172.30.32.2, with the header fields that it and the Supervisor add.
"""

import http.client
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

APP, PORT, FOLDER = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
SUPERVISOR = "172.30.32.2"
PREFIX = "/api/hassio_ingress/4xzQ_token"
TOKEN = "supervisor-token"


class Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Supervisor(Quiet):
    def is_known(self):
        if self.headers.get("Authorization") == f"Bearer {TOKEN}":
            return True
        self.answer(401, b'{"result":"error"}')
        return False

    def do_GET(self):
        if not self.is_known():
            return
        if self.path == "/services/mqtt":
            broker = {"host": "172.30.32.2", "port": 1883, "username": "addons", "password": "secret"}
            return self.answer(200, json.dumps({"result": "ok", "data": broker}).encode())
        self.answer(404, b'{"result":"error"}')

    def do_POST(self):
        if not self.is_known():
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != "/discovery":
            return self.answer(404, b'{"result":"error"}')
        with open(FOLDER / "discovery", "ab") as file:
            file.write(body + b"\n")
        self.answer(200, b'{"result":"ok","data":{"uuid":"1"}}')


class Ingress(Quiet):
    def do_GET(self):
        if self.path == "/":
            return self.answer(200, f'<!doctype html><iframe id="app" src="{PREFIX}/"></iframe>'.encode(), "text/html")
        self.pass_on()

    def do_POST(self):
        self.pass_on()

    do_PUT = do_DELETE = do_POST

    def pass_on(self):
        if not self.path.startswith(PREFIX + "/"):
            return self.answer(404, b"")
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length) if length else None
        app = http.client.HTTPConnection(APP, PORT, source_address=(SUPERVISOR, 0), timeout=60)
        fields = {name: value for name, value in self.headers.items() if name.lower() not in ("content-length", "connection")}
        fields["X-Ingress-Path"] = PREFIX
        fields["X-Forwarded-For"] = f"{self.client_address[0]}, 172.30.32.1"
        fields["X-Forwarded-Host"] = self.headers["Host"]
        fields["X-Forwarded-Proto"] = "http"
        fields["X-Remote-User-Name"] = "tester"
        app.request(self.command, self.path[len(PREFIX):], body, fields)
        reply = app.getresponse()
        self.send_response(reply.status)
        for name, value in reply.getheaders():
            if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            while part := reply.read1(65536):
                self.wfile.write(part)
                self.wfile.flush()
        except OSError:
            pass
        app.close()


supervisor = ThreadingHTTPServer((SUPERVISOR, 80), Supervisor)
threading.Thread(target=supervisor.serve_forever, daemon=True).start()
print("ready", flush=True)
ThreadingHTTPServer(("127.0.0.1", 8123), Ingress).serve_forever()
