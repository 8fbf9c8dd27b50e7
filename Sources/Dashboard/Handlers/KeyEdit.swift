internal import Bytes
internal import KeyEvents
internal import Ledger

/// The changes that a person makes to a key: the fields of a form that differ from the key that the form was made of. What was not
/// touched is no part of the change, so that it leaves alone what others changed meanwhile.
struct KeyEdit: Sendable {
    /// The fields of a key that the form edits, each with the names of its inputs.
    private static let inputs = [
        ["name"], ["scope", "moreScopes"], ["expiry", "expiresOn"], ["addresses"], ["metadataName", "metadataValue"],
    ]

    private(set) var change = KeyChange()

    var isEmpty: Bool { change == KeyChange() }

    init(_ form: inout KeyForm, of base: DecryptedKey) {
        // A name that was erased need not be given anew.
        if base.name != nil || !(form.form["name"] ?? "").trimmingWhiteSpace.isEmpty {
            let name = form.name()
            if !PlainText.areIdentical(name, base.name ?? "") { change.name = name }
        }
        let (scopes, held) = (form.scopes, base.state.scopes)
        if Set(scopes) != Set(held) { change.scopes = held.filter(scopes.contains) + scopes.filter { !held.contains($0) } }
        if let expiry = form.expiry(), expiry.date != base.state.expiresAt { change.expiry = expiry }
        let addresses = form.addresses()
        if Set(addresses) != Set(base.ipAllowlist ?? []) { change.ipAllowlist = addresses }
        let metadata = form.metadata()
        if !PlainText.areIdentical(metadata, Self.typed(base.metadata)) { change.metadata = metadata }
    }

    /// The metadata as it comes back from a form in which nothing was typed.
    private static func typed(_ metadata: [String: String]) -> [String: String] {
        Dictionary(metadata.map { ($0.key.trimmingWhiteSpace, $0.value.trimmingWhiteSpace) }) { first, _ in first }
    }

    /// Leaves out what a key has already, because the form was sent before, or somebody else made the same change.
    mutating func leaveOut(whatIsIn current: DecryptedKey) {
        if let name = change.name, PlainText.areIdentical(name, current.name ?? "") { change.name = nil }
        if change.scopes == current.state.scopes { change.scopes = nil }
        if let expiry = change.expiry, expiry.date == current.state.expiresAt { change.expiry = nil }
        if change.ipAllowlist == current.ipAllowlist { change.ipAllowlist = nil }
        if let metadata = change.metadata, PlainText.areIdentical(metadata, current.metadata) { change.metadata = nil }
    }

    /// Returns whether a field that the edit changes was changed otherwise meanwhile.
    func conflicts(between base: DecryptedKey, and current: DecryptedKey) -> Bool {
        (change.name != nil && base.name != current.name) || (change.scopes != nil && base.state.scopes != current.state.scopes)
            || (change.expiry != nil && base.state.expiresAt != current.state.expiresAt)
            || (change.ipAllowlist != nil && base.ipAllowlist != current.ipAllowlist)
            || (change.metadata != nil && !PlainText.areIdentical(base.metadata, current.metadata))
    }

    /// Returns a form with the values of a key.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - suggested: The scopes that the form has boxes for.
    /// - Returns: The form.
    static func form(of key: DecryptedKey, suggested: [String]) -> Form {
        let (boxes, others) = (key.state.scopes.filter(suggested.contains), key.state.scopes.filter { !suggested.contains($0) })
        let fields =
            [("name", key.name ?? "")] + boxes.map { ("scope", $0) } + [("moreScopes", others.joined(separator: " "))]
            + [("expiry", "keep"), ("addresses", (key.ipAllowlist ?? []).joined(separator: "\n"))]
        return Form(fields: fields + PlainText.sorted(key.metadata).flatMap { [("metadataName", $0.key), ("metadataValue", $0.value)] })
    }

    /// Returns a form in which the fields that the edit changes are as they were typed, and the others as the key has them.
    ///
    /// - Parameters:
    ///   - typed: The form as it was typed.
    ///   - current: The key as it is.
    ///   - suggested: The scopes that the form has boxes for.
    /// - Returns: The form.
    func form(_ typed: Form, on current: DecryptedKey, suggested: [String]) -> Form {
        let isTouched = [
            change.name != nil, change.scopes != nil, change.expiry != nil, change.ipAllowlist != nil, change.metadata != nil,
        ]
        let current = Self.form(of: current, suggested: suggested)
        let all = zip(Self.inputs, isTouched).flatMap { names, isTouched in
            (isTouched ? typed : current).fields(except: []).filter { names.contains($0.name) }
        }
        return Form(fields: all + [("reason", typed["reason"] ?? "")])
    }
}
