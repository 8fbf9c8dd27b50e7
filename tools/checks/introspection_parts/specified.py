"""What RFC 7662 and the description of the interface say, asked byte for byte."""
import time
import urllib.parse

from introspection_parts.questions import FORM, PATH, Questions, basic, bearer

NEVER_ISSUED = "lhql_live_" + "0" * 49


class Specified(Questions):
    def __init__(self, run, server, keys):
        super().__init__(run, server.port)
        self.keys, self.service = keys, bearer(keys.service["secret"])

    def check(self):
        self.good_keys()
        self.refused_keys()
        self.forms()
        self.callers()
        self.as_verify()
        self.recorded()

    def token(self, key):
        return urllib.parse.urlencode({"token": key["secret"]})

    def good_keys(self):
        keys = self.keys
        for key in (keys.reader, keys.writer, keys.bare, keys.lacking, keys.trial, keys.of_other, keys.erased, keys.replaced,
                    keys.newer, keys.service):
            self.active(key["name"], key, self.service)
        for words, caller in (
                ("X-API-Key", [("X-API-Key", keys.service["secret"])]), ("Basic", basic(keys.service["secret"])),
                ("Basic, an odd user", basic(keys.service["secret"], "my service: 1 + 1 = ü%")),
                ("Basic, no user", basic(keys.service["secret"], "")),
                ("an account's own key", bearer(keys.of_acme["secret"])), ("the admin key", bearer(keys.ledger.admin))):
            self.active(words, keys.reader, caller)
            self.inactive(f"{words}, a revoked key", keys.revoked["secret"], caller, refused=keys.revoked)

    def refused_keys(self):
        keys = self.keys
        for key in (keys.revoked, keys.expired, keys.disabled, keys.fenced):
            self.inactive(key["name"], key["secret"], self.service, refused=key)
        for words, secret in (
                ("of another ledger", keys.unknown), ("never issued", NEVER_ISSUED), ("mistyped", keys.reader["secret"][:-1]),
                ("nonsense", "x"), ("with a space", keys.reader["secret"] + " "), ("long", "x" * 5000), ("an id", keys.reader["id"]),
                ("not ASCII", "ключ\0")):
            self.inactive(words, secret, self.service)
        # An account's key learns nothing of those of others, and nothing is recorded of them.
        self.inactive("of another account", keys.of_other["secret"], bearer(keys.of_acme["secret"]))
        self.inactive("of the operator", keys.service["secret"], bearer(keys.of_acme["secret"]))

    def forms(self):
        key, form = self.keys.reader, self.token(self.keys.reader)
        for words, body in (
                ("a hint", f"{form}&token_type_hint=access_token"), ("another hint", f"token_type_hint=refresh_token&{form}"),
                ("a hint that nobody knows", f"{form}&token_type_hint=api%20key"),
                ("parameters that nobody knows", f"a=b&{form}&c&=&scope=none&ip=192.0.2.1"),
                ("all percent-encoded", "token=" + "".join(f"%{byte:02x}" for byte in key["secret"].encode())),
                ("the name percent-encoded", form.replace("token", "%74oken"))):
            self.active(words, key, self.service, body)
        told = self.ask(form, self.service, content_type=f"{FORM}; charset=UTF-8")
        self.uses[key["id"]] += 1
        self.is_active("with a charset", key, told.status, told.headers.get("Content-Type", ""), told.json, str(told))
        for words, body in (
                ("nothing", ""), ("no token", "token_type_hint=access_token"), ("another name", form.replace("token", "Token")),
                # RFC 6749, section 3.2: what has no value is left out.
                ("no value", "token"), ("an empty value", "token="),
                ("the token twice", f"{form}&{form}"), ("two tokens", f"{form}&token=x"), ("JSON", '{"token": "x"}')):
            self.refuse(words, 400, body, self.service)
        told = self.ask('{"token": "x"}', self.service, content_type="application/json")
        self.run.expect(told.status in (400, 415), f"JSON: {told}")
        # What an address says is in many logs: it is not read, and a key there is told of.
        self.refuse("the token in the query", 400, "", self.service, path=f"{PATH}?token=x")
        told = self.ask("", self.service, path=f"{PATH}?{form}")
        self.run.expect(told.status == 400, f"a key in the query: {told}")
        told = self.ask("", self.service, method="GET", path=PATH)
        self.run.expect(told.status == 405 and told.headers.get("Allow") == "POST", f"GET: {told}")

    def callers(self):
        keys, form = self.keys, self.token(self.keys.reader)
        self.refuse("nobody asks", 401, form, [], challenged=True)
        in_form = urllib.parse.urlencode({"client_id": "gateway", "client_secret": keys.service["secret"]})
        self.refuse("credentials in the form", 401, f"{form}&{in_form}", [], challenged=True)
        for words, secret in (
                ("revoked", keys.revoked["secret"]), ("expired", keys.expired["secret"]), ("disabled", keys.disabled["secret"]),
                ("unknown", keys.unknown), ("mistyped", keys.service["secret"][:-1]), ("nonsense", "x")):
            for headers in (bearer(secret), [("X-API-Key", secret)], basic(secret)):
                self.refuse(f"who asks is {words}, {headers[0][1][:6]}", 401, form, headers, challenged=True)
        for headers in (bearer(keys.writer["secret"]), basic(keys.writer["secret"])):
            self.refuse("no permission", 403, form, headers)
        for words, headers in (
                ("Basic that is none", [("Authorization", "Basic ###")]), ("Basic without a colon", [("Authorization", "Basic eA==")]),
                ("Basic with nothing", [("Authorization", "Basic")]), ("another scheme", [("Authorization", "Digest x")]),
                ("two ways at once", [*self.service, *basic(keys.service["secret"])]),
                ("the key as the user", [("Authorization", basic("", keys.service["secret"])[0][1])])):
            told = self.ask(form, headers)
            self.run.expect(told.status in (400, 401) and told.headers.get("WWW-Authenticate"), f"{words}: {told}")
        # A right answer follows on the same connection.
        self.active("after all that", keys.reader, self.service)

    def as_verify(self):
        """Whatever is active is valid, and the other way round; here nothing is recorded of verifying."""
        for key in self.keys.all:
            verdict = self.keys.client.verify(key["secret"], dryRun=True)
            if verdict["valid"]:
                self.active(f"as verify says: {key['name']}", key, self.service)
            else:
                self.inactive(f"as verify says, {verdict['code']}: {key['name']}", key["secret"], self.service, refused=key)

    def recorded(self):
        """Each introspection that says `active` is a use, each of a known key that does not a refusal. Refusals are told after a second."""
        keys = [key for key in self.keys.all if key["id"] in self.uses or key["id"] in self.refusals]
        expected = {key["id"]: (self.uses.get(key["id"], 0), self.refusals.get(key["id"], 0)) for key in keys}
        # Calling the ledger is a use, or a refusal, of the caller's own key too, told later.
        for caller in (self.keys.service, self.keys.of_acme, self.keys.revoked, self.keys.expired, self.keys.disabled, self.keys.writer):
            expected.pop(caller["id"], None)
        until, differing = time.monotonic() + 5, None
        while time.monotonic() < until and differing != {}:
            shown = {key["id"]: self.keys.shown(key) for key in keys if key["id"] in expected}
            counts = {key_id: (key["usageCount"], key["refusedCount"]) for key_id, key in shown.items()}
            differing = {key_id: (count, expected[key_id]) for key_id, count in counts.items() if count != expected[key_id]}
            time.sleep(0.1)
        self.run.expect(not differing, f"uses and refusals, and those that were expected: {differing}")
        kinds = {}
        for event in self.keys.ledger.events():
            if event["type"] in ("KeyUsed", "KeyRefused"):
                kinds.setdefault(event["keyId"], set()).add(event["type"])
        self.run.expect("KeyUsed" in kinds.get(self.keys.reader["id"], ()), "no use in the log")
        fenced = kinds.get(self.keys.fenced["id"])
        self.run.expect(fenced == {"KeyRefused"}, f"a key that was refused only: {fenced}")
