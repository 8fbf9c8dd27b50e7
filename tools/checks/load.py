"""Keys in circulation, the load that uses them, and the comparison of all that was acknowledged with the log."""
import multiprocessing
import os
import queue
import random
import threading
import time
from collections import Counter, deque

from support import Client, Disconnected, Unexpected, chunks


class Keys:
    """Every key of a run and everything that was acknowledged about it. Safe to share between threads."""

    live_target = 60

    def __init__(self, run, ledger):
        self.run, self.ledger = run, ledger
        self.lock = threading.Lock()
        self.secrets = {}  # key id → secret
        self.created = {}  # key id → acknowledged position
        self.live = []  # key ids that nobody began to revoke
        self.revoking = set()  # key ids whose revocation began: REVOKED is right from here on
        self.revoked = {}  # key id → acknowledged position
        self.revoked_at = {}  # key id → when the acknowledgement had arrived
        self.revoked_again = set()  # the acknowledgement came for a repeated command, so the record may be older
        self.recently_revoked = deque(maxlen=200)
        self.uses = Counter()  # acknowledged VALID verdicts
        self.unanswered = Counter()  # verify calls without an answer: recorded or not, both is right
        self.accepted_at_position = {}  # key id → the highest position an accepting verdict reflected
        self.unanswered_creations = {}  # command id → name
        self.repeated_names = set()
        self.serial = 0

    # Creating

    def next_name(self):
        with self.lock:
            self.serial += 1
            return f"check-{self.serial}"

    def add(self, answer):
        if not answer.get("secret"):  # the repeat of a command that had been carried out: the secret is not shown twice
            return
        with self.lock:
            self.secrets[answer["id"]] = answer["secret"]
            self.created[answer["id"]] = answer["position"]
            self.live.append(answer["id"])

    def create(self, client):
        name = self.next_name()
        command_id = f"create-{name}"
        try:
            self.add(client.create(name, command_id))
        except Disconnected:
            with self.lock:
                self.unanswered_creations[command_id] = name
            raise

    def create_by_command_line(self):
        self.add(self.ledger.create(self.next_name()))

    # Revoking

    def begin_revocation(self, source):
        with self.lock:
            if len(self.live) < 2:
                return None
            index = source.randrange(len(self.live))
            self.live[index], self.live[-1] = self.live[-1], self.live[index]
            key_id = self.live.pop()
            self.revoking.add(key_id)
            return key_id

    def end_revocation(self, key_id, answer):
        arrived = time.monotonic()
        self.run.expect(answer["status"] == "revoked", f"revoking {key_id} answered {answer}")
        with self.lock:
            self.revoked[key_id] = answer["position"]
            self.revoked_at[key_id] = arrived
            self.recently_revoked.append(key_id)

    def revoke(self, client, source):
        key_id = self.begin_revocation(source)
        if key_id:
            self.end_revocation(key_id, client.revoke(key_id))
        return key_id

    def revoke_by_command_line(self, source):
        key_id = self.begin_revocation(source)
        if key_id:
            self.end_revocation(key_id, self.ledger.revoke(key_id))

    def repeat_unanswered(self, client):
        """What was asked and not answered is asked again, with the same command id: it must not happen twice."""
        for command_id, name in list(self.unanswered_creations.items()):
            self.add(client.create(name, command_id))
            self.repeated_names.add(name)
            del self.unanswered_creations[command_id]
        for key_id in self.revoking - set(self.revoked):
            self.revoked_again.add(key_id)
            self.end_revocation(key_id, client.revoke(key_id))

    # Verifying

    def choose(self, source):
        """A live key mostly, or one that was revoked a short while ago."""
        with self.lock:
            if self.recently_revoked and source.random() < 0.15:
                return source.choice(self.recently_revoked)
            return source.choice(self.live)

    def judge(self, key_id, verdict, started):
        """Counts an accepting verdict; reports one that cannot be right for a call that started then."""
        position, code = verdict.get("position"), verdict.get("code")
        with self.lock:
            revoked_at = self.revoked_at.get(key_id)
            is_revoking = key_id in self.revoking
            if verdict["valid"]:
                self.uses[key_id] += 1
                self.accepted_at_position[key_id] = max(position, self.accepted_at_position.get(key_id, -1))
        if verdict["valid"]:
            if revoked_at is not None and revoked_at < started:
                self.run.violation(f"{key_id} accepted {started - revoked_at:.6f} s after its revocation was acknowledged: {verdict}")
        elif not (code == "REVOKED" and is_revoking):
            self.run.violation(f"{key_id}, {'being revoked' if is_revoking else 'live'}, got a wrong verdict: {verdict}")

    def verify(self, client, key_id):
        started = time.monotonic()
        try:
            verdict = client.verify(self.secrets[key_id])
        except (Disconnected, Unexpected):
            with self.lock:
                self.unanswered[key_id] += 1
            raise
        self.judge(key_id, verdict, started)

    def check_all_revoked(self, client):
        """Each key whose revocation was acknowledged answers REVOKED."""
        for ids in chunks(self.revoked, 100):
            for key_id, verdict in zip(ids, client.verify_batch([self.secrets[key_id] for key_id in ids], dryRun=True)):
                self.run.expect(
                    not verdict["valid"] and verdict["code"] == "REVOKED",
                    f"{key_id}, revoked at {self.revoked[key_id]}, answered {verdict['code']}")

    def check_live(self, client, source, count):
        for key_id in source.sample(self.live, min(count, len(self.live))):
            self.verify(client, key_id)

    # The log

    def compare_with_log(self):
        """Reads the whole log and holds it against all that was acknowledged. Gives the number of events."""
        violation = self.run.violation
        created, ended, uses = {}, {}, Counter()
        expected, last_recorded = 0, ""
        for event in self.ledger.events():
            position, kind, key_id = event["position"], event["type"], event["keyId"]
            if position != expected:
                violation(f"position {position} in the log where {expected} should be")
            expected = position + 1
            recorded = event["recordedAt"]
            if recorded < last_recorded:
                violation(f"recordedAt decreases at position {position}: {last_recorded} to {recorded}")
            last_recorded = recorded
            if kind == "KeyCreated":
                if key_id in created:
                    violation(f"{key_id} created twice, at {created[key_id]} and {position}")
                created[key_id] = position
            elif kind in ("KeyRevoked", "KeyExpired"):
                if key_id in ended:
                    violation(f"{key_id} ended twice, at {ended[key_id]} and {position}")
                ended[key_id] = position
            elif kind == "KeyUsed":
                uses[key_id] += event["count"]
                if key_id not in created:
                    violation(f"{key_id} used at {position} and not created before")
                if key_id in ended:
                    violation(f"{key_id} used at {position}, ended at {ended[key_id]}")
                # No end of the key lies before this record, so deciding before this record is deciding before the end.
                if event["decidedAtPosition"] >= position:
                    violation(f"{key_id} used at {position}, decided at {event['decidedAtPosition']}")
        for key_id, position in self.created.items():
            if created.get(key_id) != position:
                violation(f"{key_id} acknowledged as created at {position}; the log has it at {created.get(key_id)}")
        for key_id, position in self.revoked.items():
            at = ended.get(key_id)
            if at is None or at > position or (at != position and key_id not in self.revoked_again):
                violation(f"{key_id} acknowledged as revoked at {position}; the log has it at {at}")
        for key_id, position in self.accepted_at_position.items():
            if key_id in ended and position >= ended[key_id]:
                violation(f"{key_id} ended at {ended[key_id]} and accepted as of position {position}")
        for key_id in self.secrets:
            least, most = self.uses[key_id], self.uses[key_id] + self.unanswered[key_id]
            if not least <= uses[key_id] <= most:
                violation(f"{key_id}: {uses[key_id]} uses in the log, {least} acknowledged and {most - least} unanswered")
        self.check_names()
        return expected

    def check_names(self):
        """Each name once in the list: no command was carried out twice, and no repeated one not at all."""
        names = Counter(key["name"] for key in self.ledger.json("keys list"))
        for name, count in names.items():
            if name.startswith("check-") and count > 1:
                self.run.violation(f"{count} keys named {name}: one command was carried out more than once")
        for name in self.repeated_names - set(names):
            self.run.violation(f"no key named {name}, though its creation was acknowledged")


