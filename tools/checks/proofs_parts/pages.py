"""The pages of an LMDB file (format 1, 64 bits, pages of 4096 bytes), read without LMDB: where in the file what lies that is in force.

Page: number (8), pad (2), flags (2), lower (2), upper (2), then offsets of nodes (2 each); an overflow page has its page count in place
of lower and upper. Node: low (2), high (2), flags (2), key size (2), key, data. Leaf: low and high are the data's size; with flag 1
the data is the number of an overflow page, with flag 2 a table's record. Branch: low, high, flags are a page number. Table: pad (4), flags
(2), depth (2), branch pages, leaf pages, overflow pages, entries, root (8 each).
"""
import struct
from collections import namedtuple

PAGE = 4096
NO_PAGE = (1 << 64) - 1
# A stretch of the file. kind: key or value of an entry, or structure; key: of the entry, in structure None.
Stretch = namedtuple("Stretch", "kind at length key")


class Pages:
    def __init__(self, data):
        self.data = data
        metas = [struct.unpack_from("<II8xQ48x40sQQQ", data, number * PAGE + 16) for number in (0, 1)]
        _, _, _, _, root, self.last_page, _ = max(metas, key=lambda meta: meta[-1])
        assert metas[0][0] == 0xBEEFC0DE
        self.tables = {}
        for key, at, length, flags in self.entries(root, []):
            if flags & 2:
                self.tables[key.decode()] = struct.unpack_from("<Q", data, at + 40)[0]

    def used(self):
        """The file without the pages behind the last that was ever used."""
        return self.data[:(self.last_page + 1) * PAGE]

    def entries(self, page, stretches):
        """Key, place and size of the data, flags, in order. What is met on the way is added to the stretches."""
        if page == NO_PAGE:
            return
        start = page * PAGE
        flags, lower = struct.unpack_from("<HH", self.data, start + 10)
        # The pad at 8 means nothing.
        stretches.append(Stretch("structure", start, 8, None))
        stretches.append(Stretch("structure", start + 10, lower - 10, None))
        for number in range((lower - 16) // 2):
            node = start + struct.unpack_from("<H", self.data, start + 16 + 2 * number)[0]
            low, high, node_flags, key_size = struct.unpack_from("<HHHH", self.data, node)
            stretches.append(Stretch("structure", node, 8, None))
            key = self.data[node + 8:node + 8 + key_size]
            if flags & 1:
                stretches.append(Stretch("structure", node + 8, key_size, None))
                yield from self.entries(low | high << 16 | node_flags << 32, stretches)
                continue
            at, length = node + 8 + key_size, low | high << 16
            stretches.append(Stretch("key", node + 8, key_size, key))
            if node_flags & 1:
                overflow = struct.unpack_from("<Q", self.data, at)[0]
                stretches += [Stretch("structure", at, 8, None), Stretch("structure", overflow * PAGE, 16, None)]
                at = overflow * PAGE + 16
            stretches.append(Stretch("value", at, length, key))
            yield key, at, length, node_flags

    def stretches(self, table):
        found = []
        for _ in self.entries(self.tables[table], found):
            pass
        return [stretch for stretch in found if stretch.length > 0]


def flip(data, stretch, source):
    """The bytes with one flipped bit in the stretch."""
    changed = bytearray(data)
    changed[stretch.at + source.randrange(stretch.length)] ^= 1 << source.randrange(8)
    return bytes(changed)
