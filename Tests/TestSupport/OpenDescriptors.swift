internal import Foundation
internal import Synchronization
internal import Testing

/// The descriptors of the process that all tests run in.
public enum OpenDescriptors {
    /// The limit that the process must stay below. Of the 1,024 that many systems allow a process, enough are left for a test
    /// that opens many on purpose.
    public static let bound = 400

    /// The number of descriptors that are open now.
    public static var count: Int { names.count }

    private static let peak = Atomic<Int>(0)
    private static let isReported = Atomic<Bool>(false)

    /// The maximum number that was seen.
    public static var seen: Int { peak.load(ordering: .relaxed) }

    /// Begins to count the descriptors continuously.
    static func watch() { _ = watcher }

    private static let watcher: Void = Thread.detachNewThread {
        while true {
            let count = count
            if count > peak.max(count, ordering: .relaxed).oldValue, count >= bound { print("descriptors: \(count) at once: \(kinds)") }
            usleep(20_000)
        }
    }

    /// Fails the running test, once, where too many descriptors were open at any time so far.
    static func reportExcess() {
        guard seen >= bound, !isReported.exchange(true, ordering: .relaxed) else { return }
        Issue.record("The tests held \(seen) descriptors at once, of which \(bound) is too many: see LedgerSlots.")
    }

    /// The kinds of files behind the descriptors, the most frequent first.
    private static var kinds: String {
        let targets = names.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + $0) }
        let kinds = Dictionary(grouping: targets) { target in
            target.hasPrefix("/") ? String(target.split(separator: "/").last ?? "") : target.filter { !$0.isNumber }
        }
        return kinds.sorted { $0.value.count > $1.value.count }.prefix(8).map { "\($0.value.count) \($0.key)" }.joined(separator: ", ")
    }

    private static var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] }
}
