public import KeyEvents

/// The accepted uses of a key in a span of time, or a sample of them.
public struct RecentUses: Sendable {
    /// One record of accepted uses.
    public struct Use: Sendable {
        /// How many uses the record counts.
        public let count: UInt64
        /// The addresses that the uses came from; `nil` where nothing is known of them.
        public let addresses: AddressCounts?
        /// The scopes that the last of the uses needed.
        public let scopesAsked: [String]

        /// Creates a record of uses from its parts, each of which is described at its property.
        public init(count: UInt64, addresses: AddressCounts?, scopesAsked: [String]) {
            self.count = count
            self.addresses = addresses
            self.scopesAsked = scopesAsked
        }
    }

    /// The records, in the order of the log.
    public let uses: [Use]
    /// Whether records of the span were left out, because they are too many.
    public let isSample: Bool

    /// Creates the uses of a span.
    ///
    /// - Parameters:
    ///   - uses: The records, in the order of the log.
    ///   - isSample: Whether records were left out.
    public init(uses: [Use], isSample: Bool = false) {
        self.uses = uses
        self.isSample = isSample
    }
}
