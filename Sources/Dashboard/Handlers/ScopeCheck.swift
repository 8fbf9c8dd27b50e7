internal import KeyEvents
internal import LedgerAPI

/// Looks for mistyped scopes, by the scopes that are known: those that are suggested, those of presets, and those of the account's
/// keys.
struct ScopeCheck {
    /// How many scopes a message names.
    private static let maxNamed = 5

    private let known: [String]
    private let isKnown: Set<String>

    init(known: some Sequence<String>) {
        isKnown = Set(known)
        self.known = isKnown.sorted()
    }

    /// Returns everything that is wrong with scopes, in sentences that say what is meant; none where nothing is certainly wrong.
    func problems(_ scopes: [String]) -> [String] {
        if case .invalid(_, let problem)? = KeyRules.check(scopes: scopes, now: Timestamp(seconds: 0)) {
            let wrong = scopes.indices.filter { !Scope.isValid(scopes[$0]) }
            guard wrong.count > 1 else { return ["The scopes " + problem] }
            let numbers = wrong.map { String($0 + 1) }.joined(separator: ", ")
            return [
                "The scopes hold \(wrong.count) that are none (numbers \(numbers) of \(scopes.count)): use 1 to 128 printable ASCII"
                    + " characters without spaces, quotes or backslashes; * stands alone or at the end after a colon."
            ]
        }
        return scopes.compactMap(problem)
    }

    private func problem(_ scope: String) -> String? {
        guard !isKnown.contains(scope) else { return nil }
        let parts = scope.split { $0 == ";" || $0 == "|" }
        if parts.count > 1 {
            return "“\(scope)” is one scope, since only spaces and commas separate them. Did you mean \(parts.joined(separator: " "))?"
        }
        let same = known.first { $0.lowercased() == scope.lowercased() }
        return same.map { "“\(scope)” is not \($0): capital letters count. Did you mean \($0)?" }
    }

    /// The scopes that nothing known speaks for.
    func unknown(_ scopes: [String]) -> [String] {
        scopes.filter { scope in !isKnown.contains(scope) && (scope == "*" || !known.contains { Scope.permits([scope], $0) }) }
    }

    /// Returns what is doubtful about scopes that are not known, in sentences.
    ///
    /// - Parameters:
    ///   - unknown: The scopes, as `unknown` returns them.
    ///   - confirmation: A sentence that says how to go on nevertheless.
    /// - Returns: The sentences; `nil` where nothing is doubtful.
    func doubt(_ unknown: [String], confirmation: String) -> String? {
        guard !unknown.isEmpty else { return nil }
        var sentences: [String] = []
        var strangers: [String] = []
        for scope in unknown.prefix(Self.maxNamed) {
            if scope == "*" {
                sentences.append("“*” permits everything.")
            } else if let meant = TypingError.nearest(to: scope, among: known + wildcards) {
                sentences.append("“\(scope)” is not known here. Did you mean \(meant)?")
            } else {
                strangers.append("“\(scope)”")
            }
        }
        let more = unknown.count > Self.maxNamed ? " and \(Format.count(unknown.count - Self.maxNamed)) more" : ""
        if !strangers.isEmpty || !more.isEmpty {
            sentences.append("No key of the account and no suggestion has \(strangers.joined(separator: ", "))\(more).")
        }
        return (sentences + [confirmation]).joined(separator: " ")
    }

    /// What would permit all scopes of a resource that is known.
    private var wildcards: [String] {
        Set(known.compactMap { scope in scope.lastIndex(of: ":").map { scope[...$0] + "*" } }.map(String.init)).sorted()
    }
}