class Load:
    """Threads that verify over HTTP, and one that creates and revokes, until `stop` or the server is killed."""

    def __init__(self, keys, server, verifiers, pause=0.005):
        self.keys, self.server, self.pause = keys, server, pause
        self.stopping = threading.Event()
        self.calls = 0
        jobs = [self.verify] * verifiers + [self.change]
        self.threads = [
            threading.Thread(target=self.work, args=(job, f"{keys.run.seed}-{keys.serial}-{number}"), daemon=True)
            for number, job in enumerate(jobs)]
        for thread in self.threads:
            thread.start()

    def work(self, job, seed):
        source, client = random.Random(seed), Client(self.server.port, self.keys.ledger.admin)
        try:
            while not self.stopping.is_set():
                job(client, source)
                self.calls += 1
        except Disconnected as problem:
            if not self.server.is_dying.is_set():
                self.keys.run.violation(f"a call failed: {problem}")
        except Exception as problem:
            self.keys.run.violation(f"a call failed: {problem!r}")

    def verify(self, client, source):
        self.keys.verify(client, self.keys.choose(source))

    def change(self, client, source):
        if len(self.keys.live) <= self.keys.live_target or source.random() < 0.4:
            self.keys.create(client)
        else:
            self.keys.revoke(client, source)
        time.sleep(self.pause)

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


