"""Ways to tamper with a ledger's folder, and what must be found. Each is a method `kind_…(source, path)` that returns its findings."""
import json
import os
import re
import shutil
import signal
import subprocess

from . import merkle
from .forgery import Folder, stored
from .pages import Pages, flip

GROUP = 16  # the tree keeps one node for so many records: a changed record is known to lie among them


class Endless(Exception):
    """A command that does not come to an end."""


class Original:
    """The ledger as it was before anybody touched it, and what an auditor keeps of it."""

    seconds_max = 60  # for a command: it takes less than one

    def __init__(self, run, ledger, verifier, held, key_file, witness_key, whole, part):
        self.run, self.ledger, self.verifier, self.held, self.key_file, self.witness_key = run, ledger, verifier, held, key_file, witness_key
        self.whole, self.part = whole, part  # the bytes of exported bundles
        self.data = ledger.data
        untouched = Folder(self.data, run.folder / "untouched")
        self.records = untouched.records()
        self.pages = Pages(untouched.file.read_bytes())
        self.origin = json.loads(whole[:whole.index(b"\n")])["origin"]
        self.sizes = sorted(held)
        self.export_of_untouched = self.export(untouched.path)

    def call(self, *arguments):
        """In a process group of its own: what reads damaged pages in a child must not live on when it goes round in circles."""
        with subprocess.Popen(
                [self.ledger.binary, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                errors="replace", start_new_session=True) as process:
            try:
                output, errors = process.communicate(timeout=self.seconds_max)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise Endless(f"{' '.join(map(str, arguments))}: no end within {self.seconds_max} s") from None
        return subprocess.CompletedProcess(arguments, process.returncode, output, errors)

    def export(self, path):
        done = self.call("log", "export", "--data", path, "--format", "bundle", "--out", f"{path}.bundle")
        return (path.parent / f"{path.name}.bundle").read_bytes() if done.returncode == 0 else None

    def held_arguments(self):
        return [text for size in self.sizes for text in ("--checkpoint", self.held[size])]


class Audit:
    """What `audit verify` says of a folder or a bundle."""

    def __init__(self, done):
        self.code, self.text = done.returncode, (done.stdout.strip()[-1500:] + " " + done.stderr.strip()[-1500:]).strip()
        try:
            damaged = json.loads(done.stdout)["damaged"]
        except (ValueError, KeyError, TypeError):
            damaged = []
        # First and last position of each finding: some say "from … to …", since no single record can be told.
        self.stretches = []
        for position, what in ((finding["position"], finding["what"]) for finding in damaged if finding["position"] is not None):
            end = re.search(rf"from {position} to (\d+)", what)
            self.stretches.append((position, int(end[1]) if end else position))
        self.positions = sorted(first for first, _ in self.stretches)

    def __str__(self):
        return f"exit {self.code}, {self.text}"


class FolderTampering:
    def __init__(self, original):
        self.original = original
        self.kinds = {name[len("kind_"):].replace("_", "-"): getattr(self, name) for name in dir(self) if name.startswith("kind_")}

    def folder(self, path, with_views=False):
        return Folder(self.original.data, path, with_views)

    def verify(self, path, *more):
        return Audit(self.original.call("audit", "verify", "--data", path, "--json", *more))

    def found(self, path, *more, exactly=None, first=None):
        """Damage must be found. `exactly`: the lowest position named; `first`: the first record that is another, which must be named
        at least as one of its group, unless its group has no node in the tree yet."""
        audit = self.verify(path, *more)
        if audit.code != 3:
            return [f"not found: {audit}"]
        if exactly is not None and audit.positions[:1] != [exactly]:
            return [f"position {exactly} is to blame, not {audit.positions[:1]}: {audit}"]
        if first is not None:
            # Whatever begins before the first changed record must reach to it, and one finding must be as narrow as the tree allows.
            beside = [stretch for stretch in audit.stretches if stretch[1] < first]
            around = [end - start + 1 for start, end in audit.stretches if start <= first <= end]
            is_in_tree = first // GROUP * GROUP + GROUP <= len(self.original.records)
            if beside or (is_in_tree and not (around and min(around) <= GROUP)):
                return [f"record {first} is to blame, not those of {beside}, and not only one of {around}: {audit}"]
        return []

    def first_change(self, records):
        old = self.original.records
        return next((index for index in range(min(len(old), len(records))) if old[index] != records[index]), min(len(old), len(records)))

    # Single bits, on the disk

    def flip_on_disk(self, source, path, table, kinds):
        folder = self.folder(path)
        stretch = source.choice([stretch for stretch in self.original.pages.stretches(table) if stretch.kind in kinds])
        folder.write_pages(flip(self.original.pages.used(), stretch, source))
        return stretch

    def kind_bit_of_a_record_on_disk(self, source, path):
        stretch = self.flip_on_disk(source, path, "records", {"value"})
        return self.found(path, exactly=int.from_bytes(stretch.key, "big"))

    def kind_bit_of_a_position_on_disk(self, source, path):
        stretch = self.flip_on_disk(source, path, "records", {"key"})
        return self.found(path, exactly=int.from_bytes(stretch.key, "big"))

    def kind_bit_of_a_page_structure(self, source, path):
        """May be harmless: LMDB does not look at all of it. Then the whole log must still be read as it was."""
        self.flip_on_disk(source, path, source.choice(["records", "records", "tree"]), {"structure"})
        audit = self.verify(path)
        if audit.code == 0 and self.original.export(path) == self.original.export_of_untouched:
            return None
        return [] if audit.code == 3 else [f"not found, though the log is read differently: {audit}"]

    # Single bits, by somebody who makes the checksum fit

    def kind_bit_of_a_record_with_its_checksum(self, source, path):
        folder, records = self.folder(path), list(self.original.records)
        position = source.randrange(len(records))
        records[position] = flipped(records[position], source)
        folder.put_records(enumerate(records))
        return self.found(path, first=position)

    def kind_bit_of_the_tree(self, source, path):
        def change(transaction, tables):
            rows = list(transaction.cursor(tables["tree"]))
            nodes = [(key, value, start) for key, value in rows for start in range(0, len(value), 32) if any(value[start:start + 32])]
            key, value, start = source.choice(nodes)
            transaction.put(key, value[:start] + flipped(value[start:start + 32], source) + value[start + 32:], db=tables["tree"])
        self.folder(path).edit(change)
        return self.found(path)

    def kind_bit_of_the_head(self, source, path):
        def change(transaction, tables):
            transaction.put(b"tree-head", flipped(transaction.get(b"tree-head", db=tables["meta"]), source), db=tables["meta"])
        self.folder(path).edit(change)
        return self.found(path)

    def kind_bit_of_a_checkpoint(self, source, path):
        file = source.choice(self.folder(path).checkpoint_files())
        file.write_bytes(flipped(file.read_bytes(), source))
        return self.found(path)

    def kind_bit_of_a_cosignature(self, source, path):
        """Or of the list of witnesses."""
        folder = self.folder(path).path / "checkpoints"
        file = source.choice([*sorted(folder.glob("*.cosignatures")), folder / "witnesses"])
        file.write_bytes(flipped(file.read_bytes(), source))
        return self.found(path)

    # Whole records, each with a fitting checksum

    def changed(self, path, records):
        self.folder(path).put_records(enumerate(records))
        return self.found(path, first=self.first_change(records))

    def kind_record_removed(self, source, path):
        position = source.randrange(len(self.original.records) - 1)
        self.folder(path).put_records(entry for entry in enumerate(self.original.records) if entry[0] != position)
        return self.found(path, exactly=position)

    def kind_record_removed_and_closed_up(self, source, path):
        records = list(self.original.records)
        del records[source.randrange(len(records))]
        return self.changed(path, records)

    def kind_record_doubled(self, source, path):
        records = list(self.original.records)
        position = source.randrange(len(records))
        records.insert(position, records[position])
        return self.changed(path, records)

    def kind_records_swapped(self, source, path):
        records = list(self.original.records)
        one, other = source.sample(range(len(records)), 2)
        while records[one] == records[other]:
            one, other = source.sample(range(len(records)), 2)
        records[one], records[other] = records[other], records[one]
        return self.changed(path, records)

    def kind_record_truncated(self, source, path):
        records = list(self.original.records)
        position = source.randrange(len(records))
        records[position] = records[position][:source.randrange(len(records[position]))]
        return self.changed(path, records)

    def kind_record_truncated_on_the_way(self, source, path):
        """Without a checksum: as a torn write would leave it."""
        position, records = source.randrange(len(self.original.records)), self.original.records
        cut = stored(records[position])[:source.randrange(len(records[position]) + 4)]

        def change(transaction, tables):
            transaction.put(position.to_bytes(8, "big"), cut, db=tables["records"])
        self.folder(path).edit(change)
        return self.found(path, exactly=position)

    def kind_end_cut_off(self, source, path):
        records = self.original.records[:-source.randrange(1, len(self.original.records) // 2)]
        self.folder(path).put_records(enumerate(records))
        return self.found(path)

    # By somebody who also makes the tree fit, and who may sign

    def kind_end_cut_off_with_the_tree(self, source, path):
        """The checkpoints in the folder know better, and nothing is signed over it."""
        folder = self.folder(path)
        records = self.original.records[:-source.randrange(1, len(self.original.records) // 2)]
        folder.put_records(enumerate(records))
        folder.put_tree([merkle.leaf(record) for record in records])
        return self.found(path) + self.not_signed(path)

    def kind_record_changed_with_the_tree(self, source, path):
        folder, records = self.folder(path), self.altered(source)
        folder.put_records(enumerate(records))
        folder.put_tree([merkle.leaf(record) for record in records])
        return self.found(path) + self.not_signed(path)

    def not_signed(self, path):
        signing = self.original.call("log", "checkpoint", "--sign", "--data", path)
        return [] if signing.returncode == 3 else [f"it was signed: exit {signing.returncode}, {signing.stdout} {signing.stderr}"]

    def kind_shorter_log_signed_again(self, source, path):
        records = self.original.records[:-source.randrange(1, len(self.original.records) // 2)]
        return self.signed_again(path, records)

    def kind_altered_log_signed_again(self, source, path):
        return self.signed_again(path, self.altered(source))

    def signed_again(self, path, records):
        """Sound in itself; only checkpoints held elsewhere tell."""
        self.folder(path).forge(records, self.original.origin, self.original.sizes)
        alone = self.verify(path, "--key", self.original.key_file)
        sound = [] if alone.code == 0 else [f"the forgery itself is not sound, so this shows nothing: {alone}"]
        return sound + self.found(path, *self.original.held_arguments())

    def altered(self, source):
        """One record says something else in its sealed part, which makes sense to everybody without the data key. One that a checkpoint covers
        that is held elsewhere: nobody can tell of what came after the last of them."""
        records = list(self.original.records)
        fields = self.original.verifier.module.fields
        while True:
            position = source.randrange(max(self.original.held))
            sealed = dict(fields(records[position])).get(9)
            if sealed:
                text = dict(fields(sealed))[2]
                records[position] = records[position].replace(text, flipped(text, source))
                return records

    # What is derived

    def derived(self, path):
        """Found by `audit verify --views`, and by `replay --check` too."""
        audit = self.verify(path, "--views")
        checked = self.original.call("replay", "--check", "--data", path)
        found = audit.code == 3 or checked.returncode in (1, 3)
        return [] if found else [f"not found: {audit}; replay --check: exit {checked.returncode}, {checked.stdout} {checked.stderr}"]

    def kind_bit_of_the_state(self, source, path):
        pages = self.original.pages
        stretches = [stretch for table in pages.tables if table[-2:] in (".a", ".b") for stretch in pages.stretches(table)]
        self.folder(path, with_views=True).write_pages(flip(pages.used(), source.choice(entries(stretches)), source))
        return self.derived(path)

    def kind_bit_of_a_view(self, source, path):
        self.folder(path, with_views=True)
        file = source.choice(sorted((path / "views").rglob("data.mdb")))
        pages = Pages(file.read_bytes())
        stretches = [stretch for table in pages.tables if table != "meta" for stretch in pages.stretches(table)]
        file.write_bytes(flip(pages.data, source.choice(entries(stretches)), source))
        return self.derived(path)


def entries(stretches):
    return [stretch for stretch in stretches if stretch.kind != "structure"]


def flipped(data, source):
    changed = bytearray(data)
    changed[source.randrange(len(changed))] ^= 1 << source.randrange(8)
    return bytes(changed)


def clean(path):
    shutil.rmtree(path, ignore_errors=True)
    for beside in path.parent.glob(f"{path.name}.*"):
        beside.unlink()
