"""Small servers on loopback: what gateways guard, and a stand-in for a ledger that answers what a real one seldom does."""
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from gateways_parts import websocket
from support import HOST


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def __getattr__(self, name):
        # Of any method.
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def answer(self):
        body = self.body()
        answered = self.server.answer(self, body)
        if answered is None:
            self.close_connection = True
            return
        status, headers, body = answered
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, run):
        super().__init__((HOST, 0), _Handler)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()
        run.at_end(self.shutdown)

    def handle_error(self, request, client_address):
        """A gateway that goes away is none."""


class Backend(_Server):
    """Answers with what reached it; `/status/<n>` with that status. `/break` is not answered, and `/websocket` is one."""

    def __init__(self, run):
        self.requests = 0
        super().__init__(run)

    def answer(self, request, body):
        self.requests += 1
        path = request.path.split("?")[0]
        told = json.dumps({
            "method": request.command, "path": request.path, "headers": list(request.headers.items()), "length": len(body)})
        if path == "/break":
            return None
        if path == "/websocket" and request.headers.get("Upgrade", "").lower() == "websocket":
            return self.speak(request, told)
        status = int(path.removeprefix("/status/")) if path.startswith("/status/") else 200
        return status, {"Content-Type": "application/json"}, told.encode()

    @staticmethod
    def speak(request, told):
        """A websocket: first what reached it, then every text as it came."""
        request.send_response(101)
        accepted = websocket.accepted(request.headers["Sec-WebSocket-Key"])
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accepted)):
            request.send_header(name, value)
        request.end_headers()
        websocket.send_text(request.wfile.write, told, masked=False)
        while (text := websocket.receive_text(request.rfile.read)) is not None:
            websocket.send_text(request.wfile.write, text, masked=False)


class FakeLedger(_Server):
    """Answers `/v1/auth` with whatever `status` is true; in the form for nginx with `nginx_status`."""

    def __init__(self, run):
        self.nginx_status, self.status = 403, 429
        super().__init__(run)

    def answer(self, request, body):
        document = json.dumps({"status": self.status, "code": "RATE_LIMITED"})
        headers = {"X-Keyledger-Status": str(self.status), "Retry-After": "7", "Cache-Control": "no-store"}
        if "proxy=nginx" in request.path:
            return self.nginx_status, headers | {"X-Keyledger-Problem": document}, b""
        return self.status, headers | {"Content-Type": "application/problem+json"}, document.encode()
