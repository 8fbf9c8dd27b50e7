"""A real gateway, with the configuration that is shipped, in a folder and on ports of its own."""
import http.client
import os
import re
import shutil
import socket
import subprocess
import time

from gateways_parts.answer import Answer
from support import HOST, REPOSITORY, Unexpected, free_port

CONFIGURATIONS = REPOSITORY / "tools/gateways"
# Where requirements.sh puts what Debian does not have, what Debian has, and where it keeps servers.
PATH = os.pathsep.join([str(REPOSITORY / ".build-gateways/bin"), os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


class Gateway:
    """A gateway that runs from a copy of its configuration; only addresses are replaced in it."""

    name = configuration = listen = None
    # The program, where it is not called as the gateway is.
    program = None
    # What the configuration needs beside it.
    companions = ()
    # Addresses of its own, beside the one that it listens on.
    more_addresses = ()
    # How the configuration writes a Unix socket on which the ledger answers gateways; `None`: it is asked over TCP here.
    socket_form = None
    # What keeps the key from the backend: to be taken out for one that verifies keys by itself, as the configuration says.
    key_lines = ()
    # The scopes of a key that it lets read.
    reading_scopes = ("listings:read",)
    # Whether the client sees what the ledger says of a refusal.
    shows_refusals = True
    # Whether lines for CORS make refusals readable for browsers.
    has_cors = True
    # Whether its log has whole addresses, and so the keys that somebody puts into them.
    logs_queries = False
    # Where the client sees another status than the ledger's.
    shown_statuses = {}
    # Headers in which it tells the backend, under another name, what the client had said.
    headers_quoting_client = ()
    # Whether the ledger gets what a client says in headers that gateways write, beside what this one writes.
    tells_ledger_all = False
    # Whether the backend gets a client's offer of any other protocol.
    passes_foreign_upgrades = False
    # Whether a ledger that hangs is waited for longer than a check can take.
    waits_for_hung_ledger = False

    def __init__(self, run, ledger, backend, passes_key=False, for_browsers=False):
        """`ledger`: as the configuration writes addresses. `backend`: a port. `for_browsers`: with the lines for CORS."""
        self.run, self.port = run, free_port(run.random)
        self.folder = run.folder / f"{self.name}-{self.port}"
        self.folder.mkdir()
        for companion in self.companions:
            source, copy = CONFIGURATIONS / companion, self.folder / companion
            shutil.copytree(source, copy) if source.is_dir() else shutil.copy(source, copy)
        self.file = self.folder / self.configuration
        self.file.write_text(self.configured(ledger, backend, passes_key, for_browsers))
        self.output = self.folder / "output"
        self.start()
        run.at_end(self.stop)
        self.wait_until_ready()

    def shipped(self):
        """The configuration as it is shipped."""
        return (CONFIGURATIONS / self.configuration).read_text()

    def configured(self, ledger, backend, passes_key, for_browsers):
        text = self.shipped()
        addresses = {"127.0.0.1:8082": ledger, "127.0.0.1:8081": f"{HOST}:{backend}"}
        addresses |= {address: f"{HOST}:{free_port(self.run.random)}" for address in self.more_addresses}
        replaced = {self.spelled(shipped): self.spelled(here) for shipped, here in addresses.items()}
        for shipped, here in (replaced | {self.listen: self.listen.replace("8000", str(self.port))}).items():
            text = self.replaced(text, shipped, here)
        if passes_key:
            lines = text.splitlines()
            kept = [line for line in lines if line.strip() not in self.key_lines]
            if len(lines) - len(kept) != len(self.key_lines):
                raise Unexpected(f"{self.configuration} does not say {self.key_lines}, each once")
            text = "\n".join(kept) + "\n"
        if for_browsers:
            text, count = re.subn(r"(?m)^(\s*)# (.*https://app\.example.*)$", r"\1\2", text)
            if count == 0:
                raise Unexpected(f"{self.configuration} has no lines for CORS")
        return text

    def spelled(self, address):
        """An address as the configuration writes it."""
        return address

    def replaced(self, text, shipped, here):
        lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
        if not any(shipped in line for line in lines):
            raise Unexpected(f"{self.configuration} does not name {shipped}")
        return text.replace(shipped, here)

    def start(self, **more):
        program = shutil.which(self.program or self.name, path=PATH)
        environment = {**os.environ, **{name: str(self.folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}}
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                [program, *self.arguments()], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment,
                cwd=self.folder, **more)

    def arguments(self):
        raise NotImplementedError

    def wait_until_ready(self):
        until = time.monotonic() + 30
        while True:
            try:
                socket.create_connection((HOST, self.port), timeout=5).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > until:
                    raise Unexpected(f"{self.name} did not start: {self.text()[-2000:]}") from None
                time.sleep(0.02)

    def text(self):
        """All that it wrote into its logs."""
        written = [path for path in self.folder.iterdir() if path.is_file() and path != self.file and path.name not in self.companions]
        return "".join(path.read_text(errors="replace") for path in written)

    def complaint(self):
        """What its log must not say, or nothing."""
        return None

    def stop(self):
        if self.process.returncode is not None:
            return
        self.run.expect(self.process.poll() is None, f"{self.name} ended by itself: {self.text()[-2000:]}")
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def shown(self, status):
        """The status that the client sees where the ledger answers `status`."""
        return self.shown_statuses.get(status, status)

    def ask(self, method, path, headers=(), source=HOST, body=None):
        """One request on a connection of its own, byte for byte as given; a `body` that is a list goes in chunks."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=30, source_address=(source, 0))
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            in_chunks = isinstance(body, list)
            if in_chunks:
                connection.putheader("Transfer-Encoding", "chunked")
            elif body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body, encode_chunked=in_chunks)
            response = connection.getresponse()
            answer = Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()
        may_be_500 = path.startswith("/status/500") or 500 in self.shown_statuses.values()
        self.run.expect(answer.status != 500 or may_be_500, f"{self.name}: {method} {path}: 500 {answer.body[:300]!r}")
        return answer
