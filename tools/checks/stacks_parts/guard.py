"""The guard in FastAPI that the article on guarding a service shows, as it stands there.

Only the address and the file of its key are replaced.
"""
import http.client
import os
import signal
import socket
import subprocess
import time

from stacks_parts.plan import INVALID, LACKING, REALM
from stacks_parts.stacks import PYTHON
from support import HOST, Unexpected, documented, free_port, stand_still

ADDRESS, KEY_FILE = "http://127.0.0.1:8080", "/run/secrets/keyledger-service-key"


def shown(run, server, key_file):
    """The program in the article."""
    text = documented("python guard")
    for written, here in ((ADDRESS, f"http://{HOST}:{server.port}"), (KEY_FILE, str(key_file))):
        if text.count(written) != 1:
            raise Unexpected(f"the guard in the article does not name {written} once")
        text = text.replace(written, here)
    return text


def check_guard(run, server, keys):
    key_file, port = run.folder / "service-key", free_port(run.random)
    key_file.touch(0o600)
    key_file.write_text(keys["service"]["secret"] + "\n")
    (run.folder / "guarded.py").write_text(shown(run, server, key_file))
    output = run.folder / "guarded.out"
    with open(output, "wb") as out:
        process = subprocess.Popen(
            [PYTHON, "-B", "-m", "uvicorn", "guarded:app", "--host", HOST, "--port", str(port), "--no-access-log"], cwd=run.folder,
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
    run.at_end(lambda: process.poll() is None and process.kill())
    until = time.monotonic() + 30
    while True:
        try:
            socket.create_connection((HOST, port), timeout=5).close()
            break
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise Unexpected(f"the guard in the article does not start: {output.read_text()[-2000:]}") from None
            time.sleep(0.05)

    def ask(headers):
        connection = http.client.HTTPConnection(HOST, port, timeout=30)
        try:
            connection.request("GET", "/listings", headers=headers)
            response = connection.getresponse()
            return response.status, response.getheader("WWW-Authenticate"), response.read()
        finally:
            connection.close()

    def expect(words, headers, status, challenge):
        answer = ask(headers)
        run.expect(answer[:2] == (status, challenge), f"the article's guard, {words}: {status} {challenge} expected: {answer}")

    good = keys["good 1"]["secret"]
    expect("a good key", {"Authorization": f"Bearer {good}"}, 200, None)
    expect("a good key in X-API-Key", {"X-API-Key": good}, 200, None)
    expect("a revoked key", {"Authorization": f"Bearer {keys['revoked']['secret']}"}, 401, INVALID)
    expect("an unknown key", {"X-API-Key": keys["unknown"]["secret"]}, 401, INVALID)
    expect("a mistyped key", {"X-API-Key": keys["mistyped"]["secret"]}, 401, INVALID)
    expect("a key that lacks the scope", {"X-API-Key": keys["lacking"]["secret"]}, 403, LACKING)
    expect("a key that may not be used from here", {"X-API-Key": keys["fenced"]["secret"]}, 403, None)
    expect("no key", {}, 401, REALM)
    # A ledger that stands still: nobody is let in.
    stand_still(server.process)
    try:
        expect("a ledger that hangs", {"X-API-Key": good}, 503, None)
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    expect("the ledger came back", {"X-API-Key": good}, 200, None)
    process.terminate()
    process.wait(15)
    run.expect("Traceback" not in output.read_text(), f"the article's guard: {output.read_text()[-2000:]}")
