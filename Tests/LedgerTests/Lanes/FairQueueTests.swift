import TestSupport
import Testing

@testable import Ledger

@Suite struct FairQueueTests {
    private static let limits = FairLimits(
        threads: 4, threadsOfTenant: 2, threadsReserved: 1, waiting: 12, waitingOfTenant: 5, waitingReserved: 3,
        maxWait: .seconds(1), maxStay: .seconds(2))

    /// What is known of the queue without looking into it.
    private struct Model {
        var waiting: [Int: [Int]] = [:]
        var running: [Int: Int] = [:]
        /// The tenants that have begun a job since a waiting tenant began to wait, or last began a job, by the waiting tenant.
        var begunSince: [Int: Set<Int>] = [:]

        static func isPrivileged(_ tenant: Int) -> Bool { tenant == 0 }

        var allWaiting: Int { waiting.values.reduce(0) { $0 + $1.count } }
        var allRunning: Int { running.values.reduce(0, +) }
        var unprivilegedRunning: Int { running.filter { !Self.isPrivileged($0.key) }.values.reduce(0, +) }

        func mayStart(_ tenant: Int) -> Bool {
            allRunning < 4 && running[tenant, default: 0] < 2 && (Self.isPrivileged(tenant) || unprivilegedRunning < 3)
        }

        var startable: [Int] { waiting.filter { !$0.value.isEmpty && mayStart($0.key) }.map(\.key) }
    }

    @Test func tenantsTakeTurnsWithinTheLimitsWhateverIsAsked() {
        var source = SplitMix64(seed: printedSeed())
        var queue = FairQueue<Int, Int>(Self.limits, isPrivileged: Model.isPrivileged)
        var model = Model()
        var serial = 0
        for _ in 0..<20_000 {
            // One tenant asks more than all others together.
            let tenant = source.chance(60) ? 1 : Int.random(in: 0..<6, using: &source)
            switch Int.random(in: 0..<10, using: &source) {
            case 0..<4: add(tenant, &serial, &queue, &model)
            case 4..<7: next(&queue, &model)
            case 7..<9:
                let busy = model.running.filter { $0.value > 0 }.keys.sorted()
                guard !busy.isEmpty else { continue }
                let done = source.pick(busy)
                queue.finish(done)
                model.running[done, default: 0] -= 1
            default: remove(tenant, &source, &queue, &model)
            }
            #expect(queue.waiting == model.allWaiting && queue.running == model.allRunning)
            #expect(queue.hasStartable == !model.startable.isEmpty)
        }
    }

    private func add(_ tenant: Int, _ serial: inout Int, _ queue: inout FairQueue<Int, Int>, _ model: inout Model) {
        serial += 1
        let expected: FairRefusal? =
            model.waiting[tenant, default: []].count >= 5
            ? .tenantIsFull : model.allWaiting >= (Model.isPrivileged(tenant) ? 12 : 9) ? .isFull : nil
        do throws(FairRefusal) {
            try queue.add(serial, of: tenant)
            #expect(expected == nil)
            if model.waiting[tenant, default: []].isEmpty { model.begunSince[tenant] = [] }
            model.waiting[tenant, default: []].append(serial)
        } catch {
            #expect(error == expected)
        }
    }

    private func next(_ queue: inout FairQueue<Int, Int>, _ model: inout Model) {
        let startable = model.startable
        guard let (tenant, job) = queue.next() else {
            // No thread is left idle while there is something for it.
            #expect(startable.isEmpty)
            return
        }
        #expect(startable.contains(tenant))
        // Of one tenant, what came first.
        #expect(model.waiting[tenant]?.first == job)
        for other in startable where other != tenant {
            // Nobody has two turns while another waits for one.
            #expect(model.begunSince[other]?.contains(tenant) == false, "\(tenant) goes before \(other) again")
        }
        model.waiting[tenant]?.removeFirst()
        model.running[tenant, default: 0] += 1
        for other in model.begunSince.keys { model.begunSince[other]?.insert(tenant) }
        model.begunSince[tenant] = model.waiting[tenant]?.isEmpty == false ? [] : nil
    }

    private func remove(_ tenant: Int, _ source: inout SplitMix64, _ queue: inout FairQueue<Int, Int>, _ model: inout Model) {
        let waiting = model.waiting[tenant, default: []]
        let meant = waiting.isEmpty ? -1 : source.pick(waiting)
        let removed = queue.remove(of: tenant) { $0 == meant }
        #expect(removed == (waiting.isEmpty ? nil : meant))
        model.waiting[tenant] = waiting.filter { $0 != meant }
        if model.waiting[tenant]?.isEmpty == true { model.begunSince[tenant] = nil }
    }

    @Test func whoDoesNotAskIsNotRemembered() throws {
        var queue = FairQueue<Int, Int>(Self.limits) { $0 == 0 }
        for tenant in 0..<1000 {
            try queue.add(tenant, of: tenant)
            #expect(queue.next()?.job == tenant)
            queue.finish(tenant)
        }
        #expect(queue.tenants == 0)
    }
}
