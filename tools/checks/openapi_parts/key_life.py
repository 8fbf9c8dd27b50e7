"""The life of a key, with a client that a generator made of Schemas/openapi.yaml. Runs in the environment that holds what such clients import.

    key_life.py python|openapi-python-client ADDRESS

The client is the module `keyledger_client`; the environment variable LIFE_KEY holds an operator's key with every permission. The server's log must
have a checkpoint. Ends with exit 1 at the first thing that is not as it should be.
"""
import base64
import importlib
import inspect
import os
import pkgutil
import re
import sys
import time
from datetime import datetime, timedelta, timezone

import keyledger_client

PAST = datetime(2000, 1, 1, tzinfo=timezone.utc)
RESERVED = {"type", "from"}  # words that stand for something else in Python, for one of the generators
NONE_OF_THESE = "lhql_live_" + "0" * 49


class OpenAPIGeneratorClient:
    """As openapi-generator makes it for Python."""

    def __init__(self, address, key):
        from keyledger_client import models
        self.address, self.models = address, models
        self.apis = self.connected(access_token=key)

    def connected(self, **settings):
        client = keyledger_client.ApiClient(keyledger_client.Configuration(host=self.address, **settings))
        return [getattr(keyledger_client, name)(client) for name in dir(keyledger_client) if name.endswith("Api")]

    def model(self, kind, fields):
        # `from_dict` would set what is not given to null, and null is sent.
        return kind(**fields)

    def call(self, operation, /, body=None, form=None, apis=None, **parameters):
        """The status, and the answer as the client reads it. `body`: a model. `form`: the fields of one."""
        method = next(getattr(api, operation + "_with_http_info") for api in apis or self.apis if hasattr(api, operation))
        if body is not None:
            parameters[re.sub("(?<=[a-z])(?=[A-Z])", "_", type(body).__name__).lower()] = body
        assert set(parameters) <= set(inspect.signature(method).parameters), f"{operation} has no parameters {list(parameters)}"
        try:
            answer = method(**parameters, **(form or {}))
            return answer.status_code, answer.data
        except keyledger_client.ApiException as error:
            return error.status, error.data

    def call_as_gateway(self, key, customer, **parameters):
        return self.call(
            "forward_auth", apis=self.connected(api_key={"gateway": key}), _headers={"Authorization": f"Bearer {customer}"}, **parameters)

    def introspect_with_password(self, key, token):
        return self.call("introspect", form={"token": token}, apis=self.connected(username="anyone", password=key))


class PythonClient:
    """As openapi-python-client makes it."""

    def __init__(self, address, key):
        from keyledger_client import api, models
        self.address, self.models, self.api = address, models, api
        self.client = keyledger_client.AuthenticatedClient(base_url=address, token=key)

    def model(self, kind, fields):
        return kind.from_dict(fields)

    def call(self, operation, /, body=None, form=None, client=None, **parameters):
        parameters = {name + "_" * (name in RESERVED): value for name, value in parameters.items()}
        module = next(
            importlib.import_module(found.name) for found in pkgutil.walk_packages(self.api.__path__, self.api.__name__ + ".")
            if found.name.endswith("." + operation))
        if form is not None:
            body = self.models.IntrospectionQuestion.from_dict(form)
        if body is not None:
            parameters["body"] = body
        answer = module.sync_detailed(client=client or self.client, **parameters)
        return int(answer.status_code), answer.parsed

    def call_as_gateway(self, key, customer, **parameters):
        client = keyledger_client.AuthenticatedClient(
            base_url=self.address, token=customer, headers={"X-Keyledger-Service-Key": key})
        return self.call("forward_auth", client=client, **parameters)

    def introspect_with_password(self, key, token):
        text = base64.b64encode(f"anyone:{key}".encode()).decode()
        return self.call(
            "introspect", form={"token": token}, client=keyledger_client.AuthenticatedClient(base_url=self.address, token=text, prefix="Basic"))


def told(value):
    """What stands in a field; `None` also where it does not stand there at all."""
    return None if type(value).__name__ == "Unset" else value


