"""What must hold through every gateway: the right answers, and nothing of a client's taken for truth."""
import time

from gateways_parts.credentials import bearer
from gateways_parts.forgery import Forgery
from gateways_parts.outages import Outages
from gateways_parts.upgrades import Upgrades
from gateways_parts.verdicts import Verdicts
from support import Client


class Cases(Verdicts, Forgery, Upgrades, Outages):
    def __init__(self, run, ledger, server, unknown, kind):
        """Makes the keys; `server` answers on its main port. `unknown`: a key of another ledger. `kind`: of gateway."""
        self.run, self.ledger, self.server, self.secrets = run, ledger, server, []
        client = Client(server.port, ledger.admin)
        self.client = client
        self.reader = self.key("Reader – Zürich", accountId="acme", scopes=list(kind.reading_scopes))
        self.writer = self.key("writer", accountId="acme", scopes=["listings:*"])
        self.lacking = self.key("lacking", accountId="acme", scopes=["listings:read"])
        self.trial = self.key("trial", accountId="acme", environment="test", scopes=["*"])
        self.fenced = self.key("fenced", scopes=["listings:*"], ipAllowlist=["127.0.0.2"])
        self.revoked, self.disabled = self.key("revoked", scopes=["*"]), self.key("disabled", scopes=["*"])
        client.revoke(self.revoked["id"])
        client.expect({200}, "POST", f"/v1/keys/{self.disabled['id']}/disable")
        self.expired = ledger.create("expired", "--scope", "*", "--expires", "1s")
        self.unknown = unknown
        self.secrets += [self.expired["secret"], unknown]
        time.sleep(1.2)

    def key(self, name, **fields):
        key = self.client.create(name, **fields)
        self.secrets.append(key["secret"])
        return key

    def through(self, gateway, backend):
        """All cases with a ledger that answers. `backend`: one that tells what reached it, or `None`."""
        self.gateway, self.backend = gateway, backend
        self.accepted()
        self.refused()
        self.preflights()
        self.lowering()
        if backend:
            self.kept_alive()
            self.forged()
            self.aliased()
            self.named_hop_by_hop()
            self.foreign_upgrades()
            self.websockets()
            self.failures_of_backend()
        self.recorded()

    def expect(self, condition, words):
        self.run.expect(condition, f"{self.gateway.name}: {words}")

    def reach(self, words, method, path, headers, **more):
        """The request passes. What reached the backend, where that tells."""
        answer = self.gateway.ask(method, path, headers, **more)
        self.expect(answer.status == 200, f"{words}: {answer}")
        if not self.backend or method == "HEAD" or answer.status != 200:
            return {}
        return {name.lower(): value for name, value in answer.json["headers"]}

    def refuse(self, words, status, code, challenge, method, path, headers, **more):
        """The request does not pass, and the client is told why."""
        before = self.backend.requests if self.backend else 0
        answer = self.gateway.ask(method, path, headers, **more)
        shown = self.gateway.shown(status)
        self.expect(answer.status == shown, f"{shown} expected, {words}: {answer}")
        self.expect(not self.backend or self.backend.requests == before, f"the backend was asked, {words}: {answer}")
        if not self.gateway.shows_refusals:
            return
        if method != "HEAD":
            self.expect(answer.one("Content-Type") == "application/problem+json", f"no problem document, {words}: {answer}")
            told = answer.json.get("code"), answer.json.get("status")
            self.expect(told == (code, status), f"{code} expected, {words}: {answer}")
        self.expect(answer.all("WWW-Authenticate") == ([challenge] if challenge else []), f"{challenge} expected, {words}: {answer}")
        self.expect(answer.one("Cache-Control") == "no-store", f"no-store expected, {words}: {answer}")
        self.expect((answer.one("Retry-After") or "").isdigit() == (status == 503), f"Retry-After, {words}: {answer}")

    def no_secret_in(self, text, where):
        self.expect(not any(secret in text for secret in self.secrets), f"a secret stands in {where}")
