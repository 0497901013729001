"""A webhook and a voice assistant. Run by .ci/service/receivers: POSTS COMMANDS

Appends each body that is posted to POSTS, and each message of a WebSocket client to COMMANDS, one a line. Prints the ports.
"""

import asyncio
import base64
import http.server
import sys
import threading
import warnings

warnings.simplefilter("ignore", DeprecationWarning)  # Linux voice assistant uses this interface of websockets
from websockets.server import serve  # noqa: E402

POSTS, COMMANDS = sys.argv[1:3]
AUTHORIZATION = "Basic " + base64.b64encode(b"me:s3cr3t").decode()


class Webhook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_right = self.path == "/hook?token=s3cr3t" and self.headers["Authorization"] == AUTHORIZATION
        if is_right and self.headers["Content-Type"] == "application/json":
            with open(POSTS, "ab") as file:
                file.write(body + b"\n")
        self.send_response(200 if is_right else 403)
        self.end_headers()

    def log_message(self, *_):
        pass


async def assist(socket):
    await socket.send('{"event": "snapshot", "data": {"muted": false, "volume": 1.0, "ha_connected": true}}')
    async for message in socket:
        with open(COMMANDS, "a", encoding="utf8") as file:
            file.write(message + "\n")


async def main():
    for path in (POSTS, COMMANDS):
        open(path, "w", encoding="utf8").close()
    webhook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
    threading.Thread(target=webhook.serve_forever, daemon=True).start()
    server = await serve(assist, "127.0.0.1", 0)
    print("ports", webhook.server_port, server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Future()


asyncio.run(main())