def type_of(event):
    """`type` is a word of Python's."""
    return told(event.type_ if hasattr(event, "type_") else event.type)


def bytes_of(answer):
    return answer.payload.read() if hasattr(answer, "payload") else bytes(answer)


def expect(condition, what):
    if not condition:
        sys.exit(f"not as it should be: {what}")


class Life:
    def __init__(self, client, key):
        self.client, self.key, self.models = client, key, client.models

    def model(self, name, /, **fields):
        """Of the fields as they stand in JSON."""
        return self.client.model(getattr(self.models, name), fields)

    def call(self, expected, operation, /, **more):
        status, answer = self.client.call(operation, **more)
        expect(status == expected, f"{operation} {sorted(more)}: {status} instead of {expected}: {answer}")
        return answer

    def verify(self, secret, **fields):
        return self.call(200, "verify_key", body=self.model("VerifyRequest", key=secret, **fields))

    def pages(self, operation, **parameters):
        """All elements of a list, two at a time."""
        found, more = [], {}
        while True:
            page = self.call(200, operation, limit=2, **parameters, **more)
            expect(len(page.data) <= 2, f"{operation}: a page of {len(page.data)}")
            found += page.data
            if told(page.next_cursor) is None:
                return found
            more = {"cursor": page.next_cursor}

    def make(self, name, **fields):
        return self.call(201, "create_key", body=self.model("KeyCreation", name=name, accountId="acme", **fields))

    def live(self):
        """The whole story."""
        expect(self.call(200, "check_health").status == "ok" and self.call(200, "check_readiness").status == "ready", "health")
        self.creation()
        self.lists()
        self.changes()
        self.verdicts()
        self.introspection()
        self.rotation()
        self.usage()
        self.events()
        self.log()
        self.refusals()
        self.ends()

    def creation(self):
        ends = datetime.now(timezone.utc) + timedelta(days=30)
        body = self.model(
            "KeyCreation", name="booking sync", accountId="acme", scopes=["listings:read", "listings:write"], metadata={"team": "sync"},
            expiresAt=ends.isoformat(), permissions=["keys.read"], ipAllowlist=["192.0.2.0/24", "127.0.0.1"])
        self.made = self.call(201, "create_key", body=body, idempotency_key="life-1-" + self.tag)
        self.secret = self.made.secret
        expect(told(self.secret) and told(self.made.message) is None and self.made.status == "active", "the key that was made")
        again = self.call(201, "create_key", body=body, idempotency_key="life-1-" + self.tag)
        expect(again.id == self.made.id and again.secret is None and told(again.message), "the same command again")
        shown = self.call(200, "show_key", id=self.made.id)
        expect(shown.name == "booking sync" and shown.usage_count == 0 and shown.secrets[0].id == 1, "the key that is shown")
        expect(abs(shown.expires_at - ends) < timedelta(seconds=1), "when the key ends")

    @property
    def tag(self):
        return type(self.client).__name__

    def lists(self):
        others = [self.make(f"other {number}", environment="test") for number in range(4)]
        ids = [key.id for key in self.pages("list_keys", account="acme")]
        expect(len(ids) == len(set(ids)) and {self.made.id, *(key.id for key in others)} <= set(ids), "all keys, each of them once")
        newest = self.pages("list_keys", account="acme", order=self.models.PageOrder("desc"), status=self.models.Status("active"))
        expect(newest[0].id == others[-1].id, "the newest first")
        tests = self.pages("list_keys", account="acme", environment="test")
        expect({key.environment for key in tests} == {"test"} and len(tests) >= 4, "the keys of an environment")
        soon = datetime.now(timezone.utc) + timedelta(days=60)
        ending = [key.id for key in self.pages("list_keys", account="acme", expires_before=soon)]
        expect(self.made.id in ending and others[0].id not in ending, "the keys that end soon")
        expect(not self.pages("list_keys", account="acme", expires_before=PAST), "the keys that ended long ago")
        self.other = others[0]

    def changes(self):
        changed = self.call(200, "change_key", id=self.made.id, body=self.model("KeyChange", name="booking sync 2", ipAllowlist=[]))
        expect(changed.name == "booking sync 2" and changed.ip_allowlist == [] and told(changed.expires_at), "the changed key")
        unending = self.call(200, "change_key", id=self.made.id, body=self.model("KeyChange", expiresAt=None, reason="renewed"))
        expect(unending.expires_at is None and unending.name == "booking sync 2", "the key that does not end any more")
        expect(self.call(200, "disable_key", id=self.made.id, body=self.model("Reason", reason="on leave")).status == "disabled", "disabled")
        expect(self.verify(self.secret).code == "DISABLED", "the verdict on a disabled key")
        expect(self.call(200, "enable_key", id=self.made.id).changed, "enabled")

    def verdicts(self):
        good = self.verify(self.secret, scopes=["listings:read"], ip="192.0.2.7", method="GET", path="/listings", environment="live")
        expect(good.valid and good.code == "VALID" and good.key_id == self.made.id and good.account_id == "acme", "a verdict")
        expect(good.status == 200 and good.challenge is None, "what a caller is told of a good key")
        expect(told(good.at) is None and told(good.events) is None, "a verdict of now with what is of the past")
        bad = self.verify(self.secret, scopes=["everything"])
        expect(not bad.valid and bad.code == "INSUFFICIENT_SCOPE", "a verdict on a key that lacks a scope")
        expect(bad.status == 403 and "insufficient_scope" in bad.challenge, "what a caller is told who lacks a scope")
        unknown = self.verify(NONE_OF_THESE)
        expect(unknown.status == 401 and unknown.challenge.startswith("Bearer") and unknown.key_id is None, "what an unknown caller is told")
        past = self.verify(self.secret, ip="192.0.2.7", at=str(self.made.position))
        expect(past.valid and past.name == "booking sync" and told(past.at) and past.events[0].position <= past.position, "a verdict of then")
        batch = self.call(200, "verify_batch", body=self.model("BatchRequest", requests=[{"key": self.secret}, {"key": "x"}]))
        expect([verdict.code for verdict in batch.results] == ["VALID", "MALFORMED"], "verdicts on several keys")
        status, _ = self.client.call_as_gateway(self.key, self.secret, scope="listings:read")
        expect(status == 200, f"a gateway is answered {status}")

    def introspection(self):
        found = self.call(200, "introspect", form={"token": self.secret})
        expect(found.active and found.scope.split() == ["listings:read", "listings:write"] and found.sub == "acme", "an active token")
        expect(found.client_id == self.made.id and found.token_type == "Bearer" and told(found.exp) is None, "an active token's key")
        expect(abs(found.iat - time.time()) < 600, "when the token was made")
        other = self.call(200, "introspect", form={"token": NONE_OF_THESE, "token_type_hint": "access_token"})
        expect(not other.active and told(other.scope) is None and told(other.sub) is None, "a token that is not active")
        status, found = self.client.introspect_with_password(self.key, self.secret)
        expect(status == 200 and found.active, f"with the key as a password: {status}")

    def rotation(self):
        rotated = self.call(200, "rotate_key", id=self.made.id, body=self.model("Rotation", graceSeconds=0))
        old, self.secret = self.secret, rotated.secret
        expect(told(self.secret) and self.secret != old and len(rotated.secrets) == 2, "the new secret")
        expect(self.verify(self.secret).valid and not self.verify(old).valid, "the new secret is good, and the old one is not")

    def usage(self):
        """With every default said, as clients do."""
        defaults = {"per": self.models.UsagePer("day"), "limit": 100, "order": self.models.PageOrder("asc")}
        one = self.call(200, "show_usage", key_id=self.made.id, **defaults)
        expect(one.usage_count >= 3 and one.per == "day" and one.buckets and told(one.data) is None, f"a key's usage: {one}")
        several = self.call(200, "show_usage", **defaults)
        expect(self.made.id in [usage.key_id for usage in several.data] and told(several.key_id) is None, "the usage of all keys")
        total = self.call(200, "show_usage", key_id=self.made.id, per=self.models.UsagePer("total"), to=str(self.made.position + 1))
        expect(total.usage_count == 0 and total.to_position == self.made.position + 1, "the usage before there was any")
        expect({usage.account_id for usage in self.pages("show_usage", account="acme")} == {"acme"}, "the usage of an account")

    def events(self):
        found = self.pages("list_events", key_id=self.made.id)
        expect([type_of(event) for event in found][:2] == ["KeyCreated", "KeyChanged"], f"{[type_of(event) for event in found]}")
        expect(found[0].personal.name == "booking sync" and found[0].actor.kind and told(found[0].record) is None, "an event's fields")
        expect(found[1].before.name == "booking sync", "what was there before a change")
        some = self.call(200, "list_events", account="acme", type=[self.models.EventType("KeyCreated")], since=PAST)
        expect({type_of(event) for event in some.data} == {"KeyCreated"}, "events of a type")
        proved = self.call(200, "list_events", proof=True, old_size=0)  # as far as the newest checkpoint goes
        expect(told(proved.checkpoint) and proved.consistency.old_size == 0 and proved.data, "events with proofs")
        expect(told(proved.data[0].record) and proved.data[0].proof and type_of(proved.data[0]) is None, "a record with its proof")

    def log(self):
        """A tile's name has slashes in it, which clients escape."""
        note = self.call(200, "log_checkpoint")
        size = int(note.split("\n")[1])
        width = min(size, 200)
        hashes = bytes_of(self.call(200, "log_tile", rest=f"0/000.p/{width}"))
        expect(len(hashes) == 32 * width, f"{len(hashes)} bytes of hashes")
        entries = bytes_of(self.call(200, "log_entries", rest=f"000.p/{width}"))
        expect(len(entries) > 2 + int.from_bytes(entries[:2], "big"), f"{len(entries)} bytes of records")
        self.call(404, "log_tile", rest="entries/000.p/1")

    def refusals(self):
        """What goes wrong is a document that the client reads."""
        weak = type(self.client)(self.client.address, self.secret)
        for status, operation, code, client, more in [
                (403, "list_events", "MISSING_PERMISSION", weak, {}),
                (404, "show_key", "UNKNOWN_KEY", self.client, {"id": "key_" + "0" * 32}),
                (400, "change_key", "INVALID_FIELD", self.client, {"id": self.made.id, "body": self.model("KeyChange", expiresAt=PAST.isoformat())}),
                (401, "list_keys", "MALFORMED", type(self.client)(self.client.address, "nonsense"), {})]:
            found, problem = client.call(operation, **more)
            expect(found == status and problem.status == status and problem.code == code, f"{operation}: {found} {problem}")
            expect(told(problem.detail) and told(problem.title), f"{operation}: a problem that says nothing")

    def ends(self):
        short = self.make("short", expiresAt=(datetime.now(timezone.utc) + timedelta(seconds=1)).isoformat())
        ended = self.call(200, "revoke_key", id=self.made.id, body=self.model("Revocation", reason="left the company", reasonCode="unused"))
        expect(ended.changed and ended.status == "revoked", "the key is revoked")
        expect(not self.call(200, "revoke_key", id=self.made.id).changed, "a second revocation changes nothing")
        expect(self.verify(self.secret).code == "REVOKED", "the verdict on a revoked key")
        leaked = self.call(200, "revoke_by_secret", body=self.model("Leak", secret=self.other.secret))
        expect(leaked.id == self.other.id and leaked.status == "revoked", "the key that was found")
        time.sleep(1.5)
        expired = self.call(200, "revoke_key", id=short.id)
        expect(not expired.changed and expired.status == "expired", "a key that has expired")


KINDS = {"python": OpenAPIGeneratorClient, "openapi-python-client": PythonClient}
kind, address = sys.argv[1:]
Life(KINDS[kind](address, os.environ["LIFE_KEY"]), os.environ["LIFE_KEY"]).live()
