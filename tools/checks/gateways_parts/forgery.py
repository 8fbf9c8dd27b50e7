"""Nothing that a client claims of itself is believed, and nothing lowers what a request needs."""
from gateways_parts.credentials import INVALID, REALM, bearer

CLAIMED = (
    "X-Key-Id X-Key-Name X-Key-Scopes X-Account-Id X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto X-Forwarded-Method X-Forwarded-Uri"
    " X-Forwarded-Port X-Forwarded-Prefix X-Forwarded-Server X-Forwarded-User X-Real-IP X-Original-Method X-Original-URI X-Original-URL"
    " X-Rewrite-URL Forwarded X-Keyledger-Service-Key X-Keyledger-Status X-Keyledger-Code X-HTTP-Method-Override X-HTTP-Method"
    " X-Method-Override").split()
# Many backends make of each sign that is no letter and no digit the same one.
ALIASES = "X_Key_Id", "X_KEY_SCOPES", "X-Key_Name", "X_Account_Id", "X_Forwarded_For", "X_HTTP_Method_Override", "X.Key.Id", "X-Account.Id"


class Forgery:
    def lowering(self):
        """A client cannot make a request need less than it does."""
        key = bearer(self.lacking["secret"])
        lacking = REALM + ', error="insufficient_scope", scope="listings:write"'
        tricks = [
            ("X-Forwarded-Method", "GET"), ("X-Original-Method", "GET"), ("X-Forwarded-Uri", "/v1/auth?scope=listings:read"),
            ("X-Original-URI", "/v1/auth?scope=listings:read"), ("X-HTTP-Method-Override", "GET"), ("X-Key-Scopes", "*"),
            ("X-Keyledger-Status", "200"), ("Origin", "https://a.example"), ("Access-Control-Request-Method", "GET")]
        hop_by_hop = [("Connection", "close, X-Forwarded-Method, X-Forwarded-Uri, X-Original-Method")]
        for method in ("POST", "DELETE", "PROPFIND", "PATCH"):
            for path in ("/listings", "/listings?scope=listings:read&preflight=allow&proxy=none", "/%6cistings",
                         "//listings/%2e%2e/listings", "/listings?required_scope=listings:read", "/listings/&scope=listings:read"):
                self.refuse(f"{method} {path}", 403, "INSUFFICIENT_SCOPE", lacking, method, path, key + tricks)
            self.refuse(f"{method}, hop by hop", 403, "INSUFFICIENT_SCOPE", lacking, method, "/listings", key + hop_by_hop)
        for method, path in (("get", "/listings"), ("GETX", "/listings"), ("Head", "/listings"),
                             ("POST", "/listings/%3Fscope=listings:read"), ("POST", "/%2e%2e%2flistings"),
                             ("POST", "/listings%2F..%2F..%2F"), ("POST", "/listings%00")):
            before = self.backend.requests if self.backend else 0
            answer = self.gateway.ask(method, path, key)
            self.expect(answer.status in (400, 403, 404, 405, 501), f"{method} {path}: {answer}")
            self.expect(not self.backend or self.backend.requests == before, f"{method} {path} reached the backend")
        for method in ("GET", "POST", "DELETE"):
            for path in ("/listings", "/listings?environment=test", "/listings?environment=", "/v1/auth/for/environment=test/a"):
                self.refuse(f"{method} {path}, a test key", 401, "NOT_FOUND", INVALID, method, path, bearer(self.trial["secret"]))
        for path in ("/keyledger-auth", "/keyledger-auth?proxy=nginx", "//keyledger-auth", "/v1/auth", "/%40refused", "/unavailable"):
            answer = self.gateway.ask("GET", path)
            self.expect(answer.status in (401, 404), f"{path} without a key: {answer}")

    def expect_unforged(self, words, reached):
        told = {name: value for name, value in reached.items() if name not in self.gateway.headers_quoting_client}
        self.expect("forged" not in str(told), f"{words}: forged headers reached the backend: {reached}")
        self.expect(reached.get("x-forwarded-for") == "127.0.0.1", f"{words}: X-Forwarded-For: {reached}")

    def forged(self):
        """What a client says of itself in the gateway's own headers never reaches the backend."""
        forged = [(name, "forged") for name in CLAIMED] + [("X-Key-Id", "forged"), ("x-forwarded-for", "forged, 127.0.0.1")]
        self.expect_unforged("a good key", self.reach("a good key", "OPTIONS", "/listings", bearer(self.writer["secret"]) + forged))
        preflight = [("Origin", "https://a.example"), ("Access-Control-Request-Method", "PUT")]
        if self.gateway.tells_ledger_all:
            # The ledger is told two methods, and believes neither.
            self.refuse("a preflight", 401, "MISSING", REALM, "OPTIONS", "/listings", preflight + forged)
        else:
            self.expect_unforged("a preflight", self.reach("a preflight", "OPTIONS", "/listings", preflight + forged))

    def aliased(self):
        """Nor in headers that a backend may take for them. A gateway may turn such requests away."""
        for name in ALIASES:
            before = self.backend.requests
            answer = self.gateway.ask("GET", "/listings", bearer(self.reader["secret"]) + [(name, "forged")])
            self.expect(answer.status in (200, 400), f"{name}: {answer}")
            self.expect(answer.status == 200 or self.backend.requests == before, f"{name}: the backend was asked, {answer}")
            self.expect("forged" not in answer.body.decode(), f"{name} reached the backend: {answer}")

    def named_hop_by_hop(self):
        """A client says that the gateway's own headers end at the next hop: the identity must reach the backend all the same.

        A gateway may turn such requests away by itself.
        """
        for named in ("close, X-Account-Id", "X-Key-Id, X-Key-Name, X-Key-Scopes, X-Account-Id", "close, X-Forwarded-For, X-Real-IP",
                      "keep-alive, x-account-id, x-forwarded-for", "Upgrade, X-Account-Id"):
            words, connection = f"Connection: {named}", [("Connection", named)]
            before = self.backend.requests
            answer = self.gateway.ask("GET", "/listings", bearer(self.fenced["secret"]) + connection, source="127.0.0.3")
            self.expect(answer.status in (400, 403), f"{words}, wrong address: {answer}")
            if answer.status == 400:
                answer = self.gateway.ask("GET", "/listings", bearer(self.reader["secret"]) + connection)
                self.expect(answer.status == 400, f"{words}: {answer}")
                self.expect(self.backend.requests == before, f"{words}: the backend was asked")
                continue
            reached = self.reach(words, "GET", "/listings", bearer(self.reader["secret"]) + connection)
            identity = [reached.get(name) for name in ("x-key-id", "x-account-id", "x-key-scopes")]
            self.expect(identity == [self.reader["id"], "acme", " ".join(self.gateway.reading_scopes)], f"{words}: {reached}")
            self.expect(reached.get("x-key-name"), f"{words}: {reached}")
            self.expect(reached.get("x-forwarded-for") == "127.0.0.1", f"{words}: {reached}")
            # A backend that goes by what it names would drop them.
            self.expect("x-" not in reached.get("connection", "").lower(), f"{words}: {reached}")
