"""What must hold through every gateway: the right answers, and nothing of a client's taken for truth."""
import time

from support import Client

REALM = 'Bearer realm="keyledger"'
INVALID = REALM + ', error="invalid_token"'
BAD = REALM + ', error="invalid_request"'


def bearer(secret):
    return [("Authorization", f"Bearer {secret}")]


class Cases:
    def __init__(self, run, ledger, server, unknown):
        """Makes the keys; `server` answers on its main port. `unknown`: a key of another ledger."""
        self.run, self.ledger, self.secrets = run, ledger, []
        client = Client(server.port, ledger.admin)
        self.client = client
        self.reader = self.key("Reader – Zürich", accountId="acme", scopes=["listings:read"])
        self.writer = self.key("writer", accountId="acme", scopes=["listings:*"])
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
        """All cases. `backend`: one that tells what reached it, or `None`."""
        self.gateway, self.backend = gateway, backend
        self.accepted()
        self.refused()
        self.preflights()
        self.lowering()
        if backend:
            self.forged()
            self.statuses_of_backend()
        self.recorded()

    def expect(self, condition, words):
        self.run.expect(condition, f"{self.gateway.name}: {words}")

    def reach(self, words, method, path, headers, **more):
        """The request passes. What reached the backend, where that tells."""
        answer = self.gateway.ask(method, path, headers, **more)
        self.expect(answer.status == 200, f"{words}: {answer.status} {answer.body[:300]!r}")
        if not self.backend or method == "HEAD" or answer.status != 200:
            return {}
        return {name.lower(): value for name, value in answer.json["headers"]}

    def refuse(self, words, status, code, challenge, method, path, headers, **more):
        """The request does not pass, and the client is told why."""
        before = self.backend.requests if self.backend else 0
        answer = self.gateway.ask(method, path, headers, **more)
        told = f"{words}: {answer.status} {answer.headers} {answer.body[:300]!r}"
        self.expect(answer.status == status, f"{status} expected, {told}")
        self.expect(answer.one("Content-Type") == "application/problem+json", f"no problem document, {told}")
        if method != "HEAD":
            self.expect(answer.json.get("code") == code and answer.json.get("status") == status, f"{code} expected, {told}")
        self.expect(answer.all("WWW-Authenticate") == ([challenge] if challenge else []), f"{challenge} expected, {told}")
        self.expect(answer.one("Cache-Control") == "no-store", f"no-store expected, {told}")
        self.expect((answer.one("Retry-After") or "").isdigit() == (status == 503), f"Retry-After, {told}")
        self.expect(not self.backend or self.backend.requests == before, f"the backend was asked, {told}")

    def accepted(self):
        reached = self.reach("a good key", "GET", "/listings/42?page=2", bearer(self.reader["secret"]))
        if reached:
            self.expect(reached["x-key-id"] == self.reader["id"] and reached["x-account-id"] == "acme", f"identity {reached}")
            self.expect(reached["x-key-name"] == "Reader%20%E2%80%93%20Z%C3%BCrich", f"name {reached}")
            self.expect(reached["x-key-scopes"] == "listings:read", f"scopes {reached}")
            self.expect("authorization" not in reached, "the key was passed on")
        reached = self.reach("a good key in X-API-Key", "GET", "/listings", [("X-API-Key", self.reader["secret"])])
        self.expect("x-api-key" not in reached, "the key was passed on")
        self.reach("HEAD", "HEAD", "/listings", bearer(self.reader["secret"]))
        for method in ("POST", "PUT", "PATCH", "DELETE", "PROPFIND"):
            self.reach(f"{method} with the scope", method, "/listings", bearer(self.writer["secret"]), body=b'{"a":1}')
        self.reach("a large body", "POST", "/listings", bearer(self.writer["secret"]), body=b" " * 900_000)
        self.reach("the right address", "GET", "/listings", bearer(self.fenced["secret"]), source="127.0.0.2")

    def refused(self):
        good = self.reader["secret"]
        for words, headers, path in (
                ("two ways at once", bearer(good) + [("X-API-Key", good)], "/a"), ("the same twice", [("X-API-Key", good)] * 2, "/a"),
                ("another scheme", [("Authorization", "Basic " + good)], "/a"), ("no scheme", [("Authorization", good)], "/a"),
                ("a key in the query", bearer(good), "/a?page=1&api_key=" + good), ("another spelling", [], "/a?API%5fKEY=x")):
            self.refuse(words, 400, "BAD_HEADER", BAD, "GET", path, headers)
        self.refuse("no key", 401, "MISSING", REALM, "GET", "/listings", [])
        self.refuse("no key, HEAD", 401, "MISSING", REALM, "HEAD", "/listings", [])
        self.refuse("no key, with a body", 401, "MISSING", REALM, "POST", "/listings", [], body=b" " * 100_000)
        for words, secret, code in (
                ("mistyped", good[:-1], "MALFORMED"), ("nonsense", "x", "MALFORMED"), ("of another ledger", self.unknown, "NOT_FOUND"),
                ("of another environment", self.trial["secret"], "NOT_FOUND"),
                ("revoked", self.revoked["secret"], "REVOKED"), ("expired", self.expired["secret"], "EXPIRED"),
                ("disabled", self.disabled["secret"], "DISABLED")):
            self.refuse(words, 401, code, INVALID, "GET", "/listings.html", bearer(secret))
        self.refuse("wrong address", 403, "IP_NOT_ALLOWED", None, "GET", "/listings", bearer(self.fenced["secret"]), source="127.0.0.3")
        self.refuse(
            "wrong address, another claimed", 403, "IP_NOT_ALLOWED", None, "GET", "/listings",
            bearer(self.fenced["secret"]) + [("X-Forwarded-For", "127.0.0.2"), ("X-Real-IP", "127.0.0.2"), ("Forwarded", "for=127.0.0.2")],
            source="127.0.0.3")

    def lowering(self):
        """A client cannot make a request need less than it does."""
        key = bearer(self.reader["secret"])
        lacking = REALM + ', error="insufficient_scope", scope="listings:write"'
        tricks = [
            ("X-Forwarded-Method", "GET"), ("X-Original-Method", "GET"), ("X-Forwarded-Uri", "/v1/auth?scope=listings:read"),
            ("X-Original-URI", "/v1/auth?scope=listings:read"), ("X-HTTP-Method-Override", "GET"), ("X-Key-Scopes", "*"),
            ("X-Keyledger-Status", "200"), ("Origin", "https://a.example"), ("Access-Control-Request-Method", "GET")]
        for method in ("POST", "DELETE", "PROPFIND", "PATCH"):
            for path in ("/listings", "/listings?scope=listings:read&preflight=allow&proxy=none", "/%6cistings", "//listings/%2e%2e/listings",
                         "/listings?required_scope=listings:read", "/listings/%3Fscope=listings:read"):
                self.refuse(f"{method} {path}", 403, "INSUFFICIENT_SCOPE", lacking, method, path, key + tricks)
        for method in ("get", "GETX", "Head"):
            before = self.backend.requests if self.backend else 0
            answer = self.gateway.ask(method, "/listings", key)
            self.expect(answer.status in (400, 403, 405, 501), f"{method}: {answer.status}")
            self.expect(not self.backend or self.backend.requests == before, f"{method} reached the backend")
        for method in ("GET", "POST", "DELETE"):
            for path in ("/listings", "/listings?environment=test", "/listings?environment=", "/v1/auth/for/environment=test/a"):
                self.refuse(f"{method} {path}, a test key", 401, "NOT_FOUND", INVALID, method, path, bearer(self.trial["secret"]))
        for path in ("/keyledger-auth", "/keyledger-auth?proxy=nginx", "//keyledger-auth", "/v1/auth", "/%40refused"):
            answer = self.gateway.ask("GET", path)
            self.expect(answer.status in (401, 404), f"{path} without a key: {answer.status}")

    def preflights(self):
        wanted = [("Origin", "https://a.example"), ("Access-Control-Request-Method", "DELETE")]
        reached = self.reach("a preflight", "OPTIONS", "/listings", wanted)
        if reached:
            self.expect(all(reached[name] == "-" for name in ("x-key-id", "x-key-name", "x-key-scopes", "x-account-id")), f"{reached}")
        self.refuse("OPTIONS that is no preflight", 401, "MISSING", REALM, "OPTIONS", "/listings", wanted[:1])
        self.refuse("OPTIONS that is no preflight", 401, "MISSING", REALM, "OPTIONS", "/listings", wanted[1:])
        pretended = wanted + [("X-Forwarded-Method", "OPTIONS"), ("X-Original-Method", "OPTIONS")]
        for method in ("GET", "DELETE"):
            self.refuse("what pretends to be one", 401, "MISSING", REALM, method, "/listings", pretended)

    def forged(self):
        """What a client says of itself in the gateway's own headers never reaches the backend."""
        names = (
            "X-Key-Id X-Key-Name X-Key-Scopes X-Account-Id X_Key_Id X_KEY_SCOPES X_Account_Id X-Forwarded-For X-Forwarded-Host"
            " X-Forwarded-Proto X-Forwarded-Method X-Forwarded-Uri X-Forwarded-Port X-Forwarded-Prefix X-Forwarded-Server X-Forwarded-User X-Real-IP X-Original-Method"
            " X-Original-URI X-Original-URL X-Rewrite-URL Forwarded X-Keyledger-Service-Key X-Keyledger-Status X-Keyledger-Code"
            " X-HTTP-Method-Override X-HTTP-Method X-Method-Override").split()
        forged = [(name, "forged") for name in names] + [("X-Key-Id", "forged"), ("x-forwarded-for", "forged, 127.0.0.1")]
        for words, headers in (("a good key", bearer(self.writer["secret"])),
                               ("a preflight", [("Origin", "https://a.example"), ("Access-Control-Request-Method", "PUT")])):
            reached = self.reach(words, "OPTIONS", "/listings", headers + forged)
            self.expect("forged" not in str(reached), f"forged headers reached the backend: {reached}")
            self.expect(reached.get("x-forwarded-for") == "127.0.0.1", f"X-Forwarded-For: {reached}")

    def statuses_of_backend(self):
        for status in (201, 400, 401, 403, 404, 429, 500, 503):
            answer = self.gateway.ask("GET", f"/status/{status}", bearer(self.reader["secret"]))
            self.expect(answer.status == status and "method" in answer.json, f"the backend's {status} became {answer.status}")

    def recorded(self):
        """The log has the customer's own method, path and address, whatever else was claimed."""
        claimed = [(name, "forged") for name in ("X-Forwarded-Method", "X-Original-Method")] + [
            ("X-Forwarded-Uri", "/forged"), ("X-Original-URI", "/forged"), ("X-Forwarded-For", "203.0.113.9"), ("X-Real-IP", "203.0.113.9")]
        self.reach("a use", "PUT", "/listings/7%20a?token=hidden", bearer(self.writer["secret"]) + claimed, source="127.0.0.5")
        use = [event for event in self.ledger.events() if event["type"] == "KeyUsed" and event["keyId"] == self.writer["id"]][-1]
        personal = use["personal"]
        self.expect(
            (personal["method"], personal["path"], personal["clientAddress"]) == ("PUT", "/listings/7%20a", "127.0.0.5"),
            f"recorded: {personal}")
        self.expect(use["scopesAsked"] == ["listings:write"], f"recorded: {use}")

    def without_ledger(self):
        """The ledger is stopped: 503, whoever asks."""
        for words, headers in (("a good key", bearer(self.reader["secret"])), ("X-API-Key", [("X-API-Key", self.reader["secret"])]),
                               ("no key", []), ("a preflight", [("Origin", "https://a.example"), ("Access-Control-Request-Method", "PUT")])):
            for method in ("GET", "POST", "OPTIONS"):
                self.refuse(f"{method} with {words}, no ledger", 503, "UNAVAILABLE", None, method, "/listings", headers)

    def no_secret_in(self, text, where):
        self.expect(not any(secret in text for secret in self.secrets), f"a secret stands in {where}")
