internal import Glibc

/// The file descriptors that this process may have open, and how many of them may be connections: some are kept back for files,
/// so that nobody who connects keeps the server from opening one.
public struct DescriptorBudget: Sendable {
    /// Kept back: for the ledger's files, for those of the vault and of checkpoints, which come and go, for event loops, and for
    /// connections that are accepted before others are gone.
    public static let reserve = 128
    /// More connections than this are not taken unless somebody asks for it: each takes some kilobytes of memory.
    public static let usual = 10_000

    /// How many this process may have open.
    public let limit: Int

    /// Raises the limit of this process (`RLIMIT_NOFILE`) as far as it may itself.
    public static func raised() -> DescriptorBudget {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limits = rlimit()
        guard unsafe getrlimit(resource, &limits) == 0 else { return DescriptorBudget(limit: 1024) }
        let soft = limits.rlim_cur
        // More would be of no use, and some systems name a billion.
        limits.rlim_cur = max(soft, min(limits.rlim_max, 1 << 20))
        let isRaised = unsafe limits.rlim_cur > soft && setrlimit(resource, &limits) == 0
        return DescriptorBudget(limit: Int(min(isRaised ? limits.rlim_cur : soft, 1 << 20)))
    }

    public init(limit: Int) { self.limit = limit }

    /// How many connections there can be at most; not above zero where there are too few descriptors.
    public var mostConnections: Int { limit - Self.reserve }

    /// How many there are to be where nobody asks for another number.
    public var usualConnections: Int { min(mostConnections, Self.usual) }
}
