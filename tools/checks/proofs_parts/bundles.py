"""Bundles as lines of JSON: written from records, read back, sealed again after they were tampered with."""
import base64
import hashlib
import json

from . import merkle
from .notes import base64_text


def line(value):
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def sealed(lines):
    """The bytes of a bundle of these lines, with a last line that fits them."""
    body = b"".join(lines)
    records = sum(entry.startswith(b'{"position":') for entry in lines)
    return body + line({"end": {"records": records, "sha256": hashlib.sha256(body).hexdigest()}})


def lines_of(data):
    """The lines without the last."""
    return data.splitlines(keepends=True)[:-1]


def record_line(position, record, proof=None):
    value = {"position": position, "record": base64_text(record)}
    if proof is not None:
        value["proof"] = [base64_text(hash) for hash in proof]
    return line(value)


def record_of(entry):
    return base64.b64decode(json.loads(entry)["record"])


def header(log_id, signer, size, root, filter=None, requires=(), **more):
    return line({
        **({"bundle": "keyledger-bundle/2", "requires": list(requires)} if requires else {"bundle": "keyledger-bundle/1"}),
        "kind": "part" if filter else "whole", "origin": signer.name if signer else f"keyledger/{log_id}", "logId": log_id,
        "keyPrefix": "lhql", "verifierKey": signer and signer.verifier_key, "size": size, "root": base64_text(root), "filter": filter, **more})


def whole(log_id, signer, records, checkpoint_sizes, cosign=None, requires=()):
    """The lines of a whole bundle; the size of the log is always among the checkpoints, unless there is no signer."""
    leaves = [merkle.leaf(record) for record in records]
    lines = [header(log_id, signer, len(records), merkle.root(leaves), requires=requires)]
    for size in sorted({*checkpoint_sizes, len(records)}) if signer else []:
        note = signer.checkpoint(size, merkle.root(leaves, 0, size))
        lines.append(line({"checkpoint": note + (cosign(note) if cosign else "")}))
    return lines + [record_line(position, record) for position, record in enumerate(records)]


def part(log_id, signer, records, checkpoint_sizes, positions, **filter):
    leaves = [merkle.leaf(record) for record in records]
    filter = {"from": None, "to": None, "account": None, "key": None, **filter}
    lines = [header(log_id, signer, len(records), merkle.root(leaves), filter)]
    for size in sorted({*checkpoint_sizes, len(records)}):
        note = signer.checkpoint(size, merkle.root(leaves, 0, size))
        lines.append(line({"checkpoint": note, "consistency": [base64_text(hash) for hash in merkle.consistency(leaves, size)]}))
    return lines + [record_line(position, records[position], merkle.inclusion(leaves, position)) for position in positions]
