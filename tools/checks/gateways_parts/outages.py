"""The ledger is stopped or hangs, or the backend does: the client is told which, and to come back."""
import signal
import threading
import time

from gateways_parts.credentials import bearer
from support import stand_still

PREFLIGHT = [("Origin", "https://a.example"), ("Access-Control-Request-Method", "PUT")]
# All configurations wait 5 s for the ledger.
ANSWERED_WITHIN_SECONDS = 7


class Outages:
    def without_ledger(self):
        """The ledger is stopped: 503, whoever asks."""
        for words, headers in (("a good key", bearer(self.reader["secret"])), ("X-API-Key", [("X-API-Key", self.reader["secret"])]),
                               ("no key", []), ("a preflight", PREFLIGHT)):
            for method in ("GET", "POST", "OPTIONS", "HEAD"):
                began = time.monotonic()
                self.refuse(f"{method} with {words}, no ledger", 503, "UNAVAILABLE", None, method, "/listings", headers)
                seconds = time.monotonic() - began
                self.expect(seconds < ANSWERED_WITHIN_SECONDS, f"{method} with {words}, no ledger: {seconds:.1f} s")

    def hung(self):
        """The ledger's process stands still: its socket takes connections, and nobody answers."""
        if self.gateway.waits_for_hung_ledger:
            return
        process = self.server.process
        stand_still(process)
        try:
            asking = [
                threading.Thread(target=self.ask_hung, args=request) for request in (
                    ("GET", bearer(self.reader["secret"]), None), ("HEAD", bearer(self.reader["secret"]), None), ("GET", [], None),
                    ("POST", bearer(self.writer["secret"]), b" " * 100_000), ("OPTIONS", PREFLIGHT, None))]
            for thread in asking:
                thread.start()
            for thread in asking:
                thread.join()
        finally:
            process.send_signal(signal.SIGCONT)
        self.reach("after the ledger hung", "GET", "/listings", bearer(self.reader["secret"]))

    def ask_hung(self, method, headers, body):
        began = time.monotonic()
        try:
            self.refuse(f"{method} {headers[:1]}, a hung ledger", 503, "UNAVAILABLE", None, method, "/listings", headers, body=body)
        except Exception as problem:
            self.expect(False, f"{method}, a hung ledger: {problem!r}")
        seconds = time.monotonic() - began
        self.expect(seconds < ANSWERED_WITHIN_SECONDS, f"{method}, a hung ledger: {seconds:.1f} s")

    def failures_of_backend(self):
        """What the backend says passes as it is, and when it fails the ledger is not blamed."""
        for status in (201, 400, 401, 403, 404, 429, 500, 503):
            answer = self.gateway.ask("GET", f"/status/{status}", bearer(self.reader["secret"]))
            self.expect(answer.status == status and "method" in answer.json, f"the backend's {status} became {answer}")
        answer = self.gateway.ask("POST", "/break", bearer(self.writer["secret"]))
        self.expect(answer.status in (502, 503), f"a backend that breaks off: {answer}")
        self.expect("UNAVAILABLE" not in answer.body.decode(), f"a backend that breaks off, and the ledger is blamed: {answer}")
