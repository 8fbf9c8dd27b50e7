"""The listings API behind a gateway: it verifies the key once more, and goes by nothing else that a client says."""
import json

from gateways_parts.cases import Cases
from gateways_parts.credentials import INVALID, bearer

LISTING = {
    "externalId": "E-1", "title": "Bright flat", "offer": "rent", "propertyType": "apartment", "status": "active", "street": "Kerkweg 1",
    "city": "Utrecht", "postalCode": "3511 AB", "country": "NL", "price": 120000, "currency": "EUR"}
PATH = "/v1/listings"


class ListingsCases(Cases):
    def through(self, gateway, listings):
        """All cases. `listings`: the listings API behind the gateway."""
        self.gateway, self.backend, self.listings = gateway, None, listings
        self.neighbour = self.key("neighbour", accountId="other", scopes=["listings:*"])
        self.changed()
        self.refused()
        self.lowering()
        self.answers_of_backend()
        self.forged_account()
        self.addresses()
        self.counted()

    def ask(self, key, method, path, body=None, headers=(), source="127.0.0.1"):
        sent = bearer(key["secret"]) + list(headers)
        if body is not None:
            body = json.dumps(body).encode()
            sent.append(("Content-Type", "application/json"))
        return self.gateway.ask(method, path, sent, source=source, body=body)

    def expect_answer(self, answer, status, words):
        self.expect(answer.status == status, f"{words}: {answer.status} {answer.body[:300]!r}, {status} expected")
        return answer

    def changed(self):
        """A listing is made, shown, changed and found through the gateway, with the headers that this takes."""
        made = self.expect_answer(self.ask(self.writer, "POST", PATH, LISTING), 201, "making a listing")
        path, tag = made.one("Location"), made.one("ETag")
        self.expect(path and tag, f"no Location or ETag: {made.headers}")
        self.expect_answer(self.ask(self.reader, "GET", path, headers=[("If-None-Match", tag)]), 304, "a listing that is known")
        changed = self.ask(self.writer, "PATCH", path, {"price": 1}, [("If-Match", tag)])
        self.expect(self.expect_answer(changed, 200, "changing a listing").json.get("price") == 1, f"changed: {changed.body!r}")
        found = self.expect_answer(self.ask(self.reader, "GET", PATH + "?limit=5"), 200, "listing").json["data"]
        self.expect([listing["externalId"] for listing in found] == ["E-1"], f"found: {found}")
        for method, body in (("PATCH", {"price": 2}), ("PUT", LISTING), ("DELETE", None), ("GET", None)):
            self.refuse(
                f"{method} with a test key", 401, "NOT_FOUND", INVALID, method, path,
                bearer(self.trial["secret"]) + [("If-Match", changed.one("ETag")), ("Content-Type", "application/json")],
                body=None if body is None else json.dumps(body).encode())
            direct, _, answer = self.listings.call(self.trial["secret"], method, path, body, If_Match=changed.one("ETag"))
            self.expect((direct, answer["code"]) == (401, "NOT_FOUND"), f"{method} with a test key, directly: {direct} {answer}")
        by_header = self.gateway.ask("GET", PATH, [("X-API-Key", self.reader["secret"])])
        self.expect_answer(by_header, 200, "the key in X-API-Key")
        self.expect_answer(self.ask(self.reader, "HEAD", PATH), 200, "HEAD")

    def answers_of_backend(self):
        """What the listings API refuses by itself reaches the client as it said it."""
        for words, status, code, answer in (
                ("an unknown listing", 404, "UNKNOWN_LISTING", self.ask(self.reader, "GET", PATH + "/lst_" + "0" * 32)),
                ("a bad parameter", 400, "INVALID_FIELD", self.ask(self.reader, "GET", PATH + "?limit=0")),
                ("an external id once more", 409, "EXTERNAL_ID_TAKEN", self.ask(self.writer, "POST", PATH, LISTING)),
                ("no If-Match", 428, "PRECONDITION_REQUIRED", self.ask(self.writer, "DELETE", PATH + "/lst_" + "0" * 32)),
                ("another address", 404, "UNKNOWN_ROUTE", self.ask(self.reader, "GET", "/nowhere"))):
            self.expect_answer(answer, status, words)
            self.expect(answer.json.get("code") == code, f"{words}: {answer.body[:300]!r}, {code} expected")

    def forged_account(self):
        """A client that says it is somebody else stays who its key says."""
        forged = [("X-Account-Id", "acme"), ("X-Key-Id", self.writer["id"]), ("X-Key-Scopes", "listings:*"), ("X-Forwarded-User", "acme")]
        found = self.expect_answer(self.ask(self.neighbour, "GET", PATH, headers=forged), 200, "another account").json["data"]
        self.expect(found == [], f"a forged account sees {found}")
        self.expect_answer(self.ask(self.neighbour, "POST", PATH, LISTING, forged), 201, "making a listing with a forged account")
        mine = self.ask(self.writer, "GET", PATH).json["data"]
        self.expect(len(mine) == 1, f"a forged account made a listing: {mine}")

    def addresses(self):
        """The client's address counts at both, not the gateway's."""
        claimed = [("X-Forwarded-For", "127.0.0.2")]
        self.expect_answer(self.ask(self.fenced, "GET", PATH, source="127.0.0.2"), 200, "the right address")
        self.expect_answer(self.ask(self.fenced, "GET", PATH, headers=claimed, source="127.0.0.3"), 403, "a wrong address")
        direct = self.listings.call(self.fenced["secret"], "GET", PATH, X_Forwarded_For="127.0.0.3")[0]
        self.expect(direct == 403, f"the listings API takes an address of its proxy for another: {direct}")

    def counted(self):
        """Each of the two that verify counts the call."""
        def uses():
            return [
                event for event in self.ledger.events() if event["type"] == "KeyUsed" and event["keyId"] == self.neighbour["id"]]

        before = len(uses())
        self.ask(self.neighbour, "GET", PATH + "?limit=1", source="127.0.0.5")
        new = uses()[before:]
        kinds = sorted((use["actor"]["kind"], use["personal"]["clientAddress"], use["personal"]["path"]) for use in new)
        self.expect(kinds == [("key", "127.0.0.5", PATH), ("system", "127.0.0.5", PATH)], f"recorded: {new}")
