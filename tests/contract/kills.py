"""Kills the server at random moments while updates are published, and checks that nothing acknowledged is lost.

Shares no code with Allclear: it starts the binary, a mail server and a receiver of webhooks of its own, publishes by
the command line, and compares what was acknowledged with what arrived.

  kills.py BINARY KILLS [POSTGRES_URL]

Every update that the command line acknowledged (exit 0) must reach every reader by mail (superseded words travel in
the newer mail) and every endpoint by webhook, each endpoint in order; copies of one mail carry one Message-ID.
"""

import email
import email.policy
import json
import os
import random
import re
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

READERS = [f"reader{n}@example.net" for n in range(4)]
mails = []  # (recipient, message-id, text), in order of arrival
hooks = []  # (webhook-id, payload), in order of arrival


class MailSession(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        recipient = ""
        try:
            self.say("220 town ESMTP")
            for raw in self.rfile:
                verb = raw[:4].upper()
                if verb == b"EHLO":
                    self.say("250-town")
                    self.say("250 PIPELINING")
                elif verb == b"RCPT":
                    recipient = re.search(rb"<(.*?)>", raw).group(1).decode()
                    self.say("250 2.1.5 ok")
                elif verb == b"DATA":
                    self.say("354 go")
                    lines = []
                    for line in self.rfile:
                        if line == b".\r\n":
                            break
                        lines.append(line[1:] if line.startswith(b".") else line)
                    else:
                        return
                    parsed = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
                    text = parsed.get_body(("plain",)).get_content()
                    mails.append((recipient, parsed["message-id"], text))
                    self.say("250 2.0.0 kept")
                elif verb == b"QUIT":
                    self.say("221 2.0.0 bye")
                    return
                else:
                    self.say("250 2.0.0 ok")
        except (OSError, AttributeError):
            return


class MailServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        hooks.append((self.headers.get("webhook-id"), json.loads(body)))
        self.send_response(204)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, binary, directory, database):
        self.binary, self.directory = binary, directory
        self.port = free_port()
        self.config = os.path.join(directory, "allclear.toml")
        self.mail = MailServer(("127.0.0.1", 0), MailSession)
        self.endpoint = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        for listener in (self.mail, self.endpoint):
            threading.Thread(target=listener.serve_forever, daemon=True).start()
        with open(self.config, "w") as file:
            file.write(
                f'[server]\nlisten = "127.0.0.1:{self.port}"\npublic_url = "http://127.0.0.1:{self.port}"\n'
                f'data_dir = "{directory}/data"\n'
                + (f'[database]\nurl = "{database}"\n' if database else "")
                + f'[mail]\nsmtp_url = "smtp://127.0.0.1:{self.mail.server_address[1]}"\n'
                'from = "Example <status@example.com>"\n'
                '[webhooks]\nallow_networks = ["127.0.0.0/8"]\nallow_http = true\n'
                '[[page]]\nid = "main"\nname = "Example"\n'
                '[[component]]\nid = "checkout"\nname = "Checkout API"\n'
            )
        self.process = None

    def start(self):
        log = open(os.path.join(self.directory, "log"), "a")
        self.process = subprocess.Popen(
            [self.binary, "serve", "--config", self.config], cwd=self.directory, stdout=log, stderr=log
        )

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def command(self, *arguments, patience=60):
        """The answer of an acknowledged command, or None when it was not acknowledged."""
        try:
            done = subprocess.run(
                [self.binary, *arguments, "--config", self.config, "--json"],
                cwd=self.directory, capture_output=True, timeout=patience,
            )
        except subprocess.TimeoutExpired:
            return None
        if done.returncode != 0:
            return None
        return json.loads(done.stdout or b"null")

    def last_words(self):
        with open(os.path.join(self.directory, "log")) as file:
            return file.read().splitlines()[-30:]

    def until_acknowledged(self, *arguments):
        for _ in range(200):
            answer = self.command(*arguments)
            if answer is not None:
                return answer
            time.sleep(0.1)
        raise SystemExit(f"never acknowledged: {arguments}")


