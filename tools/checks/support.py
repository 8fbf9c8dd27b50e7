"""What the checks share: a run with its folder and its verdict, the command line, a server, an HTTP connection.

Nothing here leaves the loopback interface, and only processes started here are signalled, each by its own handle.
"""
import argparse
import http.client
import json
import math
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"


class Disconnected(Exception):
    """The server went away: whether it did what was asked is unknown."""


class Unexpected(Exception):
    """An answer that the contract does not allow here."""


def parser(description, needs_binary=True):
    options = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    if needs_binary:
        options.add_argument("--binary", help="the program; default $KEYLEDGER_BINARY, else the debug build of this repository")
    options.add_argument("--seed", type=int, default=None, help="of everything chosen at random; printed")
    options.add_argument("--seconds-max", type=float, default=1800, help="give up, and fail, after so long")
    return options


def find_binary(given):
    path = given or os.environ.get("KEYLEDGER_BINARY")
    if not path:
        shown = subprocess.run(["swift", "build", "--show-bin-path"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
        path = Path(shown.stdout.strip()) / "keyledger"
    if not os.access(path, os.X_OK):
        sys.exit(f"{path} is not there: build it with `swift build`, or name it with --binary.")
    return str(Path(path).resolve())


class Run:
    """One run of a check: its folder, its violations, what must be stopped at the end.

    Leaving the `with` block prints the summary and exits: 0, or 1 with the folder kept if there was a violation.
    """

    shown_violations = 20

    def __init__(self, name, options):
        self.name = name
        self.binary = find_binary(options.binary) if hasattr(options, "binary") else None
        self.seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
        self.random = random.Random(self.seed)
        self.deadline = time.monotonic() + options.seconds_max
        self.folder = Path(tempfile.mkdtemp(prefix=f"keyledger-{name}-"))
        self.summary = ""
        self.violations = 0
        self._lock = threading.Lock()
        self._at_end = []
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the end below is reached
        print(f"{name}: seed {self.seed}", flush=True)

    def violation(self, text):
        with self._lock:
            self.violations += 1
            if self.violations <= self.shown_violations:
                print(f"{self.name}: VIOLATION: {text}", flush=True)

    def expect(self, condition, text):
        if not condition:
            self.violation(text)

    def out_of_time(self):
        return time.monotonic() > self.deadline

    def at_end(self, action):
        """Calls `action` when the run ends, the last one given first."""
        self._at_end.append(action)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        interrupted = kind is not None and not issubclass(kind, Exception)
        if error is not None and not interrupted:
            self.violation("the check itself stopped: " + "".join(traceback.format_exception(kind, error, trace)).strip())
        for action in reversed(self._at_end):
            try:
                action()
            except Exception as problem:  # one that fails must not keep the others from running
                print(f"{self.name}: while tidying up: {problem!r}", flush=True)
        if interrupted:
            shutil.rmtree(self.folder, ignore_errors=True)
            return False
        if self.violations:
            print(f"{self.name}: FAILED with {self.violations} violations; {self.summary}\n"
                  f"{self.name}: data, server output: {self.folder}; seed {self.seed}", flush=True)
            sys.exit(1)
        shutil.rmtree(self.folder, ignore_errors=True)
        print(f"{self.name}: ok; {self.summary}", flush=True)
        sys.exit(0)


class Ledger:
    """A data folder, and the command line on it. `more` goes to `init`; `admin` is that of a folder which was made before."""

    def __init__(self, run, data=None, more=(), admin=None):
        self.run, self.binary = run, run.binary
        self.data = Path(data or run.folder / "data")
        self.admin = admin
        if admin is None:
            made = self.json("init", *more)["adminKey"] or {}
            self.admin, self.admin_id = made.get("secret"), made.get("id")

    def arguments(self, command, *more):
        return [self.binary, *command.split(), *more, "--data", str(self.data)]

    def call(self, command, *more, stdin="", exits=(0,), timeout=300):
        done = subprocess.run(self.arguments(command, *more), input=stdin, capture_output=True, text=True, timeout=timeout)
        if done.returncode not in exits:
            raise Unexpected(f"keyledger {command}: exit {done.returncode}, {done.stderr.strip()[-2000:]} {done.stdout.strip()[-2000:]}")
        return done

    def json(self, command, *more, **named):
        return json.loads(self.call(command, *more, "--json", **named).stdout)

    def create(self, name, *more):
        return self.json("keys create", "--name", name, *more)

    def revoke(self, key_id):
        return self.json("keys revoke", key_id)

    def events(self, *more):
        """The events of the log, one after the other."""
        with subprocess.Popen(self.arguments("log show", *more, "--json"), stdout=subprocess.PIPE, text=True) as reader:
            for line in reader.stdout:
                yield json.loads(line)
        if reader.returncode != 0:
            raise Unexpected(f"keyledger log show: exit {reader.returncode}")

    def check_rebuild(self):
        """What is live equals what the log says, and the doctor finds nothing."""
        checked = self.call("replay", "--check", "--json", exits=(0, 1), timeout=900)
        differences = json.loads(checked.stdout)["differences"]
        self.run.expect(checked.returncode == 0 and not differences, f"replay --check: exit {checked.returncode}, {differences[:5]}")
        doctor = self.call("doctor", exits=(0, 1, 2, 3), timeout=900)
        self.run.expect(doctor.returncode == 0, f"doctor: exit {doctor.returncode}, {(doctor.stdout + doctor.stderr)[-2000:]}")


class Server:
    """`keyledger serve` on a loopback port. `seconds_to_ready` says how long it took to answer."""

    ready_line = re.compile(r"https?://\S+:\d+")
    started = 0

    def __init__(self, ledger, port=None, ready_within=30, preexec=None, more=()):
        self.run, self.port = ledger.run, port or free_port(ledger.run.random)
        Server.started += 1
        self.output = ledger.run.folder / f"serve-{Server.started}.out"
        self.is_dying = threading.Event()
        began = time.monotonic()
        with open(self.output, "wb") as output, open(self.output.with_suffix(".err"), "wb") as errors:
            self.process = subprocess.Popen(
                ledger.arguments("serve", "--host", HOST, "--port", str(self.port), *more),
                stdin=subprocess.DEVNULL, stdout=output, stderr=errors, preexec_fn=preexec)
        self.run.at_end(self.kill)
        while not self.ready_line.search(self.output.read_text(errors="replace")):
            if self.process.poll() is not None:
                raise Unexpected(f"serve ended with exit {self.process.returncode} before it was ready: {self.errors()}")
            if time.monotonic() - began > ready_within:
                raise Unexpected(f"serve was not ready within {ready_within} s: {self.errors()}")
            time.sleep(0.005)
        self.seconds_to_ready = time.monotonic() - began

    def errors(self):
        return self.output.with_suffix(".err").read_text(errors="replace")[-2000:].strip()

    def kill(self):
        """SIGKILL. A server that had already ended on its own is a violation."""
        if self.process.returncode is not None:
            return
        if self.process.poll() is not None:
            self.run.violation(f"serve ended by itself with exit {self.process.returncode}: {self.errors()}")
        self.is_dying.set()
        self.process.kill()
        self.process.wait()

    def stop(self, within=30, exits=(0,)):
        """SIGTERM, and a graceful end."""
        self.is_dying.set()
        self.process.terminate()
        code = self.process.wait(within)
        self.run.expect(code in exits, f"serve ended with exit {code} after SIGTERM: {self.errors()}")


class Client:
    """One keep-alive connection that presents the admin key. Not for sharing between threads."""

    idle_seconds_max = 5  # an idle connection may be closed by the server: rather open a new one

    def __init__(self, port, admin, timeout=30):
        self.connection = http.client.HTTPConnection(HOST, port, timeout=timeout)
        self.headers = {"Authorization": f"Bearer {admin}", "Content-Type": "application/json"}
        self.last_used = time.monotonic()

    def call(self, method, path, body=None, headers=None):
        """The status and the JSON answer."""
        if time.monotonic() - self.last_used > self.idle_seconds_max:
            self.connection.close()
        data = None if body is None else json.dumps(body).encode()
        try:
            self.connection.request(method, path, data, {**self.headers, **(headers or {})})
            response = self.connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as problem:
            self.connection.close()
            raise Disconnected(f"{method} {path}: {problem!r}") from problem
        self.last_used = time.monotonic()
        try:
            return response.status, json.loads(text) if text else None
        except ValueError:
            raise Unexpected(f"{method} {path}: {response.status}, and no JSON: {text[:500]!r}") from None

    def expect(self, statuses, method, path, body=None, headers=None):
        status, answer = self.call(method, path, body, headers)
        if status not in statuses:
            raise Unexpected(f"{method} {path}: {status} {answer}")
        return answer

    def verify(self, secret, **more):
        return self.expect({200}, "POST", "/v1/verify", {"key": secret, **more})

    def verify_batch(self, secrets, **more):
        """The verdicts, in the order of the secrets; at most 100 a call."""
        answer = self.expect({200}, "POST", "/v1/verify/batch", {"requests": [{"key": secret, **more} for secret in secrets]})
        verdicts = answer["results"] if "results" in answer else answer["data"]
        if len(verdicts) != len(secrets):
            raise Unexpected(f"{len(secrets)} requests in a batch, {len(verdicts)} verdicts")
        return verdicts

    def create(self, name, command_id=None, **fields):
        headers = {"Idempotency-Key": command_id} if command_id else {}
        return self.expect({200, 201}, "POST", "/v1/keys", {"name": name, **fields}, headers)

    def revoke(self, key_id):
        return self.expect({200}, "POST", f"/v1/keys/{key_id}/revoke", {})


def stand_still(process):
    """Stops a child process, and waits until the last of its threads stands still: until then it may still answer."""
    os.kill(process.pid, signal.SIGSTOP)
    os.waitpid(process.pid, os.WUNTRACED)


def documented(mark):
    """The one code block of README.md and the articles that is marked so, as ```python guard."""
    documents = [REPOSITORY / "README.md", *sorted((REPOSITORY / "Sources").glob("*/*.docc/*.md"))]
    blocks = [block for path in documents for block in re.findall(rf"(?ms)^```{mark}\n(.*?)^```$", path.read_text(encoding="utf-8"))]
    if len(blocks) != 1:
        raise Unexpected(f"README.md and the articles hold {len(blocks)} blocks marked {mark}")
    return blocks[0]


def free_port(source):
    """Below the range of outgoing ports, so that a client trying to reach a dead server never meets itself."""
    while True:
        port = source.randrange(20_000, 32_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
                return port
            except OSError:
                continue


def chunks(items, size):
    items = list(items)
    return (items[start:start + size] for start in range(0, len(items), size))


def percentile(values, share):
    """The smallest of the values that at least this share of them does not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * share) - 1)]
