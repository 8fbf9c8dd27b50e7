"""The clients: how each is started, and what is special about it."""
import os
import subprocess
from pathlib import Path

from stacks_parts.plan import Answer
from support import REPOSITORY

HERE = Path(__file__).resolve().parent
PYTHON = REPOSITORY / ".build-stacks/bin/python"
# All calls of a plan take a second or two where all are answered.
PROGRAM_SECONDS_MAX = 30


def environment():
    """A proxy that this machine may need for other things is not for loopback."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


class Stack:
    """A program that makes the calls of a plan. Keys are told to it in files that only this user can read."""

    # Can send bodies that wait to be asked for.
    can_expect = True
    def __init__(self, name, *command, keeps_all=True):
        """`keeps_all`: of connections that several threads have used, all are kept for later, and not just some."""
        self.name, self.command, self.keeps_all = name, command, keeps_all

    def suits(self, call):
        return self.can_expect or call.mode != "expect"

    def keeps_after(self, call):
        """Whether it wants the connection to be kept."""
        return True

    def connections_max(self, count, ended, workers):
        """How many connections to one port it may use for so many calls, where so many answers ended one."""
        return count if workers > 1 and not self.keeps_all else workers + ended

    def ask(self, run, calls):
        """The answers to calls, which are pairs of a worker and a call. Each worker makes its own one after the other."""
        plan, answers = run.folder / "plan", run.folder / "answers"
        for file in plan, answers:
            file.unlink(missing_ok=True)
            file.touch(0o600)
        plan.write_text("".join(call.row(worker) + "\n" for worker, call in calls))
        try:
            done = subprocess.run(
                [*self.command, plan, answers], cwd=run.folder, capture_output=True, text=True, timeout=PROGRAM_SECONDS_MAX,
                env=environment())
        except subprocess.TimeoutExpired:
            done = None
        told = dict(Answer.read(line) for line in answers.read_text().splitlines())
        if not done:
            run.violation(f"{self.name}: not done after {PROGRAM_SECONDS_MAX} s, with {len(told)} of {len(calls)} answers")
        elif done.returncode != 0 or len(told) != len(calls):
            output = (done.stdout + done.stderr)[-2000:]
            run.violation(f"{self.name}: exit {done.returncode}, {len(told)} of {len(calls)} answers: {output}")
        return [told.get(index, Answer.none("the program did not say")) for index in range(len(calls))]


class Fetch(Stack):
    """Node's fetch refuses the header `Expect`. It closes after HEAD, in distrust of servers that send a body nevertheless, and now and
    then opens a connection while it has an idle one."""

    can_expect = False

    def keeps_after(self, call):
        return call.method != "HEAD"

    def connections_max(self, count, ended, workers):
        return count // 2 + ended


class Curl(Stack):
    """curl with many URLs in one command: its configuration, with all headers and bodies, comes in a file."""

    def __init__(self, name, *options, keeps=True):
        super().__init__(name)
        self.options, self.keeps = options, keeps

    def keeps_after(self, call):
        return self.keeps

    def suits(self, call):
        # HTTP/1.0 knows neither chunks nor an invitation to send a body.
        return self.keeps or call.mode in ("none", "sized")

    def connections_max(self, count, ended, workers):
        return super().connections_max(count, ended, workers) if self.keeps else count

    def ask(self, run, calls):
        answers = [None] * len(calls)
        groups = {}
        for index, (worker, call) in enumerate(calls):
            groups.setdefault(worker, []).append((index, call))
        commands, batches = [], list(groups.values())
        for batch in batches:
            configuration = run.folder / f"curl-{batch[0][0]}"
            configuration.touch(0o600)
            configuration.write_text("next\n".join(self.section(run, index, call) for index, call in batch))
            commands.append(subprocess.Popen(
                ["curl", "--disable", "--config", configuration], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                env=environment()))
        for batch, command in zip(batches, commands):
            try:
                told, problems = command.communicate(timeout=PROGRAM_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                command.kill()
                told, problems = command.communicate()
                run.violation(f"{self.name}: not done after {PROGRAM_SECONDS_MAX} s")
            lines = dict(line.split(" ", 1) for line in told.splitlines())
            for index, _ in batch:
                answers[index] = self.answer(run, index, lines.get(str(index)), problems)
                # As the body of an answer to HEAD curl gives the head.
                if calls[index][1].method == "HEAD":
                    answers[index].body = b""
            (run.folder / f"curl-{batch[0][0]}").unlink()
        return answers

    def section(self, run, index, call):
        lines = [*self.options, "silent", "show-error", "max-time = 5", f"url = http://127.0.0.1:{call.port}{call.path}",
                 f"output = {run.folder}/body-{index}", f"dump-header = {run.folder}/head-{index}",
                 f'write-out = "{index} %{{http_code}} %{{time_total}} %{{exitcode}} %{{http_version}}\\n"']
        lines += ["head"] if call.method == "HEAD" else [f"request = {call.method}"]
        headers = list(call.headers)
        if call.mode == "none":
            lines += ['data = ""'] if call.method == "POST" else []
        else:
            body = run.folder / f"sent-{index}"
            body.touch(0o600)
            body.write_text(call.body)
            lines.append(f"data-binary = @{body}")
            headers += {"chunked": [("Transfer-Encoding", "chunked")], "expect": [("Expect", "100-continue")]}.get(call.mode, [])
        lines += [f'header = "{name}: {value}"' for name, value in headers]
        return "\n".join(lines) + "\n"

    def answer(self, run, index, line, problems):
        head, body = run.folder / f"head-{index}", run.folder / f"body-{index}"
        (run.folder / f"sent-{index}").unlink(missing_ok=True)
        if line is None:
            return Answer.none(f"curl did not say: {problems[-500:]}")
        status, seconds, exit_code, version = line.split()
        # Of several heads the last one is the answer's.
        heads = head.read_bytes().decode().strip().split("\r\n\r\n") if head.exists() else [""]
        fields = heads[-1].splitlines()[1:]
        text = body.read_bytes() if body.exists() else b""
        for file in head, body:
            file.unlink(missing_ok=True)
        failure = "" if exit_code == "0" else f"exit {exit_code} of curl, {problems[-300:]}"
        if not failure and version not in ("1.1", "1"):
            failure = f"HTTP/{version}"
        headers = [tuple(field.split(": ", 1)) for field in fields if ": " in field]
        return Answer(int(status), round(float(seconds) * 1000), headers, text, failure)


def stacks(run):
    """All of them. What is compiled is compiled now."""
    go = run.folder / "calls-go"
    subprocess.run(
        ["go", "build", "-o", go, HERE / "calls.go"], check=True, cwd=run.folder,
        env={**os.environ, "GO111MODULE": "off", "CGO_ENABLED": "0"})
    in_python = "http.client", "requests", "urllib3", "httpx", "aiohttp"
    return [
        Curl("curl"), Curl("curl --http2", "http2"), Curl("curl --http1.0", "http1.0", keeps=False),
        Stack("Java's HttpClient", "java", "-XX:TieredStopAtLevel=1", HERE / "Calls.java"),
        *(Stack(f"Python's {name}", PYTHON, "-B", HERE / "calls.py", name) for name in in_python),
        # Of the connections to one host, Go keeps two.
        Stack("Go's net/http", go, keeps_all=False),
        Fetch("Node's fetch", "node", HERE / "calls.mjs", "fetch"), Stack("Node's http", "node", HERE / "calls.mjs", "http")]
