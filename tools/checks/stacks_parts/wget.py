"""wget: one command, many addresses, the header in a file."""
import os
import re
import subprocess

from stacks_parts.connections import Connections
from support import HOST


def check_wget(run, server, auth_port, keys, times):
    """What a gateway asks, with a good key and with one that lacks the scope, and what a key is: so many times each, on one connection.

    Gives the number of calls.
    """
    good, auth = keys["good 1"], "/v1/auth?environment=live&scope=listings:read"
    kinds = (
        (auth_port, auth, good["secret"], "200", f"(?i)\nx-key-id: {good['id']}\r\n"),
        (auth_port, auth, keys["lacking"]["secret"], "403", '"INSUFFICIENT_SCOPE"'),
        (server.port, f"/v1/keys/{good['id']}", keys["admin"]["secret"], "200", f'"id":\\s?"{good["id"]}"'))
    for port, path, secret, status, shown in kinds:
        settings, addresses, answers = (run.folder / f"wget-{part}" for part in ("settings", "addresses", "answers"))
        settings.touch(0o600)
        settings.write_text(
            f"header = X-API-Key: {secret}\nsave_headers = on\ncontent_on_error = on\ntries = 1\ntimeout = 5\nuse_proxy = off\n")
        addresses.write_text(f"http://{HOST}:{port}{path}\n" * times)
        with Connections(port) as connections:
            done = subprocess.run(
                ["wget", "--quiet", "--input-file", addresses, "--output-document", answers], env={**os.environ, "WGETRC": str(settings)},
                capture_output=True, text=True, timeout=60)
        text = answers.read_bytes().decode()
        statuses, right = re.findall(r"HTTP/1\.1 (\d+) ", text), re.findall(shown, text)
        run.expect(statuses == [status] * times, f"wget {path}: exit {done.returncode}, {statuses} {done.stderr[-500:]}")
        run.expect(len(right) == times, f"wget {path}: {len(right)} of {times} answers are right")
        run.expect(connections[port] == 1, f"wget {path}: {connections[port]} connections for {times} calls")
        for file in settings, addresses, answers:
            file.unlink()
    return len(kinds) * times
