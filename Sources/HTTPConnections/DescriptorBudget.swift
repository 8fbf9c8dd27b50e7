internal import Glibc

/// The file descriptors that this process may have open, and how many of them connections may use. Some are reserved for files,
/// so that no number of clients can keep the server from opening one.
public struct DescriptorBudget: Sendable {
    /// The number of descriptors that are reserved: for the ledger's files, for files of the vault and of checkpoints, which
    /// are opened and closed again, for event loops, and for connections that are accepted before others are closed.
    public static let reserve = 128
    /// The default maximum number of connections. Each one takes some kilobytes of memory, so more must be asked for.
    public static let defaultMaxConnections = 10_000

    /// The number of descriptors that this process may have open.
    public let limit: Int

    /// Raises the limit of this process (`RLIMIT_NOFILE`) as far as the process may do so itself.
    ///
    /// - Returns: The budget after the limit was raised.
    public static func raised() -> DescriptorBudget {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limits = rlimit()
        guard unsafe getrlimit(resource, &limits) == 0 else { return DescriptorBudget(limit: 1024) }
        let soft = limits.rlim_cur
        // A higher limit would be of no use, and some systems allow a billion.
        limits.rlim_cur = max(soft, min(limits.rlim_max, 1 << 20))
        let isRaised = unsafe limits.rlim_cur > soft && setrlimit(resource, &limits) == 0
        return DescriptorBudget(limit: Int(min(isRaised ? limits.rlim_cur : soft, 1 << 20)))
    }

    /// Creates a budget.
    ///
    /// - Parameter limit: The number of descriptors that this process may have open.
    public init(limit: Int) { self.limit = limit }

    /// The maximum number of connections; it is not above zero when there are too few descriptors.
    public var maxConnections: Int { limit - Self.reserve }

    /// The number of connections when no other number is asked for.
    public var defaultConnections: Int { min(maxConnections, Self.defaultMaxConnections) }
}
