"""Each kind of key and credential gets the right answer, and the log has it."""
import http.client

from gateways_parts.credentials import BAD, INVALID, REALM, bearer
from support import HOST


class Verdicts:
    def accepted(self):
        reached = self.reach("a good key", "GET", "/listings/42?page=2", bearer(self.reader["secret"]))
        if reached:
            self.expect(reached["x-key-id"] == self.reader["id"] and reached["x-account-id"] == "acme", f"identity {reached}")
            self.expect(reached["x-key-name"] == "Reader%20%E2%80%93%20Z%C3%BCrich", f"name {reached}")
            self.expect(reached["x-key-scopes"] == " ".join(self.gateway.reading_scopes), f"scopes {reached}")
            self.expect("authorization" not in reached, "the key was passed on")
        reached = self.reach("a good key in X-API-Key", "GET", "/listings", [("X-API-Key", self.reader["secret"])])
        self.expect("x-api-key" not in reached, "the key was passed on")
        self.reach("HEAD", "HEAD", "/listings", bearer(self.reader["secret"]))
        for method in ("POST", "PUT", "PATCH", "DELETE", "PROPFIND"):
            self.reach(f"{method} with the scope", method, "/listings", bearer(self.writer["secret"]), body=b'{"a":1}')
        for words, body, length in (
                ("no body", b"", 0), ("a large body", b" " * 900_000, 900_000), ("chunks", [b" " * 70_000] * 3, 210_000)):
            answer = self.gateway.ask("POST", "/listings", bearer(self.writer["secret"]), body=body)
            self.expect(answer.status == 200, f"{words}: {answer}")
            self.expect(not self.backend or answer.json.get("length") == length, f"{words}: {answer}")
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

    def kept_alive(self):
        """Refusals leave a connection as it should be, or closed: what follows on it is a request of its own."""
        connection = http.client.HTTPConnection(HOST, self.gateway.port, timeout=30)
        smuggled = b"GET /smuggled HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + self.reader["secret"].encode() + b"\r\n\r\n"
        for _ in range(2):
            for method, secret, body, status in (
                    ("HEAD", "x", None, 401), ("GET", self.reader["secret"], None, 200), ("POST", "x", smuggled, 401),
                    ("GET", self.reader["secret"], None, 200), ("HEAD", self.reader["secret"], None, 200),
                    ("POST", self.lacking["secret"], smuggled * 100, 403), ("GET", self.reader["secret"], None, 200)):
                before = self.backend.requests
                connection.request(method, "/listings", body, dict(bearer(secret)))
                response = connection.getresponse()
                text = response.read()
                words = f"{method} on a connection kept alive: {response.status} {text[:300]!r}"
                self.expect(response.status == status, f"{status} expected, {words}")
                reached = self.backend.requests - before
                self.expect(reached == (status == 200), f"{reached} reached the backend, {words}")
        connection.close()

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

    def recorded(self):
        """The log has the customer's own method, path and address, whatever else was claimed."""
        claimed = [(name, "forged") for name in ("X-Forwarded-Method", "X-Original-Method")] + [
            ("X-Forwarded-Uri", "/forged"), ("X-Original-URI", "/forged"), ("X-Forwarded-For", "203.0.113.9"), ("X-Real-IP", "203.0.113.9")]
        self.reach("a use", "PUT", "/listings/7%20a?token=hidden", bearer(self.writer["secret"]) + claimed, source="127.0.0.5")
        use = [event for event in self.ledger.events() if event["type"] == "KeyUsed" and event["keyId"] == self.writer["id"]][-1]
        personal = use["personal"]
        # Of what is told twice, and differently, nothing is recorded.
        told = (None, None) if self.gateway.tells_ledger_all else ("PUT", "/listings/7%20a")
        self.expect((personal["method"], personal["path"], personal["clientAddress"]) == (*told, "127.0.0.5"), f"recorded: {personal}")
        self.expect(use["scopesAsked"] == ["listings:write"], f"recorded: {use}")
