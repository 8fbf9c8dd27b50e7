public import Bytes
internal import KeyEvents

/// The frontier of a Merkle tree: the perfect subtrees that its leaves fall into, the largest first. It is all that is needed to
/// add leaves and to know the root, and holds at most one hash per power of two.
public struct MerkleFrontier: Equatable, Sendable {
    /// A node of the tree.
    public struct Node: Equatable, Sendable {
        /// The height of the node; 0 for a leaf.
        public let height: Int
        /// The number of the node among the nodes of its height, from the left.
        public let index: UInt64
        /// The hash of the node.
        public let hash: Digest32
    }

    /// The number of leaves.
    public private(set) var size: UInt64 = 0
    private var peaks: [Node] = []

    /// Creates the frontier of a tree without leaves.
    public init() {}

    /// Adds a leaf.
    ///
    /// - Parameters:
    ///   - leaf: The leaf hash.
    ///   - completed: Receives every node that the leaf completes, the leaf itself first.
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

    /// The root of the tree (RFC 6962 section 2.1).
    public var root: Digest32 {
        guard var root = peaks.last?.hash else { return MerkleHash.empty }
        for peak in peaks.dropLast().reversed() { root = MerkleHash.node(peak.hash, root) }
        return root
    }
}
