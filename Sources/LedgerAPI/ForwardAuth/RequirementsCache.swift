internal import Synchronization

/// A cache of parsed gateway parameters: millions of calls have only a few different texts.
package final class RequirementsCache: Sendable {
    /// The maximum number of entries. A prefix that the customer's path follows can bring any number of texts.
    private static let maxEntries = 256

    private let known = Mutex<[String: ForwardAuthRequirements]>([:])

    /// Returns the parsed parameters. `text` is the text in the gateway's address.
    package func read(_ text: String?) throws(Problem) -> ForwardAuthRequirements {
        guard let text else { return try ForwardAuthRequirements(nil) }
        if let requirements = known.withLock({ $0[text] }) { return requirements }
        let requirements = try ForwardAuthRequirements(text)
        known.withLock { known in
            if known.count >= Self.maxEntries { known = [:] }
            known[text] = requirements
        }
        return requirements
    }
}
