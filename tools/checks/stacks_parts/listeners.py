"""The further addresses of `serve --listen` answer what the main port answers, and a hang-up ends none of them."""
import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import time

from support import HOST


class SocketConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


def ask(connection, method, path, secret=None, body=None):
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    if body is not None:
        headers["Content-Type"] = "application/json"
    connection.request(method, path, body and json.dumps(body), headers)
    response = connection.getresponse()
    return response.status, response.read().decode()


def check_listeners(run, ledger, server, path, port, auth_port, keys):
    """`path`: of the Unix socket, `port`: of the further address."""
    until = time.monotonic() + 30
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.01)
    mode = stat.S_IMODE(path.stat().st_mode)
    run.expect(mode == 0o660, f"the socket has mode {mode:o}")
    question = {"key": keys["good 1"]["secret"], "scopes": ["listings:read"], "ip": "192.0.2.7"}
    for hang_ups in range(2):
        for name, connection in (
                ("the socket", SocketConnection(path)), ("the further port", http.client.HTTPConnection(HOST, port, timeout=30)),
                ("the main port", http.client.HTTPConnection(HOST, server.port, timeout=30))):
            for count in range(3):
                status, text = ask(connection, "POST", "/v1/verify", keys["service"]["secret"], question)
                run.expect(status == 200 and json.loads(text)["valid"], f"{name}: {status} {text[:200]}")
            status, text = ask(connection, "GET", "/v1/keys?limit=1", keys["admin"]["secret"])
            run.expect(status == 200 and len(json.loads(text)["data"]) == 1, f"{name}: {status} {text[:200]}")
            connection.close()
        for name, asked in (("the socket", SocketConnection(path)), ("--auth-listen", http.client.HTTPConnection(HOST, auth_port, timeout=30))):
            for probe in ("/healthz", "/readyz"):
                status, text = ask(asked, "GET", probe)
                run.expect(status == 200, f"{name}: {probe}: {status} {text[:200]}")
            asked.close()
        if not hang_ups:
            os.kill(server.process.pid, signal.SIGHUP)
            time.sleep(0.3)
            run.expect(server.process.poll() is None, "a hang-up ended the server")
    # Somebody answers there: another server takes another place, whichever option names it.
    for option in ("--listen", "--auth-listen"):
        again = subprocess.run(
            ledger.arguments("serve", "--host", HOST, "--port", "0", option, f"unix:{path}"), stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=60)
        run.expect(again.returncode == 2 and "in use" in again.stderr, f"{option} at a taken socket: {again.returncode} {again.stderr}")
        run.expect(path.exists(), f"the socket is gone after {option}")
    # As people do it by hand.
    done = subprocess.run(
        ["curl", "-sS", "--unix-socket", path, "http://localhost/readyz"], capture_output=True, text=True, timeout=60)
    run.expect(done.returncode == 0 and "ready" in done.stdout, f"curl --unix-socket: {done.stdout} {done.stderr}")
