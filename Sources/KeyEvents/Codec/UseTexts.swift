/// The ranges of the texts in the record of a use or refusal, for code that compares them without decoding the rest.
public struct UseTexts: Sendable {
    /// The kinds of texts in a use or refusal.
    public enum Kind: UInt8, Sendable {
        /// The account id.
        case account
        /// One of the scopes that the call needed, in their order.
        case scopeAsked
        /// The environment that the call asked for.
        case environmentAsked
        /// The permission that a refused call lacked.
        case permissionAsked
    }

    /// One text of the record.
    public struct Place: Sendable {
        /// The kind of the text.
        public let kind: Kind
        /// The range of the text within the bytes of the record.
        public let range: Range<Int>
    }

    /// The texts in the order in which they stand. Of several accounts, environments or permissions the last one counts
    /// (protobuf: merging).
    public private(set) var places: [Place] = []

    /// Creates an empty list.
    public init() {}

    mutating func removeAll() { places.removeAll(keepingCapacity: true) }
}

/// A receiver of the ranges of a record's texts while `UseSummary` reads it.
protocol UseTextSink {
    mutating func add(_ kind: UseTexts.Kind, _ range: Range<Int>)

    /// Removes the texts that belong to a body, since another body begins and replaces it.
    mutating func removeAsked()
}

extension UseTexts: UseTextSink {
    mutating func add(_ kind: Kind, _ range: Range<Int>) { places.append(Place(kind: kind, range: range)) }

    mutating func removeAsked() { places.removeAll { $0.kind != .account } }
}

/// A receiver that ignores the texts, for code that needs numbers alone.
struct NoTexts: UseTextSink {
    mutating func add(_ kind: UseTexts.Kind, _ range: Range<Int>) {}

    mutating func removeAsked() {}
}
