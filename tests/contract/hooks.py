"""Receives webhooks and verifies each with PyPI's standardwebhooks.

Prints its port, then one JSON line per request. Lines on standard input are secrets to trust; before the first,
requests are answered 204 and printed unverified, as an endpoint that waits for its secret would.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

secrets = []
printing = threading.Lock()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        verified = False
        for secret in list(secrets):
            try:
                Webhook(secret).verify(body, headers)
                verified = True
            except WebhookVerificationError:
                pass
        payload = json.loads(body)
        line = {
            "verified": verified,
            "trusted": bool(secrets),
            "id": headers.get("webhook-id"),
            "type": payload.get("type"),
            "body": payload,
        }
        with printing:
            print(json.dumps(line), flush=True)
        self.send_response(204 if verified or not secrets else 401)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


def read_secrets():
    for line in sys.stdin:
        secrets.append(line.strip())


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
print(server.server_address[1], flush=True)
threading.Thread(target=read_secrets, daemon=True).start()
server.serve_forever()
