"""A real ledger with records of every kind, made through the command line and a server."""
import time

from support import Client, Server

KINDS = {"KeyCreated", "KeyUsed", "KeyRefused", "KeyRevoked", "KeyExpired", "KeyChanged", "KeyDisabled", "KeyEnabled", "SecretAdded", "SecretRetired"}


def make(run, ledger, records, sign):
    """Grows the log to about so many records; calls `sign` now and then. Gives the id of a key with a long life."""
    for command in ("usage",):  # the views exist from here on, and are brought forward in more than one step
        ledger.call(command)
    server = Server(ledger)
    client = Client(server.port, ledger.admin)
    expiring = ledger.create("expires", "--expires", "1s")
    long_lived = ledger.create("long-lived", "--account", "acme", "--scope", "listings:read", "--metadata", "team=sync")
    secret, number = long_lived["secret"], 0
    while number * 12 < records:
        key = client.create(f"key {number}", accountId=run.random.choice(["acme", "globex"]), scopes=["listings:read"])
        for _ in range(2):
            client.verify_batch([key["secret"], secret], scopes=["listings:read"], ip="192.0.2.7", method="GET", path="/listings")
        client.verify(key["secret"])
        ledger.call("keys disable", key["id"])
        client.verify(key["secret"])
        ledger.call("keys enable", key["id"])
        ledger.call("keys change", key["id"], "--scope", "listings:*", "--name", f"renamed {number}")
        ledger.call("keys rotate", key["id"], "--grace", "0")
        if number % 2:
            ledger.call("keys revoke", key["id"], "--reason", "no longer needed")
            client.verify(key["secret"])
        number += 1
        if number % max(1, records // 60) == 0:
            sign()
    time.sleep(1.2)
    client.verify(expiring["secret"])
    ledger.call("keys disable", expiring["id"], exits=(1,))  # it has expired, which is recorded first
    server.stop()
    ledger.call("usage")
    kinds = {event["type"] for event in ledger.events()}
    run.expect(kinds >= KINDS, f"no record of the kinds {KINDS - kinds} was made")
    return long_lived["id"]
