internal import Synchronization

/// A cache of parsed gateway parameters: millions of calls have only a few different texts.
package final class AuthDemands: Sendable {
    /// The maximum number of entries. A prefix that the customer's path follows can bring any number of texts.
    private static let most = 256

    private let known = Mutex<[String: AuthDemand]>([:])

    /// Returns the parsed parameters. `text` is the text in the gateway's address.
    package func read(_ text: String?) throws(Problem) -> AuthDemand {
        guard let text else { return try AuthDemand(nil) }
        if let demand = known.withLock({ $0[text] }) { return demand }
        let demand = try AuthDemand(text)
        known.withLock { known in
            if known.count >= Self.most { known = [:] }
            known[text] = demand
        }
        return demand
    }
}
