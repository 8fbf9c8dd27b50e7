"""Signs checkpoints as C2SP signed notes, for the checks: as the ledger does, as a thief of its key would, and as a witness."""
import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

LOG, WITNESS = b"\x01", b"\x04"


def base64_text(data):
    return base64.b64encode(data).decode()


def key_id(name, key):
    return hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]


def verifier_key(name, key):
    """`key`: the type byte and the public key."""
    return f"{name}+{key_id(name, key).hex()}+{base64_text(key)}"


class Signer:
    def __init__(self, name, seed, kind=LOG):
        self.name, self.seed, self.private = name, seed, Ed25519PrivateKey.from_private_bytes(seed)
        key = kind + self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.id, self.verifier_key = key_id(name, key), verifier_key(name, key)

    def named(self, name):
        """The same key under the name of another log."""
        return Signer(name, self.seed)

    @property
    def public(self):
        return self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def line(self, payload):
        return f"\u2014 {self.name} {base64_text(self.id + payload)}\n"

    def checkpoint(self, size, root, origin=None):
        text = f"{origin or self.name}\n{size}\n{base64_text(root)}\n"
        return text + "\n" + self.line(self.private.sign(text.encode()))

    def cosignature(self, note, seconds):
        """The line by which a witness says that it has seen `note`."""
        text = note.partition("\n\n")[0] + "\n"
        signature = self.private.sign(b"cosignature/v1\ntime %d\n" % seconds + text.encode())
        return self.line(seconds.to_bytes(8, "big") + signature)


def log_signer(data, origin):
    """The ledger's own signer, from its vault: what an intruder with the folder has."""
    title, seed = (data / "vault" / "log-signing-key").read_text().split("\n")[:2]
    if title != "keyledger log signing key 1":
        raise ValueError(f"vault/log-signing-key begins with {title!r}")
    return Signer(origin, bytes.fromhex(seed))
