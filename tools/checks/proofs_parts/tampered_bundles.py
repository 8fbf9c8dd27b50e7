"""Ways to tamper with an exported bundle. Each is judged by tools/verify-bundle and by `audit verify --bundle`, with the verifier key
that the auditor holds. Each is a method `kind_…(source, path)` that returns its findings."""
import json

from . import bundles
from .notes import log_signer
from .tampered_folders import Audit, FolderTampering, flipped


class BundleTampering:
    def __init__(self, original):
        self.original = original
        self.whole, self.part = bundles.lines_of(original.whole), bundles.lines_of(original.part)
        self.altered = FolderTampering(original).altered
        self.signer = log_signer(original.data, original.origin)
        self.kinds = {"bundle-" + name[len("kind_"):].replace("_", "-"): getattr(self, name) for name in dir(self) if name.startswith("kind_")}

    def refused(self, path, data, *more, first=None, exactly=None, codes=(1, 3)):
        """Both verifiers refuse it. `exactly`: they name this position as the lowest; `first`: the first record that is another, which
        lies where tools/verify-bundle says."""
        file = path.parent / f"{path.name}.bundle"
        file.write_bytes(data)
        more = ("--key", str(self.original.key_file), *map(str, more))
        verdict = self.original.verifier(file, *more)
        problems = [] if verdict.code in codes else [f"verify-bundle: exit {verdict.code}, not {codes}: {verdict}"]
        audit = Audit(self.original.call("audit", "verify", "--bundle", file, "--json", *more))
        if audit.code != 3:
            problems.append(f"audit verify --bundle: {audit}")
        if exactly is not None:
            for name, positions in ("verify-bundle", verdict.positions), ("audit verify --bundle", audit.positions):
                if positions[:1] != [exactly]:
                    problems.append(f"{name}: position {exactly} is to blame, not {positions[:1]}: {verdict}; {audit}")
        if first is not None:
            finding = verdict.damaged[0] if verdict.damaged else {"position": None}
            if finding["position"] is None or not finding["position"] <= first <= (finding["until"] or finding["position"]):
                problems.append(f"verify-bundle: record {first} is to blame: {verdict}")
        return problems

    def first_record(self, lines):
        return next(index for index, line in enumerate(lines) if line.startswith(b'{"position":'))

    def replaced(self, lines, number, line):
        return bundles.sealed(lines[:number] + [line] + lines[number + 1:])

    # Damage in transit

    def kind_bit_of_a_whole(self, source, path):
        return self.refused(path, flipped(self.original.whole, source))

    def kind_bit_of_a_part(self, source, path):
        return self.refused(path, flipped(self.original.part, source))

    def kind_cut_off(self, source, path):
        data = source.choice([self.original.whole, self.original.part])
        return self.refused(path, data[:source.randrange(len(data))], codes=(3,))

    # With a last line that fits

    def kind_bit_of_a_record(self, source, path):
        number = source.randrange(self.first_record(self.whole), len(self.whole))
        entry = json.loads(self.whole[number])
        line = bundles.record_line(entry["position"], flipped(bundles.record_of(self.whole[number]), source))
        return self.refused(path, self.replaced(self.whole, number, line), first=entry["position"])

    def kind_bit_of_a_record_in_a_part(self, source, path):
        number = source.randrange(self.first_record(self.part), len(self.part))
        entry = json.loads(self.part[number])
        entry["record"] = bundles.base64_text(flipped(bundles.record_of(self.part[number]), source))
        return self.refused(path, self.replaced(self.part, number, bundles.line(entry)), exactly=entry["position"])

    def kind_bit_of_a_proof(self, source, path):
        number = source.randrange(self.first_record(self.part), len(self.part))
        entry = json.loads(self.part[number])
        place = source.randrange(len(entry["proof"]))
        entry["proof"][place] = self.flipped_hash(entry["proof"][place], source)
        return self.refused(path, self.replaced(self.part, number, bundles.line(entry)), exactly=entry["position"])

    def kind_bit_of_a_consistency_proof(self, source, path):
        numbers = [number for number in range(1, self.first_record(self.part)) if json.loads(self.part[number])["consistency"]]
        number = source.choice(numbers)
        entry = json.loads(self.part[number])
        place = source.randrange(len(entry["consistency"]))
        entry["consistency"][place] = self.flipped_hash(entry["consistency"][place], source)
        return self.refused(path, self.replaced(self.part, number, bundles.line(entry)))

    def flipped_hash(self, text, source):
        return bundles.base64_text(flipped(bundles.base64.b64decode(text), source))

    def kind_bit_of_a_checkpoint(self, source, path):
        lines = source.choice([self.whole, self.part])
        number = source.randrange(1, self.first_record(lines))
        entry = json.loads(lines[number])
        entry["checkpoint"] = self.flipped_note(entry["checkpoint"], False, source)
        return self.refused(path, self.replaced(lines, number, bundles.line(entry)))

    def kind_bit_of_a_cosignature(self, source, path):
        """Whoever has the witness's key is not told that it has seen this checkpoint. A line of an unknown witness means nothing."""
        lines = source.choice([self.whole, self.part])
        # What was recorded since has a checkpoint that no witness has seen.
        number = source.choice([
            number for number in range(1, self.first_record(lines)) if self.end_of_own(json.loads(lines[number])["checkpoint"])[1]])
        entry = json.loads(lines[number])
        size = int(entry["checkpoint"].split("\n")[1])
        entry["checkpoint"] = self.flipped_note(entry["checkpoint"], True, source)
        file = path.parent / f"{path.name}.bundle"
        file.write_bytes(self.replaced(lines, number, bundles.line(entry)))
        verdict = self.original.verifier(file, "--key", self.original.key_file, "--witness", self.original.witness_key)
        seen = [seen["size"] for seen in verdict.report.get("witnesses", []) if seen["verified"]]
        return [] if verdict.code in (1, 3) or size not in seen else [f"the witness is said to have seen size {size}: {verdict}"]

    def end_of_own(self, note):
        """Where the text and the log's signature end, and whether anything follows."""
        end = note.index("\n", note.index("\n\n") + 2) + 1
        return end, end < len(note)

    def flipped_note(self, note, is_cosignature, source):
        """One bit of the text and the log's signature, or of the lines that witnesses put under it."""
        end, _ = self.end_of_own(note)
        place = source.choice([place for place in (range(end, len(note)) if is_cosignature else range(end)) if ord(note[place]) < 128])
        return note[:place] + chr(ord(note[place]) ^ 1 << source.randrange(7)) + note[place + 1:]

    def kind_record_removed(self, source, path):
        number = source.randrange(self.first_record(self.whole), len(self.whole) - 1)
        return self.refused(path, bundles.sealed(self.whole[:number] + self.whole[number + 1:]), exactly=json.loads(self.whole[number])["position"])

    def kind_record_doubled(self, source, path):
        number = source.randrange(self.first_record(self.whole), len(self.whole) - 1)
        position = json.loads(self.whole[number])["position"]
        return self.refused(path, bundles.sealed(self.whole[:number + 1] + self.whole[number:]), exactly=position)

    def kind_records_swapped(self, source, path):
        """Each with the other's position, so that the positions are in order."""
        one, other = sorted(source.sample(range(len(self.original.records)), 2))
        records = list(self.original.records)
        if records[one] == records[other]:
            return None
        records[one], records[other] = records[other], records[one]
        return self.refused(path, self.renumbered(records), first=one)

    def kind_record_removed_and_closed_up(self, source, path):
        records = list(self.original.records)
        position = source.randrange(len(records))
        while position + 1 < len(records) and records[position + 1] == records[position]:
            position += 1
        del records[position]
        return self.refused(path, self.renumbered(records))

    def kind_record_truncated(self, source, path):
        records = list(self.original.records)
        position = source.randrange(len(records))
        records[position] = records[position][:source.randrange(len(records[position]))]
        return self.refused(path, self.renumbered(records), first=position)

    def kind_end_cut_off(self, source, path):
        return self.refused(path, bundles.sealed(self.whole[:-source.randrange(1, len(self.original.records) // 2)]))

    def renumbered(self, records):
        start = self.first_record(self.whole)
        return bundles.sealed(self.whole[:start] + [bundles.record_line(position, record) for position, record in enumerate(records)])

    # Signed with the ledger's own key

    def signed_again(self, path, records):
        """Sound in itself; only checkpoints held elsewhere tell."""
        sizes = [size for size in self.original.sizes if size <= len(records)]
        data = bundles.sealed(bundles.whole(self.original.origin.partition("/")[2], self.signer, records, sizes))
        file = path.parent / f"{path.name}.bundle"
        file.write_bytes(data)
        alone = self.original.verifier(file, "--key", self.original.key_file)
        sound = [] if alone.code == 0 else [f"the forgery itself is not sound, so this shows nothing: {alone}"]
        return sound + self.refused(path, data, *self.original.held_arguments(), codes=(1,))

    def kind_shorter_log_signed_again(self, source, path):
        return self.signed_again(path, self.original.records[:-source.randrange(1, len(self.original.records) // 2)])

    def kind_altered_log_signed_again(self, source, path):
        return self.signed_again(path, self.altered(source))
