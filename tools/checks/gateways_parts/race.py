"""Keys are revoked while clients verify them through a gateway: none is accepted by a question that began afterwards."""
import http.client
import random
import threading
import time

from load import Keys
from support import HOST, Client, Disconnected


class GatewayClient:
    """One keep-alive connection through a gateway; asks as `Client` does."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection(HOST, port, timeout=30)

    def verify(self, secret):
        try:
            self.connection.request("GET", "/listings/42", headers={"Authorization": f"Bearer {secret}"})
            response = self.connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as problem:
            self.connection.close()
            raise Disconnected(repr(problem)) from problem
        code = "VALID" if response.status == 200 else "REVOKED" if response.status == 401 and b'"REVOKED"' in text else str(response.status)
        # A gateway does not tell the position that a verdict reflects.
        return {"valid": response.status == 200, "code": code, "position": -1}


class Race:
    def __init__(self, run, ledger, server, gateway, revocations, clients=32, revokers=4):
        self.run, self.ledger, self.server, self.gateway = run, ledger, server, gateway
        self.keys, self.left, self.lock = Keys(run, ledger), revocations, threading.Lock()
        self.stopping, self.asked = threading.Event(), [0] * clients
        admin = Client(server.port, ledger.admin)
        for _ in range(self.keys.live_target):
            self.create(admin)
        began = time.monotonic()
        verifying = [threading.Thread(target=self.guard, args=(self.verify, number)) for number in range(clients)]
        revoking = [threading.Thread(target=self.guard, args=(self.revoke, number)) for number in range(revokers)]
        for thread in verifying + revoking:
            thread.start()
        for thread in revoking:
            thread.join()
        self.stopping.set()
        for thread in verifying:
            thread.join()
        self.seconds = time.monotonic() - began
        run.expect(len(self.keys.revoked) == revocations, f"{len(self.keys.revoked)} of {revocations} revocations were made")
        self.keys.check_all_revoked(admin)

    def create(self, client):
        self.keys.add(client.create(self.keys.next_name(), scopes=["listings:read"]))

    def guard(self, work, number):
        try:
            work(number, random.Random(f"{self.run.seed}-{work.__name__}-{number}"))
        except Exception as problem:
            self.run.violation(f"through {self.gateway.name}, {work.__name__}: {problem!r}")
            self.stopping.set()

    def verify(self, number, source):
        client = GatewayClient(self.gateway.port)
        while not self.stopping.is_set():
            self.keys.verify(client, self.keys.choose(source))
            self.asked[number] += 1

    def revoke(self, number, source):
        client, checker = Client(self.server.port, self.ledger.admin), GatewayClient(self.gateway.port)
        while not self.stopping.is_set() and not self.run.out_of_time():
            with self.lock:
                if self.left == 0:
                    return
                self.left -= 1
            self.create(client)
            self.keys.verify(checker, self.keys.revoke(client, source))
