"""Which calls are made, written for programs in any language, and what is right as an answer.

A plan is a file of lines with the fields worker, method, URL, mode, body and headers, separated by tabs; the headers (`name: value`) are
separated by U+001F. The workers, numbered from 0, are at work side by side; each makes its calls one after the other. The mode of a body
is `none`, `sized`, `chunked`, or `expect`: sized, and announced with `Expect: 100-continue`. Answers are lines with the fields index of
the call, status (0 where there was none), milliseconds, headers, body in base64, and what went wrong.
"""
import base64
import json
from dataclasses import dataclass, field

from support import HOST

REALM = 'Bearer realm="keyledger"'
INVALID = REALM + ', error="invalid_token"'
BAD = REALM + ', error="invalid_request"'
LACKING = REALM + ', error="insufficient_scope", scope="listings:read"'
JSON = ("Content-Type", "application/json")
# A call may take so long, but for the first one of a program, which may still be loading itself. Clients that are not asked for a body
# send it after a second.
SECONDS_MAX, FIRST_SECONDS_MAX = 0.9, 4


@dataclass(frozen=True)
class Call:
    """`told`: fields of the JSON answer. `shown`: its headers. `may_end`: the answer does not depend on the body, and where it is given
    before that is read, it ends the connection."""

    method: str
    port: int
    path: str
    headers: tuple
    status: int
    mode: str = "none"
    body: str = ""
    told: dict = field(default_factory=dict)
    shown: dict = field(default_factory=dict)
    may_end: bool = False

    def __str__(self):
        names = [name for name, _ in self.headers]
        return f"{self.method} {self.path} ({self.mode} body of {len(self.body)} bytes, headers {names})"

    def row(self, worker):
        headers = "\x1f".join(f"{name}: {value}" for name, value in self.headers)
        return "\t".join((str(worker), self.method, f"http://{HOST}:{self.port}{self.path}", self.mode, self.body, headers))


@dataclass
class Answer:
    status: int
    milliseconds: int
    headers: list
    body: bytes
    failure: str = ""

    @classmethod
    def none(cls, failure):
        return cls(0, 0, [], b"", failure)

    @classmethod
    def read(cls, line):
        """The index of the call, and its answer."""
        index, status, milliseconds, headers, body, failure = line.split("\t")
        pairs = [tuple(text.split(": ", 1)) if ": " in text else (text, "") for text in headers.split("\x1f") if text]
        return int(index), cls(int(status), int(milliseconds), pairs, base64.b64decode(body), failure)

    def one(self, name):
        values = [value for found, value in self.headers if found.lower() == name.lower()]
        return values[0] if len(values) == 1 else values or None

    @property
    def ends(self):
        """Whether it says that the connection ends."""
        return (self.one("Connection") or "").lower() == "close"

    def fault(self, call, keeps=True):
        """What is wrong with it, or nothing. `keeps`: the client wants the connection to be kept."""
        if self.failure or not self.status:
            return f"no answer after {self.milliseconds} ms: {self.failure}"
        words = f"{self.status} {self.body[:300]!r}"
        if self.status != call.status:
            return f"{call.status} expected: {words}"
        if self.ends and keeps and not call.may_end:
            return f"the connection ends: {words}"
        for name, value in call.shown.items():
            if self.one(name) != value:
                return f"{name}: {value} expected, {self.one(name)}: {words}"
        if call.method == "HEAD":
            return f"HEAD has a body: {words}" if self.body else None
        if not call.told:
            return f"no body expected: {words}" if self.body else None
        try:
            document = json.loads(self.body)
        except ValueError:
            return f"no JSON: {words}"
        wrong = {name: document.get(name) for name, value in call.told.items() if document.get(name) != value}
        return f"{call.told} expected, {wrong}: {words}" if wrong else None


