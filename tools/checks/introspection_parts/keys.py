"""The keys that are asked for, and what is to be told of those that are good."""
import calendar
import time

from support import Client


def seconds(text):
    """Of RFC 3339 in UTC, without what is less than a second."""
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))


def told(key):
    """The fields beside `scope`."""
    fields = {"active": True, "client_id": key["id"], "sub": key["accountId"], "username": key["name"], "token_type": "Bearer"}
    # The standard lets members of one's own stand beside its own.
    fields |= {"iat": seconds(key["createdAt"]), "environment": key["environment"]}
    return fields | ({"exp": seconds(key["expiresAt"])} if key["expiresAt"] else {})


class Keys:
    def __init__(self, ledger, server, unknown):
        self.ledger, self.client, self.all = ledger, Client(server.port, ledger.admin), []
        both = ["listings:read", "listings:write"]
        in_a_day = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86_400))
        self.service = self.make("service", permissions=["verify"])
        self.reader = self.make("Reader – Zürich", accountId="acme", scopes=["listings:read"], expiresAt=in_a_day)
        self.writer = self.make("writer", accountId="acme", scopes=both)
        self.bare = self.make("bare", accountId="acme")
        self.lacking = self.make("lacking", accountId="acme", scopes=["listings:write"], expiresAt=in_a_day)
        self.trial = self.make("trial", accountId="acme", environment="test", scopes=both)
        self.of_acme = self.make("acme asks", accountId="acme", permissions=["verify"])
        self.of_other = self.make("other", accountId="other", scopes=both)
        self.erased = self.make("erased", accountId="gone", scopes=both)
        self.fenced = self.make("fenced", accountId="acme", scopes=both, ipAllowlist=["127.0.0.2"])
        self.revoked, self.disabled = (self.make(name, accountId="acme", scopes=both) for name in ("revoked", "disabled"))
        soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
        self.expired = self.make("expired", accountId="acme", scopes=both, expiresAt=soon)
        self.replaced = self.make("rotated", accountId="acme", scopes=both)
        self.newer = self.rotate(self.replaced)
        self.unknown = unknown
        self.client.revoke(self.revoked["id"])
        self.client.expect({200}, "POST", f"/v1/keys/{self.disabled['id']}/disable")
        ledger.call("accounts erase", "gone", "--yes")
        del self.erased["told"]["username"]
        time.sleep(max(0, seconds(soon) + 0.1 - time.time()))

    def make(self, name, **fields):
        key = self.client.create(name, **fields)
        key["told"] = told(key)
        self.all.append(key)
        return key

    def rotate(self, key):
        """The key with a new secret. The one that it had ends in an hour, and with it what is told of it."""
        newer = self.client.expect({200, 201}, "POST", f"/v1/keys/{key['id']}/rotate", {"graceSeconds": 3600})
        newer["told"] = key["told"]
        ends = next(secret["retireAt"] for secret in newer["secrets"] if secret["retireAt"])
        key["told"] = key["told"] | {"exp": seconds(ends)}
        self.all.append(newer)
        return newer

    @property
    def secrets(self):
        return [self.ledger.admin, self.unknown, *(key["secret"] for key in self.all)]

    def shown(self, key):
        return self.client.expect({200}, "GET", f"/v1/keys/{key['id']}")
