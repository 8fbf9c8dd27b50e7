"""The real gateways, with the configurations that are shipped, each in a folder of its own and on ports of its own."""
import http.client
import json
import os
import shutil
import socket
import subprocess
import time

from support import HOST, REPOSITORY, Unexpected, free_port

CONFIGURATIONS = REPOSITORY / "tools/gateways"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def all(self, name):
        return [value for found, value in self.headers if found.lower() == name.lower()]

    def one(self, name):
        values = self.all(name)
        return values[0] if len(values) == 1 else None

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return {}


class Gateway:
    """A gateway that runs from a copy of its configuration; only addresses are replaced in it."""

    name = configuration = listen = None
    # What keeps the key from the backend: to be taken out for one that verifies keys by itself, as the configuration says.
    key_lines = ()

    def __init__(self, run, ledger, backend, passes_key=False):
        """`ledger`: as the configuration writes addresses. `backend`: a port."""
        self.run, self.port = run, free_port(run.random)
        self.folder = run.folder / f"{self.name}-{self.port}"
        self.folder.mkdir()
        text = (CONFIGURATIONS / self.configuration).read_text()
        for shipped, here in (
                ("127.0.0.1:8082", ledger), ("127.0.0.1:8081", f"{HOST}:{backend}"),
                (self.listen, self.listen.replace("8000", str(self.port)))):
            lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
            if not any(shipped in line for line in lines):
                raise Unexpected(f"{self.configuration} does not name {shipped}")
            text = text.replace(shipped, here)
        if passes_key:
            lines = text.splitlines()
            kept = [line for line in lines if line.strip() not in self.key_lines]
            if len(lines) - len(kept) != len(self.key_lines):
                raise Unexpected(f"{self.configuration} does not say {self.key_lines}, each once")
            text = "\n".join(kept) + "\n"
        self.file = self.folder / self.configuration
        self.file.write_text(text)
        self.output = self.folder / "output"
        program = shutil.which(self.name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        environment = {**os.environ, **{name: str(self.folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}}
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                [program, *self.arguments()], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment)
        run.at_end(self.stop)
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
        files = [path for path in self.folder.iterdir() if path.is_file() and path != self.file]
        return "".join(path.read_text(errors="replace") for path in files)

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

    def ask(self, method, path, headers=(), source="127.0.0.1", body=None):
        """One request on a connection of its own, byte for byte as given."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=30, source_address=(source, 0))
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            answer = Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()
        self.run.expect(
            answer.status != 500 or path.startswith("/status/500"), f"{self.name}: {method} {path}: 500 {answer.body[:300]!r}")
        return answer


class Nginx(Gateway):
    name, configuration, listen = "nginx", "nginx.conf", "listen 127.0.0.1:8000"
    key_lines = 'proxy_set_header Authorization "";', 'proxy_set_header X-API-Key "";'

    def arguments(self):
        # Started by root, nginx would work as a user who cannot enter the folder of a run.
        user = "user root; " if os.geteuid() == 0 else ""
        return ["-p", str(self.folder), "-c", str(self.file), "-g", user + "daemon off;"]


class Caddy(Gateway):
    name, configuration, listen = "caddy", "Caddyfile", ":8000 {"
    key_lines = "request_header -Authorization", "request_header -X-Api-Key"

    def arguments(self):
        return ["run", "--config", str(self.file), "--adapter", "caddyfile"]