class Calls:
    """The kinds of calls on both listeners, each with the answer that is right."""

    def __init__(self, server, auth_port, keys):
        self.port, self.auth_port, self.keys = server.port, auth_port, keys
        service = self.bearer("service")
        self.main = [*self.verdicts(service), *self.callers(), *self.commands(), *self.forward(self.port, service[0][1].split()[1])]
        self.auth = [*self.forward(self.auth_port, None), Call("GET", auth_port, "/v1/keys", service, 404, told={"code": "UNKNOWN_ROUTE"})]
        # More than the address takes: the answer comes at once, and ends the connection.
        self.too_large = [
            Call("PATCH", self.port, f"/v1/keys/{keys['changing']['id']}", (*self.bearer("admin"), JSON), 413, mode,
                 json.dumps({"name": "x" * 300_000}), {"code": "CONTENT_TOO_LARGE"}, may_end=True) for mode in ("sized", "expect")]

    def bearer(self, name):
        return (("Authorization", f"Bearer {self.keys[name]['secret']}"),)

    def question(self, name, **more):
        return json.dumps({"key": self.keys[name]["secret"], "scopes": ["listings:read"], **more})

    def verdicts(self, service):
        """Each of the good keys has a name of its own: an answer that belongs to another call is noticed."""
        good = ["good 1", "good 2", "good 3"]
        for name in good:
            told = {"valid": True, "code": "VALID", "keyId": self.keys[name]["id"], "name": name}
            for mode in ("sized", "chunked", "expect"):
                yield Call("POST", self.port, "/v1/verify", (*service, JSON), 200, mode, self.question(name), told)
            yield Call(
                "POST", self.port, "/v1/verify", (("X-API-Key", self.keys["service"]["secret"]), JSON), 200, "sized",
                self.question(name, method="GET", path="/listings"), told)
        for name, code in (("revoked", "REVOKED"), ("lacking", "INSUFFICIENT_SCOPE"), ("unknown", "NOT_FOUND"), ("mistyped", "MALFORMED")):
            for mode in ("sized", "chunked"):
                yield Call(
                    "POST", self.port, "/v1/verify", (*service, JSON), 200, mode, self.question(name), {"valid": False, "code": code})
        yield Call("POST", self.port, "/v1/verify", (*service, JSON), 400, "sized", "{", {"code": "INVALID_JSON"})
        yield Call("POST", self.port, "/v1/verify", service, 400, told={"code": "INVALID_JSON"})
        yield Call("GET", self.port, "/v1/verify", service, 405, told={"code": "METHOD_NOT_ALLOWED"}, shown={"Allow": "POST"})
        yield Call("HEAD", self.port, "/v1/verify", service, 405)

    def callers(self):
        """The caller's own key is not good: its body, too, was read, or the connection ends."""
        for name, code in (("revoked", "REVOKED"), ("unknown", "NOT_FOUND"), ("mistyped", "MALFORMED")):
            for mode in ("sized", "chunked", "expect"):
                yield Call(
                    "POST", self.port, "/v1/verify", (*self.bearer(name), JSON), 401, mode, self.question("good 1"), {"code": code},
                    {"WWW-Authenticate": INVALID})
        yield Call(
            "POST", self.port, "/v1/verify", (JSON,), 401, "sized", self.question("good 1"), {"code": "MISSING"},
            {"WWW-Authenticate": REALM})
        yield Call(
            "POST", self.port, "/v1/verify", (*self.bearer("good 1"), JSON), 403, "sized", self.question("good 1"),
            {"code": "MISSING_PERMISSION"})

    def commands(self):
        admin, key = self.bearer("admin"), self.keys["changing"]
        path = f"/v1/keys/{key['id']}"
        for mode in ("sized", "chunked", "expect"):
            yield Call("PATCH", self.port, path, (*admin, JSON), 200, mode, json.dumps({"name": "changing"}), {"id": key["id"]})
        for name in ("changing", "good 2"):
            key_id = self.keys[name]["id"]
            yield Call("GET", self.port, f"/v1/keys/{key_id}", admin, 200, told={"id": key_id, "name": name})
            yield Call("HEAD", self.port, f"/v1/keys/{key_id}", admin, 200)
        for mode in ("sized", "chunked", "expect"):
            yield Call(
                "PATCH", self.port, path, (*self.bearer("revoked"), JSON), 401, mode, '{"name": "a"}', {"code": "REVOKED"},
                {"WWW-Authenticate": INVALID}, may_end=True)
            yield Call(
                "POST", self.port, "/v1/keys", (*self.bearer("good 1"), JSON), 403, mode, '{"name": "a"}', {"code": "MISSING_PERMISSION"},
                may_end=True)
        yield Call("POST", self.port, f"{path}/enable", admin, 200, told={"id": key["id"], "status": "active"})
        yield Call("GET", self.port, "/v1/nowhere", admin, 404, told={"code": "UNKNOWN_ROUTE"})
        yield Call("HEAD", self.port, "/v1/keys/key_" + "0" * 32, admin, 404)
        yield Call("GET", self.port, "/healthz", (), 200, told={"status": "ok"})
        yield Call("HEAD", self.port, "/healthz", (), 200)

    def forward(self, port, service):
        """As gateways ask: with any method, and with the customer's body or without it."""
        own = (("X-Keyledger-Service-Key", service),) if service else ()
        path, body = "/v1/auth?environment=live&scope=listings:read", '{"a": 1}'
        for name in ("good 1", "good 2", "good 3"):
            shown = {"X-Key-Id": self.keys[name]["id"]}
            for method, mode in (
                    ("GET", "none"), ("HEAD", "none"), ("POST", "sized"), ("POST", "chunked"), ("POST", "expect"), ("PUT", "sized"),
                    ("PATCH", "chunked"), ("DELETE", "none"), ("POST", "none")):
                yield Call(
                    method, port, path, (*own, *self.bearer(name)), 200, mode, body if mode != "none" else "", shown=shown,
                    may_end=mode != "none")
            yield Call("GET", port, path, (*own, ("X-API-Key", self.keys[name]["secret"])), 200, shown=shown)
        for method, mode in (("GET", "none"), ("HEAD", "none"), ("POST", "sized"), ("POST", "chunked")):
            sent = body if mode != "none" else ""
            for name, status, code, challenge in (
                    ("revoked", 401, "REVOKED", INVALID), ("unknown", 401, "NOT_FOUND", INVALID),
                    ("lacking", 403, "INSUFFICIENT_SCOPE", LACKING)):
                yield Call(
                    method, port, path, (*own, *self.bearer(name)), status, mode, sent, {"code": code}, {"WWW-Authenticate": challenge},
                    may_end=mode != "none")
            yield Call(
                method, port, path, own, 401, mode, sent, {"code": "MISSING"}, {"WWW-Authenticate": REALM}, may_end=mode != "none")
        both = (*self.bearer("good 1"), ("X-API-Key", self.keys["good 1"]["secret"]))
        yield Call("GET", port, path, (*own, *both), 400, told={"code": "BAD_HEADER"}, shown={"WWW-Authenticate": BAD})


def drawn(source, calls, count):
    """So many calls, each kind as often as any other, in an order of chance."""
    drawn = []
    while len(drawn) < count:
        drawn += source.sample(calls, min(len(calls), count - len(drawn)))
    return drawn
