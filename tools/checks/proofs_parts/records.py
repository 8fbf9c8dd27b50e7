"""Makes up records: the protobuf message Event, written by hand, and whole histories of keys that make sense."""
import hashlib

BODY = {"KeyCreated": 20, "KeyUsed": 21, "KeyRefused": 22, "KeyRevoked": 23, "KeyExpired": 24, "KeyChanged": 25, "KeyDisabled": 26,
        "KeyEnabled": 27, "SecretAdded": 28, "SecretRetired": 29, "ClockConfirmed": 35, "LogRead": 34,
        "LogForked": 31, "LogKeyChanged": 33, "AccountErased": 32, "AccountChanged": 36}
START = 1_790_000_000_000_000  # microseconds


def varint(value):
    value &= (1 << 64) - 1
    data = bytearray()
    while value >= 0x80:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    data.append(value)
    return bytes(data)


def field(number, value):
    """An int as a varint, text or bytes with their length; what is 0 or empty is left out, but for messages (lists of fields)."""
    if isinstance(value, list):
        value = b"".join(value)
    elif not value:
        return b""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, str):
        value = value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


OPERATOR, CALLER = (1, "cli"), (3, "key_" + "0" * 32)


def event(kind, key, recorded, body, account="acme", actor=None, ordinal=0, command="", more=b"", sealed=True):
    """`actor`: kind and id; the command line, and of a use the service that asked. `ordinal`: within the command."""
    kind_of_actor, name = actor or (CALLER if kind in ("KeyUsed", "KeyRefused") else OPERATOR)
    return b"".join([
        field(1, key), field(2, account), field(3, recorded), field(5, [field(1, kind_of_actor), field(2, name)]), field(6, command),
        field(7, ordinal), field(9, [field(1, bytes(16)), field(2, b"sealed" * 6)]) if sealed else b"", more, field(BODY[kind], body)])


def secret(number, digest):
    return [field(1, number), field(2, digest), field(3, 1), field(4, "lhql_live_\u2026abcd")]


def use(number, decided, at, count=1, code=0, scopes=(), first=0, environment="", internal=0, permission=""):
    return [field(1, count), field(2, number), *(field(3, scope) for scope in scopes), field(4, decided), field(5, at), field(6, first),
            field(7, environment), field(8, internal), field(9, code), field(10, permission)]


def created(number_digest, scopes=("listings:read",), permissions=(), expires=0, environment="live", restricts=0, number=1):
    return [field(1, environment), field(2, secret(number, number_digest)), *(field(3, scope) for scope in scopes),
            *(field(4, permission) for permission in permissions), field(5, expires), field(8, restricts)]


def changed(scopes=None, permissions=None, expires=None, name=False, restricts=None):
    """What is None stays; `expires` 0: never."""
    body = [] if scopes is None else [field(1, [field(1, scope) for scope in scopes])]
    body += [] if permissions is None else [field(2, [field(1, permission) for permission in permissions])]
    body += [] if expires is None else [field(3, [field(1, expires)])]
    body += [field(6, int(name))]
    return body + ([] if restricts is None else [varint(8 << 3) + varint(int(restricts))])


def added(number, digest, retire_at=0, when_used=False, extends=None):
    """`extends` None: as before there was a rule about it."""
    body = [field(1, secret(number, digest)), field(2, retire_at), field(3, int(when_used))]
    return body + ([] if extends is None else [varint(4 << 3) + varint(int(extends))])


class History:
    """A random log that makes sense, record by record."""

    def __init__(self, source, account="acme"):
        self.random, self.account, self.records, self.kinds, self.recorded = source, account, [], [], START
        self.live, self.disabled, self.ended, self.secrets, self.expires, self.scope = [], [], [], {}, {}, 0

    def add(self, kind, key, body, **more):
        self.records.append(event(kind, key, self.recorded, body, self.account, **more))
        self.kinds.append(kind)

    def digest(self):
        return hashlib.sha256(self.random.randbytes(32)).digest()

    def create(self):
        key = self.random.randbytes(16)
        if self.random.random() < 0.2:
            self.expires[key] = self.recorded + self.random.randrange(1, 200) * 1000
        self.add("KeyCreated", key, created(self.digest(), expires=self.expires.get(key, 0)))
        self.live.append(key)
        self.secrets[key] = 1

    def present(self, key):
        """A use, or after the key's expiry a refusal; decided at some record since."""
        if self.expires.get(key, self.recorded + 1) <= self.recorded:
            self.add("KeyRefused", key, use(self.secrets[key], len(self.records) - 1, self.recorded, code=3))
        else:
            self.add("KeyUsed", key, use(self.secrets[key], len(self.records) - 1, self.recorded))

    def step(self):
        self.recorded += self.random.randrange(3) * 1000
        choice = self.random.random()
        overdue = [key for key in self.live if self.expires.get(key, self.recorded + 1) <= self.recorded]
        if len(self.live) < 3 or choice < 0.1:
            self.create()
        elif overdue and choice < 0.3:
            self.live.remove(overdue[0])
            self.add("KeyExpired", overdue[0], [], actor=(4, "sweep"))
            self.ended.append((overdue[0], 3))
        elif choice < 0.75:
            self.present(self.random.choice(self.live))
        elif choice < 0.8 and self.ended:
            key, code = self.random.choice(self.ended)
            last = self.recorded
            self.add("KeyRefused", key, use(self.secrets[key], len(self.records) - 1, last, count=3, code=code, first=last - 5))
        else:
            self.change(choice)

    def change(self, choice):
        sound = [key for key in self.live if key not in self.expires]
        if not sound:
            return self.create()
        key = self.random.choice(sound)
        if choice < 0.85:
            self.live.remove(key)
            self.add("KeyRevoked", key, [field(1, "leaked")])
            self.ended.append((key, 2))
        elif choice < 0.9:
            self.live.remove(key)
            self.add("KeyDisabled", key, [])
            self.disabled.append(key)
        elif choice < 0.94 and self.disabled:
            key = self.disabled.pop(self.random.randrange(len(self.disabled)))
            self.add("KeyEnabled", key, [])
            self.live.append(key)
        elif choice < 0.97:
            old = self.secrets[key]
            self.secrets[key] = old + 1
            self.add("SecretRetired", key, [field(1, old)])
            self.add("SecretAdded", key, added(old + 1, self.digest()), ordinal=1)
        else:
            self.scope += 1
            self.add("KeyChanged", key, changed(scopes=["listings:*", f"more:{self.scope}"]))

    def grow(self, size):
        while len(self.records) < size:
            self.step()
        del self.records[size:]
        return self.records
