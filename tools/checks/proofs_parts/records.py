"""Makes up records: the protobuf message Event, written by hand, and whole histories of keys that make sense."""
import hashlib

BODY = {"KeyCreated": 20, "KeyUsed": 21, "KeyRefused": 22, "KeyRevoked": 23, "KeyExpired": 24, "KeyChanged": 25, "KeyDisabled": 26,
        "KeyEnabled": 27, "SecretAdded": 28, "SecretRetired": 29}
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


def event(kind, key, recorded, body, account="acme"):
    return b"".join([
        field(1, key), field(2, account), field(3, recorded), field(5, [field(1, 3), field(2, "key_" + "0" * 32)]),
        field(9, [field(1, bytes(16)), field(2, b"sealed" * 6)]), field(BODY[kind], body)])


def secret(number, digest):
    return [field(1, number), field(2, digest), field(3, 1), field(4, "lhql_live_\u2026abcd")]


def use(number, decided, recorded, count=1, code=0):
    return [field(1, count), field(2, number), field(4, decided), field(5, recorded), field(9, code)]


class History:
    """A random log that makes sense, record by record."""

    def __init__(self, source, account="acme"):
        self.random, self.account, self.records, self.recorded = source, account, [], START
        self.live, self.disabled, self.ended, self.secrets = [], [], [], {}

    def add(self, kind, key, body):
        self.recorded += self.random.randrange(3) * 1000
        self.records.append(event(kind, key, self.recorded, body, self.account))

    def digest(self):
        return hashlib.sha256(self.random.randbytes(32)).digest()

    def create(self):
        key = self.random.randbytes(16)
        self.add("KeyCreated", key, [field(1, "live"), field(2, secret(1, self.digest())), field(3, "listings:read")])
        self.live.append(key)
        self.secrets[key] = 1
        return key

    def use(self, key):
        self.add("KeyUsed", key, use(self.secrets[key], len(self.records) - 1, self.recorded))

    def step(self):
        choice = self.random.random()
        if len(self.live) < 3 or choice < 0.1:
            self.create()
        elif choice < 0.75:
            self.use(self.random.choice(self.live))
        elif choice < 0.8 and self.ended:
            self.add("KeyRefused", self.random.choice(self.ended), use(1, len(self.records) - 1, self.recorded, count=3, code=2))
        elif choice < 0.85:
            key = self.live.pop(self.random.randrange(len(self.live)))
            self.add(*self.random.choice([("KeyRevoked", key, [field(1, "leaked")]), ("KeyExpired", key, [])]))
            self.ended.append(key)
        elif choice < 0.9:
            key = self.live.pop(self.random.randrange(len(self.live)))
            self.add("KeyDisabled", key, [])
            self.disabled.append(key)
        elif choice < 0.94 and self.disabled:
            key = self.disabled.pop(self.random.randrange(len(self.disabled)))
            self.add("KeyEnabled", key, [])
            self.live.append(key)
        elif choice < 0.97:
            key = self.random.choice(self.live)
            old = self.secrets[key]
            self.secrets[key] = old + 1
            self.add("SecretAdded", key, [field(1, secret(old + 1, self.digest()))])
            self.add("SecretRetired", key, [field(1, old)])
        else:
            self.add("KeyChanged", self.random.choice(self.live), [field(1, [field(1, "listings:*")])])

    def grow(self, size):
        while len(self.records) < size:
            self.step()
        del self.records[size:]
        return self.records
