public import Bytes
internal import KeyEvents

/// The right edge of a Merkle tree: the perfect subtrees that its leaves fall into, largest first. All that is needed to
/// add leaves and to know the root; at most one hash per power of two.
public struct MerkleFrontier: Equatable, Sendable {
    public struct Node: Equatable, Sendable {
        /// 0 for a leaf.
        public let height: Int
        /// Counted from the left among the nodes of this height.
        public let index: UInt64
        public let hash: Digest32
    }

    public private(set) var size: UInt64 = 0
    private var peaks: [Node] = []

    public init() {}

    /// Adds a leaf and hands out every node that it completes, itself first.
    public mutating func append(_ leaf: Digest32, completed: (Node) -> Void) {
        push(Node(height: 0, index: size, hash: leaf), completed: completed)
    }

    /// Adds a perfect subtree whose size divides the tree's size so far.
    mutating func push(_ subtree: Node, completed: (Node) -> Void = { _ in }) {
        var node = subtree
        size += 1 << UInt64(subtree.height)
        completed(node)
        while let left = peaks.last, left.height == node.height {
            peaks.removeLast()
            node = Node(height: node.height + 1, index: node.index >> 1, hash: MerkleHash.node(left.hash, node.hash))
            completed(node)
        }
        peaks.append(node)
    }

    public var root: Digest32 {
        guard var root = peaks.last?.hash else { return MerkleHash.empty }
        for peak in peaks.dropLast().reversed() { root = MerkleHash.node(peak.hash, root) }
        return root
    }
}