class Flood:
    """Processes that verify a fixed set of keys as fast as they can; for more load than one Python process can make.

    Every verdict must have the `expected` code. With `calls` each process ends after so many verdicts. They run at a
    lower priority, so that what is measured beside them waits for the ledger and not for a processor that Python holds.
    """

    def __init__(self, run, server, admin, secrets, processes=4, batch=100, expected="VALID", calls=None):
        self.run, self.server, self.admin, self.secrets = run, server, admin, secrets
        self.expected, self.calls = expected, calls
        here = multiprocessing.get_context("fork")
        self.stopping, self.results = here.Event(), here.Queue()
        # Every other process asks one at a time.
        self.processes = [
            here.Process(target=self.work, args=(number, batch if number % 2 else 1), daemon=True) for number in range(processes)]
        for process in self.processes:
            process.start()

    def work(self, number, batch):
        secrets, expected, calls = self.secrets, self.expected, self.calls
        os.nice(10)
        source, client = random.Random(number), Client(self.server.port, self.admin)
        ids, answered, unanswered, problem = list(secrets), Counter(), Counter(), None
        asked = 0
        while not self.stopping.is_set() and (calls is None or asked < calls):
            chosen = source.choices(ids, k=batch if calls is None else min(batch, calls - asked))
            asked += len(chosen)
            try:
                if batch == 1:
                    verdicts = [client.verify(secrets[chosen[0]])]
                else:
                    verdicts = client.verify_batch([secrets[key_id] for key_id in chosen])
                answered.update(key_id for key_id, verdict in zip(chosen, verdicts) if verdict["code"] == expected)
                wrong = [verdict for verdict in verdicts if verdict["code"] != expected]
                if wrong:
                    problem = f"{expected} expected, not {wrong[0]}"
                    break
            except (Disconnected, Unexpected) as error:
                unanswered.update(chosen)
                problem = error
                break
        self.results.put((answered, unanswered, None if problem is None else (isinstance(problem, Disconnected), str(problem))))

    def join(self):
        """The verdicts counted by key id, and the calls without an answer."""
        answered, unanswered, missing = Counter(), Counter(), len(self.processes)
        while missing:
            try:
                one_answered, one_unanswered, problem = self.results.get(timeout=1)
            except queue.Empty:
                if not any(process.is_alive() for process in self.processes) and self.results.empty():
                    self.run.violation(f"{missing} load processes ended without a result")
                    break
                continue
            missing -= 1
            answered += one_answered
            unanswered += one_unanswered
            if problem and not (problem[0] and self.server.is_dying.is_set()):
                self.run.violation(f"a call failed: {problem[1]}")
        for process in self.processes:
            process.join()
        return answered, unanswered

    def stop(self):
        self.stopping.set()
        return self.join()