def publish(server, acknowledged, stop):
    """Incidents of a few updates each, until told to stop; notes what was acknowledged."""
    number = 0
    while not stop.is_set():
        number += 1
        marker = f"marker-{number}-0-end"
        opened = server.command(
            "incident", "open", "--title", f"Incident {number}", "--body", marker, "--component", "checkout=partial_outage"
        )
        if opened is None:
            continue
        incident = opened["id"]
        acknowledged.append((incident, 0, marker))
        for step, status in ((1, "identified"), (2, "monitoring")):
            marker = f"marker-{number}-{step}-end"
            if server.command("incident", "update", incident, "--status", status, "--body", marker):
                acknowledged.append((incident, step, marker))
        marker = f"marker-{number}-3-end"
        if server.command("incident", "resolve", incident, "--body", marker):
            acknowledged.append((incident, 3, marker))


def missing(acknowledged):
    lost = []
    told = {reader: "\n".join(text for to, _, text in list(mails) if to == reader) for reader in READERS}
    heard = "\n".join(json.dumps(payload) for _, payload in list(hooks))
    for _, _, marker in acknowledged:
        lost += [(reader, marker) for reader in READERS if marker not in told[reader]]
        if marker not in heard:
            lost.append(("webhook", marker))
    return lost


def main_marker(text):
    """The first marker of a mail: the update it tells of; older ones follow."""
    found = re.search(r"marker-(\d+)-(\d+)-end", text)
    return (int(found.group(1)), int(found.group(2))) if found else None


def check_order():
    for reader in READERS:
        newest = {}
        for to, _, text in mails:
            marker = main_marker(text)
            if to != reader or marker is None:
                continue
            incident, step = marker
            assert step >= newest.get(incident, 0), f"{reader}: {marker} came after {newest[incident]}"
            newest[incident] = step
    newest = {}
    for _, payload in hooks:
        sequence = payload.get("data", {}).get("sequence")
        incident = payload.get("data", {}).get("incident_id") or payload.get("data", {}).get("incident", {}).get("id")
        if sequence is None or incident is None:
            continue
        assert sequence >= newest.get(incident, 0), f"webhook: {incident} {sequence} after {newest[incident]}"
        newest[incident] = sequence


def main():
    binary, kills = sys.argv[1], int(sys.argv[2])
    database = sys.argv[3] if len(sys.argv) > 3 else None
    seed = int(os.environ.get("KILLS_SEED", random.randrange(1 << 30)))
    print(f"seed {seed}")
    random.seed(seed)
    with tempfile.TemporaryDirectory() as directory:
        server = Server(binary, directory, database)
        server.start()
        for reader in READERS:
            server.until_acknowledged("subscriber", "add", "email", reader, "--confirmed")
        url = f"http://127.0.0.1:{server.endpoint.server_address[1]}/hook"
        server.until_acknowledged("subscriber", "add", "webhook", url)
        wait_for(lambda: any(payload.get("type") == "subscription.test" for _, payload in hooks), "the ownership test")
        wait_for(lambda: '"pending"' not in json.dumps(server.command("subscriber", "list")), "an active endpoint")

        acknowledged, stop = [], threading.Event()
        publisher = threading.Thread(target=publish, args=(server, acknowledged, stop))
        publisher.start()
        for _ in range(kills):
            time.sleep(random.uniform(0.05, 0.9))
            server.kill()
            server.start()
        stop.set()
        publisher.join()
        wait_for(
            lambda: not missing(acknowledged),
            "everything acknowledged arrives",
            lambda: "\n".join(map(str, [*missing(acknowledged)[:10], server.command("doctor"), *server.last_words()])),
        )
        check_order()
        copies = {}
        for to, message_id, text in mails:
            copies.setdefault((to, message_id), []).append(main_marker(text))
        assert all(len(set(markers)) == 1 for markers in copies.values()), "one Message-ID, one message"
        duplicates = sum(len(markers) - 1 for markers in copies.values())
        assert duplicates <= 256 * kills, duplicates
        server.process.send_signal(signal.SIGTERM)
        code = server.process.wait(timeout=60)
        assert code == 0, f"a graceful stop exits with 0, not {code}"
        print(
            f"{kills} kills on {'PostgreSQL' if database else 'SQLite'}: {len(acknowledged)} updates acknowledged, "
            f"0 lost, {len(mails)} mails of which {duplicates} duplicates, {len(hooks)} webhooks, all in order"
        )


def wait_for(claim, what, detail=lambda: ""):
    deadline = time.monotonic() + float(os.environ.get("KILLS_PATIENCE", 240))
    while time.monotonic() < deadline:
        if claim():
            return
        time.sleep(0.2)
    raise SystemExit(f"it never happened: {what} {detail()}")


main()
