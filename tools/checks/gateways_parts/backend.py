"""Small servers on loopback: what gateways guard, and a stand-in for a ledger that answers what a real one seldom does."""
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

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

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, headers, body = self.server.answer(self)
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


class Backend(_Server):
    """Answers with what reached it; `/status/<n>` with that status."""

    def __init__(self, run):
        self.requests = 0
        super().__init__(run)

    def answer(self, request):
        self.requests += 1
        path = request.path.split("?")[0]
        status = int(path.removeprefix("/status/")) if path.startswith("/status/") else 200
        told = {"method": request.command, "path": request.path, "headers": list(request.headers.items())}
        return status, {"Content-Type": "application/json"}, json.dumps(told).encode()


class FakeLedger(_Server):
    """Answers `/v1/auth` in the form for nginx, with whatever `status` is true."""

    def __init__(self, run):
        self.status, self.true_status = 403, 429
        super().__init__(run)

    def answer(self, request):
        document = json.dumps({"status": self.true_status, "code": "RATE_LIMITED"})
        headers = {"X-Keyledger-Status": str(self.true_status), "X-Keyledger-Problem": document, "Retry-After": "7"}
        return self.status, headers, b""
