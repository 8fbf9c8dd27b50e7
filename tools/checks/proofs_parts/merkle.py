"""The Merkle tree of RFC 6962, section 2.1, word for word: slow, and right at a glance. `leaves` are leaf hashes."""
import hashlib


def leaf(record):
    return hashlib.sha256(b"\x00" + record).digest()


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(count):
    """The largest power of two smaller than `count`."""
    return 1 << (count - 1).bit_length() - 1


def root(leaves, start=0, end=None):
    """MTH(D[start:end])"""
    end = len(leaves) if end is None else end
    if end == start:
        return hashlib.sha256(b"").digest()
    if end - start == 1:
        return leaves[start]
    middle = start + split(end - start)
    return node(root(leaves, start, middle), root(leaves, middle, end))


def inclusion(leaves, position, start=0, end=None):
    """PATH(m, D[n]): the lowest hash first."""
    end = len(leaves) if end is None else end
    if end - start == 1:
        return []
    middle = start + split(end - start)
    if position < middle:
        return inclusion(leaves, position, start, middle) + [root(leaves, middle, end)]
    return inclusion(leaves, position, middle, end) + [root(leaves, start, middle)]


def consistency(leaves, old_size):
    """PROOF(m, D[n])"""
    if old_size in (0, len(leaves)):
        return []
    return _subproof(leaves, old_size, 0, len(leaves), True)


def _subproof(leaves, old_end, start, end, is_complete):
    if old_end == end:
        return [] if is_complete else [root(leaves, start, end)]
    middle = start + split(end - start)
    if old_end <= middle:
        return _subproof(leaves, old_end, start, middle, is_complete) + [root(leaves, middle, end)]
    return _subproof(leaves, old_end, middle, end, False) + [root(leaves, start, middle)]
