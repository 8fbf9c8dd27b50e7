"""What somebody with the data folder and the signing key in it can do to a log: all of it, but not to checkpoints held elsewhere."""
import shutil
import zlib
from pathlib import Path

import lmdb

from . import merkle
from .notes import log_signer
from .pages import Pages

NODES_A_ROW, HASH = 16, 32


def put_meta(transaction, table, name, value):
    """As the ledger writes it: twice, each time with a CRC-32 over the row's key and the value."""
    for key in (name, name + b"/copy"):
        transaction.put(key, value + zlib.crc32(key + value).to_bytes(4, "big"), db=table)


class Folder:
    """A copy of a ledger's folder. `views` only where they matter: they are rebuilt from the log."""

    def __init__(self, original, path, with_views=False):
        self.path = Path(path)
        (self.path / "ledger").mkdir(parents=True, mode=0o700)
        self.write_pages(Pages((original / "ledger" / "data.mdb").read_bytes()).used())
        for name in ("checkpoints", "vault", *(["views"] if with_views else [])):
            shutil.copytree(original / name, self.path / name, ignore=shutil.ignore_patterns("lock.mdb", "processes", "turn"))
        self.path.chmod(0o700)

    @property
    def file(self):
        return self.path / "ledger" / "data.mdb"

    def write_pages(self, data):
        self.file.write_bytes(data)
        self.file.chmod(0o600)

    def pages(self):
        return Pages(self.file.read_bytes())

    def edit(self, change):
        """Calls `change(transaction, tables)` with the open tables by name."""
        environment = lmdb.open(str(self.path / "ledger"), max_dbs=64, map_size=1 << 30, sync=False, create=False)
        try:
            names = ("records", "tree", "meta")
            tables = {name: environment.open_db(name.encode(), create=False) for name in names}
            with environment.begin(write=True) as transaction:
                return change(transaction, tables)
        finally:
            environment.close()
            for name in ("lock.mdb",):
                (self.path / "ledger" / name).unlink(missing_ok=True)

    def records(self):
        return self.edit(lambda transaction, tables: [value[:-4] for _, value in transaction.cursor(tables["records"])])

    def put_records(self, records):
        """Exactly these (position, record), each with a fitting checksum; nothing else is touched."""
        def change(transaction, tables):
            transaction.drop(tables["records"], delete=False)
            for position, record in records:
                transaction.put(position.to_bytes(8, "big"), stored(record), db=tables["records"])
        self.edit(change)

    def put_tree(self, leaves):
        """A tree, and a head, that fit these leaves."""
        def change(transaction, tables):
            transaction.drop(tables["tree"], delete=False)
            height, nodes = 4, merkle_level(leaves)
            while nodes:
                for row in range((len(nodes) + NODES_A_ROW - 1) // NODES_A_ROW):
                    value = b"".join(nodes[row * NODES_A_ROW:(row + 1) * NODES_A_ROW]).ljust(NODES_A_ROW * HASH, b"\0")
                    transaction.put(bytes([255 - height]) + row.to_bytes(8, "big"), value, db=tables["tree"])
                height, nodes = height + 4, merkle_level(nodes)
            put_meta(transaction, tables["meta"], b"tree-head", len(leaves).to_bytes(8, "big") + merkle.root(leaves))
        self.edit(change)

    def forge(self, records, origin, sizes):
        """A log of these records in which everything fits: checksums, tree, and checkpoints signed with the ledger's own key."""
        self.put_records(enumerate(records))
        leaves = [merkle.leaf(record) for record in records]
        self.put_tree(leaves)
        signer = log_signer(self.path, origin)
        shutil.rmtree(self.path / "checkpoints")
        (self.path / "checkpoints").mkdir(mode=0o700)
        for size in sorted({size for size in sizes if size <= len(records)} | {len(records)}):
            file = self.path / "checkpoints" / f"{size:020}"
            file.write_text(signer.checkpoint(size, merkle.root(leaves, 0, size)), encoding="utf-8")
            file.chmod(0o600)

    def checkpoint_files(self):
        return sorted(path for path in (self.path / "checkpoints").iterdir() if path.name.isdigit())


def stored(record):
    return record + merkle.leaf(record)[:4]


def merkle_level(nodes):
    """The nodes four levels up: one for each complete sixteen."""
    return [merkle.root(nodes, start, start + 16) for start in range(0, len(nodes) - 15, 16)]
