import LogTestSupport

@testable import EventLog

extension OpenLog {
    /// The right edge of the tree as it is stored.
    func frontier() throws -> MerkleFrontier { try read { try reader.tables.merkle.frontier(of: reader.next($0), $0) } }
}
