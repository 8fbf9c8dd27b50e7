internal import KeyEvents

/// What one use asked of a key.
struct UseCheck: Equatable, Sendable {
    let scopes: [String]
    let environment: String?
    /// The permission that a refused call lacked, as the record holds it.
    var permission: String?
}

/// The questions of many uses. Each distinct one is stored once, under a number: uses ask the same few questions over and over,
/// and numbers are quick to compare. Number 0 is the check that asks for nothing.
struct UseChecks {
    private var numbers: [[UInt8]: UInt32] = [[]: 0]
    private var new: [UseCheck] = []
    private var count: UInt32 = 1
    /// The buffer for the texts of a record, which is kept so that a use costs no allocation.
    private var texts = UseTexts()
    private var bytes: [UInt8] = []
    /// The last question. Most uses ask what the one before did.
    private var last: (bytes: [UInt8], number: UInt32) = ([], 0)

    /// Returns a use or refusal with the number of its check and the account that it is recorded under; `nil` for a record
    /// that `UseSummary` does not read, and for texts that are not UTF-8.
    mutating func read(_ record: Span<UInt8>) -> (use: UseSummary, useCheck: UInt32, account: AccountID)? {
        guard let use = UseSummary(record, texts: &texts) else { return nil }
        bytes.removeAll(keepingCapacity: true)
        var account = 0..<0
        var environment: Range<Int>?
        var permission: Range<Int>?
        for place in texts.places {
            switch place.kind {
            case .account: account = place.range
            case .environmentAsked: environment = place.range
            case .permissionAsked: permission = place.range
            case .scopeAsked: append(place.kind, place.range, record)
            }
        }
        if let environment { append(.environmentAsked, environment, record) }
        if let permission { append(.permissionAsked, permission, record) }
        guard let accountText = record.text(account) else { return nil }
        if let number = known() { return (use, number, AccountID(trusted: accountText)) }
        var scopes: [String] = []
        for place in texts.places where place.kind == .scopeAsked {
            guard let scope = record.text(place.range) else { return nil }
            scopes.append(scope)
        }
        var environmentText: String?
        if let environment {
            guard let text = record.text(environment) else { return nil }
            environmentText = text
        }
        var permissionText: String?
        if let permission {
            guard let text = record.text(permission) else { return nil }
            permissionText = text
        }
        let useCheck = UseCheck(scopes: scopes, environment: environmentText, permission: permissionText)
        return (use, add(useCheck), AccountID(trusted: accountText))
    }

    /// Returns the number of the check of a use that was decoded.
    mutating func number(of use: Event.Use) -> UInt32 {
        bytes.removeAll(keepingCapacity: true)
        for scope in use.scopesAsked { append(.scopeAsked, Array(scope.utf8)) }
        if let environment = use.environmentAsked { append(.environmentAsked, Array(environment.utf8)) }
        if let permission = use.permissionAsked { append(.permissionAsked, Array(permission.utf8)) }
        return known()
            ?? add(UseCheck(scopes: use.scopesAsked, environment: use.environmentAsked, permission: use.permissionAsked))
    }

    /// Returns the questions that were numbered since the last call, in the order of their numbers; the very first has number 1.
    mutating func takeNew() -> [UseCheck] {
        defer { new = [] }
        return new
    }

    /// Returns the number of the check that `bytes` stands for, where it occurred before.
    private mutating func known() -> UInt32? {
        if bytes == last.bytes { return last.number }
        guard let number = numbers[bytes] else { return nil }
        last = (bytes, number)
        return number
    }

    private mutating func add(_ useCheck: UseCheck) -> UInt32 {
        numbers[bytes] = count
        new.append(useCheck)
        defer { count += 1 }
        return count
    }

    /// Appends the kind, the length in four bytes, and the text, so that no two questions give the same bytes.
    private mutating func append(_ kind: UseTexts.Kind, _ range: Range<Int>, _ record: Span<UInt8>) {
        appendHead(kind, range.count)
        unsafe record.extracting(range).withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }

    private mutating func append(_ kind: UseTexts.Kind, _ text: [UInt8]) {
        appendHead(kind, text.count)
        bytes += text
    }

    private mutating func appendHead(_ kind: UseTexts.Kind, _ count: Int) {
        bytes.append(kind.rawValue)
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
    }
}

extension Span<UInt8> {
    /// Returns the text in a range; `nil` where it is not UTF-8.
    fileprivate func text(_ range: Range<Int>) -> String? {
        unsafe extracting(range).withUnsafeBufferPointer { unsafe String(validating: $0, as: UTF8.self) }
    }
}
