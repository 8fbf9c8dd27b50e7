internal import Bytes
package import EventLog
public import KeyEvents
internal import Storage

/// The number of an account's keys that have not ended, and the rules of the account.
///
/// A row of the table `standings` is: keys (8 bytes) ‖ which of the rules are given (1 byte: 1 the limit, 2 the scopes) ‖ the
/// limit (8 bytes) ‖ the scopes, each behind its length (2 bytes); big-endian, with its check.
public struct AccountStanding: Equatable, Sendable {
    /// The number of keys that have not ended.
    public var keys: UInt64
    /// The rules of the account.
    public var rules: AccountRules

    /// Creates a standing.
    public init(keys: UInt64 = 0, rules: AccountRules = AccountRules()) {
        self.keys = keys
        self.rules = rules
    }

    /// Whether the account may have one more key.
    public var hasRoom: Bool { keys < keyLimit }

    /// The limit on keys that have not ended, given or default.
    public var keyLimit: UInt64 { rules.keyLimit ?? AccountRules.defaultKeyLimit }

    /// Reads a row as it is stored, with its check. It throws `LogError.derivedDamaged` where the row is damaged.
    package init(_ row: borrowing Span<UInt8>, of account: AccountID) throws(LogError) {
        let damage = LogError.derivedDamaged(what: "how many keys the account \(account) has, and what it may")
        guard let value = RowCheck.value(row, key: Self.key(account).span)?.copy(), value.count >= 17 else { throw damage }
        var scopes: [String] = []
        var rest = value[17...]
        while !rest.isEmpty {
            guard rest.count >= 2, case let end = 2 + Int(rest.span.bigEndian(as: UInt16.self)), rest.count >= end else { throw damage }
            scopes.append(String(decoding: rest.prefix(end).dropFirst(2), as: UTF8.self))
            rest = rest.dropFirst(end)
        }
        keys = value.span.bigEndian()
        rules = AccountRules(
            keyLimit: value[8] & 1 == 0 ? nil : value.span.bigEndian(at: 9), grantable: value[8] & 2 == 0 ? nil : scopes)
    }

    /// Returns the row as it is stored, with its check.
    package func row(of account: AccountID) -> [UInt8] {
        let given: UInt8 = (rules.keyLimit == nil ? 0 : 1) | (rules.grantable == nil ? 0 : 2)
        // No record is longer than 2^16 bytes, and so no scope in it is.
        let scopes = (rules.grantable ?? []).flatMap { UInt16(clamping: $0.utf8.count).bigEndianBytes + $0.utf8 }
        return RowCheck.checked(keys.bigEndianBytes + [given] + (rules.keyLimit ?? 0).bigEndianBytes + scopes, key: Self.key(account))
    }

    static func key(_ account: AccountID) -> [UInt8] { Array(account.description.utf8) }
}
