/// Where in the record of a use or refusal its texts stand: for whoever compares them without decoding the rest.
public struct UseTexts: Sendable {
    public enum Kind: UInt8, Sendable {
        case account
        /// One of the scopes asked for, in their order.
        case scopeAsked
        case environmentAsked
        /// Of a refusal.
        case permissionAsked
    }

    public struct Place: Sendable {
        public let kind: Kind
        /// Within the bytes of the record.
        public let range: Range<Int>
    }

    /// In the order in which they stand; of an account, an environment or a permission asked for, the last one counts (protobuf: merging).
    public private(set) var places: [Place] = []

    public init() {}

    mutating func removeAll() { places.removeAll(keepingCapacity: true) }
}

/// Told where the texts of a record stand while `UseSummary` reads it.
protocol UseTextSink {
    mutating func add(_ kind: UseTexts.Kind, _ range: Range<Int>)

    /// Another body begins: what was asked in the one before does not count.
    mutating func removeAsked()
}

extension UseTexts: UseTextSink {
    mutating func add(_ kind: Kind, _ range: Range<Int>) { places.append(Place(kind: kind, range: range)) }

    mutating func removeAsked() { places.removeAll { $0.kind != .account } }
}

/// For those who need numbers alone.
struct NoTexts: UseTextSink {
    mutating func add(_ kind: UseTexts.Kind, _ range: Range<Int>) {}

    mutating func removeAsked() {}
}
