package import KeyEvents

/// Collects what is wrong with the fields of a request, so that the answer names all of them at once.
package struct FieldErrors {
    private var problems: [Problem] = []

    package init() {}

    /// Reads a field. Returns `nil` when it is missing or wrong, which is noted. Throws a problem of any other kind.
    @discardableResult
    package mutating func read<Value>(_ field: @autoclosure () throws(Problem) -> Value?) throws(Problem) -> Value? {
        do throws(Problem) {
            return try field()
        } catch {
            guard error.code == .invalidField else { throw error }
            problems.append(error)
            return nil
        }
    }

    /// Throws a problem with everything that was noted, and with the rules that the values break. A single broken rule is left to
    /// the command, which looks first whether there is such a key, and whether the same command came before.
    package func end(_ refusals: [CommandRefusal]) throws(Problem) {
        guard !problems.isEmpty || refusals.count > 1 else { return }
        let broken = refusals.map { Problem($0) }
        // A key's secret in a field is more than a wrong value: it is said alone.
        if let secret = broken.first(where: { $0.code != .invalidField }) { throw secret }
        throw .invalid(problems + broken)
    }
}
