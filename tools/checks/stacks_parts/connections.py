"""How many connections to a port of this host there were, from what the system tells of its sockets."""
import threading
from pathlib import Path


class Connections:
    """Counts, while the `with` block runs, the clients' ends of new connections to each of the ports.

    The system tells of ended connections for a minute, so that between two looks hardly one is missed.
    """

    seconds_between_looks = 0.02
    established = "01"

    def __init__(self, *ports):
        self.ports, self.ended = ports, threading.Event()
        self.before = self.look()
        self.seen = {port: set() for port in ports}

    def look(self):
        """Of each port the clients' ends, each with whether it is established or an end that is told of."""
        found = {port: set() for port in self.ports}
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            _, local, remote, state = line.split()[:4]
            ends = [int(address.rpartition(":")[2], 16) for address in (local, remote)]
            for server, client in (ends, ends[::-1]):
                if server in found and client:
                    found[server].add((client, state == self.established))
        return found

    def note(self):
        for port, clients in self.look().items():
            told = {client for client, _ in self.before[port]}
            # The port of a client that has ended may be given to another one.
            self.seen[port] |= {
                client for client, is_open in clients if client not in told or is_open and (client, True) not in self.before[port]}

    def watch(self):
        while not self.ended.wait(self.seconds_between_looks):
            self.note()

    def __enter__(self):
        self.watcher = threading.Thread(target=self.watch, daemon=True)
        self.watcher.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.watcher.join()
        self.note()

    def __getitem__(self, port):
        return len(self.seen[port])
