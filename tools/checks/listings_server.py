"""`listings-api`, the calling service of this repository, for the checks that need one. It is taken from beside `keyledger`."""
import http.client
import json
import subprocess
import time
from pathlib import Path

from support import HOST, Unexpected, free_port


class ListingsServer:
    """`listings-api` on a loopback port, with a key of its own."""

    started = 0

    def __init__(self, ledger, ledger_port, more=(), port=None):
        run = ledger.run
        ListingsServer.started += 1
        output = run.folder / f"listings-{ListingsServer.started}.out"
        self.run, self.port, self.errors = run, port or free_port(run.random), output.with_suffix(".err")
        service_key_file = output.with_suffix(".key")
        service_key_file.touch(0o600)
        service_key_file.write_text(ledger.create("listings api", "--permission", "verify")["secret"])
        with open(output, "wb") as out, open(self.errors, "wb") as errors:
            self.process = subprocess.Popen(
                [Path(run.binary).parent / "listings-api", "--host", HOST, "--port", str(self.port),
                 "--database", output.with_suffix(".sqlite"), "--ledger", f"http://{HOST}:{ledger_port}",
                 "--service-key-file", service_key_file, *more],
                stdin=subprocess.DEVNULL, stdout=out, stderr=errors)
        run.at_end(lambda: self.process.poll() is None and self.process.kill())
        deadline = time.monotonic() + 30
        while b"http" not in output.read_bytes():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Unexpected(f"listings-api is not ready: {self.errors.read_text()}")
            time.sleep(0.01)

    def call(self, key, method, path, body=None, **headers):
        """Status, headers and JSON answer, over a connection of its own. `headers`: with underscores for dashes."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            sent["Authorization"] = f"Bearer {key}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        connection.request(method, path, None if body is None else json.dumps(body), sent)
        response = connection.getresponse()
        text = response.read()
        connection.close()
        return response.status, response.headers, json.loads(text) if text else None

    def all(self, key):
        """Every listing of the key's account."""
        found, cursor = [], ""
        while cursor is not None:
            status, _, page = self.call(key, "GET", "/v1/listings?limit=200" + (f"&cursor={cursor}" if cursor else ""))
            if status != 200:
                raise Unexpected(f"listing answers {status} {page}")
            found += page["data"]
            cursor = page["nextCursor"]
        return found

    def stop(self):
        self.process.terminate()
        code = self.process.wait(30)
        self.run.expect(code == 0, f"listings-api ended with exit {code} after SIGTERM: {self.errors.read_text()[-2000:]}")
