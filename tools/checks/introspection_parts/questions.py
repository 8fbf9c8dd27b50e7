"""Introspection, asked byte for byte: what RFC 7662 says of requests and answers."""
import base64
import http.client
import json
import urllib.parse
from dataclasses import dataclass

from support import HOST

FORM = "application/x-www-form-urlencoded"
PATH = "/v1/introspect"
INACTIVE = {"active": False}


def bearer(secret):
    return [("Authorization", f"Bearer {secret}")]


def basic(secret, user="gateway"):
    """RFC 6749, section 2.3.1: both are encoded as in a form, and then joined."""
    pair = ":".join(urllib.parse.quote_plus(text, safe="") for text in (user, secret))
    return [("Authorization", "Basic " + base64.b64encode(pair.encode()).decode())]


@dataclass
class Told:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def __str__(self):
        return f"{self.status} {dict(self.headers)} {self.body[:500]!r}"

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Questions:
    """Asks on one connection that is kept. Counts what was asked of each key and must be recorded."""

    def __init__(self, run, port):
        self.run = run
        self.connection = http.client.HTTPConnection(HOST, port, timeout=10)
        self.uses, self.refusals = {}, {}

    def ask(self, body, headers, content_type=FORM, path=PATH, method="POST"):
        sent = [*headers, *([("Content-Type", content_type)] if content_type else [])]
        self.connection.putrequest(method, path)
        for name, value in sent:
            self.connection.putheader(name, value)
        self.connection.putheader("Content-Length", str(len(body)))
        self.connection.endheaders(body.encode() if isinstance(body, str) else body)
        response = self.connection.getresponse()
        told = Told(response.status, response.headers, response.read())
        self.run.expect(told.status < 500, f"{method} {path}: {told}")
        self.run.expect(told.headers.get_all("Cache-Control") == ["no-store"], f"{method} {path}, no-store expected: {told}")
        return told

    def active(self, words, key, headers, body=None):
        """It is answered as active, with all that is known of the key."""
        told = self.ask(body or urllib.parse.urlencode({"token": key["secret"]}), headers)
        self.uses[key["id"]] = self.uses.get(key["id"], 0) + 1
        self.is_active(words, key, told.status, told.headers.get("Content-Type", ""), told.json, str(told))

    def is_active(self, words, key, status, content_type, document, text):
        self.run.expect(status == 200 and content_type.split(";")[0] == "application/json", f"{words}: {text}")
        document = dict(document or {})
        scopes = document.pop("scope", "")
        self.run.expect(sorted(scopes.split(" ")) == sorted(key["scopes"] or [""]), f"{words}: scopes {key['scopes']} expected: {text}")
        self.run.expect(document == key["told"], f"{words}: {key['told']} expected: {text}")

    def inactive(self, words, secret, headers, refused=None):
        """It is answered as not active, and with nothing else. `refused`: the key whose refusal is recorded."""
        told = self.ask(urllib.parse.urlencode({"token": secret}), headers)
        if refused:
            self.refusals[refused["id"]] = self.refusals.get(refused["id"], 0) + 1
        self.run.expect(told.status == 200 and told.headers.get("Content-Type", "").split(";")[0] == "application/json", f"{words}: {told}")
        self.run.expect(told.json == INACTIVE, f"{words}: {told}")

    def refuse(self, words, status, body, headers, challenged=False, **more):
        """The question is no good, whatever it asks for."""
        told = self.ask(body, headers, **more)
        self.run.expect(told.status == status, f"{status} expected, {words}: {told}")
        self.run.expect(told.headers.get("Content-Type") == "application/problem+json", f"a problem document expected, {words}: {told}")
        self.run.expect(not challenged or told.headers.get("WWW-Authenticate"), f"a challenge expected, {words}: {told}")
