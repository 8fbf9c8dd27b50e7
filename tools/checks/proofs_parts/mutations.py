"""Bundles as nobody writes them: mutated in their JSON and in their bytes, each line sealed again or not. For showing that no reader
ends but with an answer."""
import base64
import json

from . import bundles

NUMBERS = [0, -1, 1, 255, 2**31, 2**32, 2**53, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -2**63, 10**4000, 1.5, -0.0, 1e300]
TEXTS = ["", "x", "\ud800", "\U0010ffff\u0000", "\u2028", "A" * 43 + "=", "=" * 44, "key_" + "0" * 32, "a\n\nb\n", "A" * 70_000, "+".join("abc")]
VALUES = [*NUMBERS, *TEXTS, None, True, False, [], {}, [None], ["from", "to", "account", "key"], {"from": 1}, [[[[]]]], {"": {"": []}}]
RAW = [b"", b"\n", b"[" * 100_000 + b"\n", b'{"bundle":' * 20_000 + b"\n", b"\xff\xfe\n", b"\xef\xbb\xbf{}\n", b"{}\n", b"null\n", b"NaN\n", b"1e999999\n",
       b"9" * 5000 + b"\n", b'"\\ud800"\n', b"\x00" * 64 + b"\n", b'{"end":{"records":' + b"1" * 4400 + b',"sha256":""}}\n', b"x" * (1 << 21) + b"\n",
       b'{"position":' + b"9" * 4300 + b',"record":""}\n', b'{"position":18446744073709551615,"record":""}\n', b'{"position":-1,"record":""}\n']


def places(value, path=()):
    """The paths to everything in a JSON value."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


def replaced(value, path, new):
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(copy[path[0]], path[1:], new)
    return copy


def text_of(value):
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def mutated_value(source, entry):
    """The line with one value another, a field gone, doubled, or new."""
    value = json.loads(entry)
    path = source.choice(list(places(value)))
    choice = source.random()
    if choice < 0.75 or not path:
        return text_of(replaced(value, path, source.choice(VALUES)))
    parent = value
    for key in path[:-1]:
        parent = parent[key]
    if choice < 0.85:
        parent.pop(path[-1])
    elif isinstance(parent, dict):
        parent[source.choice(["", "size", "root", "filter", "proof", "consistency", "\ud800"])] = source.choice(VALUES)
    else:
        parent.insert(path[-1], source.choice(VALUES))
    return text_of(value)


def mutated_record(source, entry):
    """The line with a record whose protobuf is another: cut, longer than it says, numbers beyond what they may be, bytes flipped."""
    value = json.loads(entry)
    if "record" not in value:
        return mutated_value(source, entry)
    record = bytearray(base64.b64decode(value["record"]))
    for _ in range(source.randrange(1, 4)):
        at, choice = source.randrange(len(record) + 1), source.randrange(6)
        if choice == 0:
            del record[at:]
        elif choice == 1:
            record[at:at] = source.choice([b"\xff" * 9 + b"\x01", b"\xff" * 10, b"\x80" * 9 + b"\x02", b"\x0a\xff\xff\xff\xff\x0f", b"\x0b" * 200, b"\xf2\x3f\x00"])
        elif choice == 2 and at < len(record):
            record[at] ^= 1 << source.randrange(8)
        elif choice == 3:
            record[at:at] = source.randbytes(source.randrange(1, 40))
        elif choice == 4:
            record += bytes(record)
        else:
            del record[at:at + source.randrange(1, 20)]
    return text_of({**value, "record": base64.b64encode(record).decode()})


def mutated_bytes(source, entry):
    data = bytearray(entry)
    for _ in range(source.randrange(1, 4)):
        at, choice = source.randrange(len(data)), source.randrange(5)
        if choice == 0:
            data[at] = source.randrange(256)
        elif choice == 1:
            del data[at:at + source.randrange(1, 60)]
        elif choice == 2:
            data[at:at] = source.choice([b"\xff", b"\x00", b"\\", b'"', b"{", b"[", b"\\ud800", b"9" * 5000, b"\n", b"-", b"e9"])
        elif choice == 3:
            data[at:at] = bytes(data[:at])
        else:
            data[at:at] = b"[" * 5000
        if not data:
            break
    return bytes(data)


def mutated(source, lines):
    """A bundle like that of these lines (without the last), and what was done to it."""
    number = source.choice([0, 0, 0, source.randrange(len(lines)), source.randrange(len(lines)), len(lines)])
    how = source.choice(["value", "value", "value", "record", "record", "bytes", "bytes", "raw"])
    if number == len(lines):
        data = bundles.sealed(lines)
        end = data[data.rindex(b'{"end"'):]
        new = source.choice(RAW) if how == "raw" else mutated_bytes(source, end) if how == "bytes" else mutated_value(source, end)
        return data[:-len(end)] + new, f"{how} of the end"
    make = {"value": mutated_value, "record": mutated_record, "bytes": mutated_bytes, "raw": lambda source, entry: source.choice(RAW)}[how]
    changed = lines[:number] + [make(source, lines[number])] + lines[number + 1:]
    data = bundles.sealed(changed) if source.random() < 0.8 else b"".join(changed)
    return data, f"{how} of line {number + 1}"
