public import Bytes
internal import KeyEvents

/// Checks of proofs without the tree, by the algorithms of RFC 9162 sections 2.1.3.2 and 2.1.4.2, which accept the proofs of RFC
/// 6962 too.
public enum MerkleProof {
    /// Returns the root that an audit path leads to.
    ///
    /// - Parameters:
    ///   - leaf: The leaf hash.
    ///   - position: The position of the leaf.
    ///   - size: The number of leaves of the tree.
    ///   - path: The audit path, from the leaf up.
    /// - Returns: The root of the tree; `nil` where the position is not below the size or the path does not have the length that
    ///   it must have.
    public static func root(of leaf: Digest32, at position: UInt64, size: UInt64, path: [Digest32]) -> Digest32? {
        guard position < size else { return nil }
        var (number, last) = (position, size - 1)
        var root = leaf
        for hash in path {
            guard last > 0 else { return nil }
            if number & 1 == 1 || number == last {
                root = MerkleHash.node(hash, root)
                while number & 1 == 0, number > 0 {
                    number >>= 1
                    last >>= 1
                }
            } else {
                root = MerkleHash.node(root, hash)
            }
            number >>= 1
            last >>= 1
        }
        return last == 0 ? root : nil
    }

    /// Returns whether a tree begins with an older, smaller tree.
    ///
    /// - Parameters:
    ///   - oldSize: The number of leaves of the older tree.
    ///   - oldRoot: The root of the older tree.
    ///   - size: The number of leaves of the tree.
    ///   - root: The root of the tree.
    ///   - proof: The consistency proof.
    /// - Returns: `true` where the proof shows it.
    public static func isConsistent(
        oldSize: UInt64, oldRoot: Digest32, size: UInt64, root: Digest32, proof: [Digest32]
    ) -> Bool {
        if oldSize == size { return proof.isEmpty && oldRoot == root }
        guard oldSize < size else { return false }
        if oldSize == 0 { return proof.isEmpty && oldRoot == MerkleHash.empty }
        var rest = proof[...]
        if oldSize & (oldSize - 1) == 0 { rest = [oldRoot] + rest }
        guard let first = rest.popFirst() else { return false }
        var (number, last) = (oldSize - 1, size - 1)
        while number & 1 == 1 {
            number >>= 1
            last >>= 1
        }
        var (old, new) = (first, first)
        for hash in rest {
            guard last > 0 else { return false }
            if number & 1 == 1 || number == last {
                old = MerkleHash.node(hash, old)
                new = MerkleHash.node(hash, new)
                while number & 1 == 0, number > 0 {
                    number >>= 1
                    last >>= 1
                }
            } else {
                new = MerkleHash.node(new, hash)
            }
            number >>= 1
            last >>= 1
        }
        return last == 0 && old == oldRoot && new == root
    }
}
