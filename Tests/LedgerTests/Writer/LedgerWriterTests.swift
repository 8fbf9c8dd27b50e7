import EventLog
import Foundation
import Glibc
import KeyEvents
import Storage
import Synchronization
import TestSupport
import Testing
import Validation

@testable import Ledger

@Suite struct LedgerWriterTests {
    @Test func manyUsesShareFewCommits() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            let before = ledger.health.storage.lastTransactionID
            try await withThrowingTaskGroup { group in
                for _ in 0..<3000 { group.addTask { _ = try await ledger.verify(key.secret) } }
                try await group.waitForAll()
            }
            let commits = ledger.health.storage.lastTransactionID - before
            #expect(commits < 300, "\(commits) commits for 3000 uses")
            #expect(try ledger.log.lastPosition() == 3000)
        }
    }

    @Test func aBatchIsBoundedAndLifecycleGoesFirst() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            _ = try await ledger.newKey()
            let event = try #require(try ledger.log().first?.event).with(.disabled)
            let order = Mutex<[String]>([])
            let gate = await Gate.close(ledger)
            let uses = (0..<1300).map { _ in
                ProbeJob {
                    _ = try $1.append(event, &$0)
                    order.withLock { $0.append("use") }
                }
            }
            let commands = (0..<600).map { _ in
                ProbeJob(isLifecycle: true) {
                    _ = try $1.append(event, &$0)
                    order.withLock { $0.append("command") }
                }
            }
            for use in uses { ledger.writer.enqueue(use) }
            for command in commands { ledger.writer.enqueue(command) }
            gate.open()
            try await ledger.flush()
            #expect(order.withLock { $0 } == Array(repeating: "command", count: 600) + Array(repeating: "use", count: 1300))
            let batches = Dictionary(grouping: (commands + uses).flatMap(\.performed), by: { $0 })
            #expect(batches.count == 4 && batches.values.allSatisfy { $0.count <= 512 })
            #expect((commands + uses).allSatisfy { $0.ends == [.done] })
        }
    }

    /// Uses whose callers were answered wait for one another; whoever must not wait ends that for all, and only for then. Each holds
    /// unless the machine stands still in the middle of it, so each is tried until it was seen a few times.
    @Test func onlyThePatientWait() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            func enqueue(_ job: ProbeJob) -> ProbeJob {
                ledger.writer.enqueue(job)
                return job
            }
            func finish(_ jobs: [ProbeJob]) async {
                await waitUntil { jobs.allSatisfy { !$0.ends.isEmpty } }
            }
            func isOneBatch(_ jobs: [ProbeJob]) -> Bool { Set(jobs.flatMap(\.performed)).count == 1 }
            var (afterCommands, withCommands, withCallers, amongMany) = (0, 0, 0, 0)
            var rounds = 0
            while min(afterCommands, withCommands, withCallers, amongMany) < 3 {
                rounds += 1
                try #require(rounds < 500, "\((afterCommands, withCommands, withCallers, amongMany))")
                // After a command, uses are delayed again.
                await finish([enqueue(ProbeJob(isLifecycle: true))])
                var patient = [enqueue(ProbeJob(isAcknowledged: true))]
                usleep(4000)
                patient.append(enqueue(ProbeJob(isAcknowledged: true)))
                await finish(patient)
                if isOneBatch(patient) { afterCommands += 1 }
                for isLifecycle in [true, false] {
                    let patient = enqueue(ProbeJob(isAcknowledged: true))
                    usleep(1000)
                    let started = ContinuousClock.now
                    let hasty = enqueue(ProbeJob(isLifecycle: isLifecycle))
                    await finish([hasty, patient])
                    if ContinuousClock.now - started < .milliseconds(10), isOneBatch([patient, hasty]) {
                        if isLifecycle { withCommands += 1 } else { withCallers += 1 }
                    }
                }
                // After a batch of many callers the next ones wait for one another too.
                let gate = await Gate.close(ledger)
                let many = (0..<32).map { _ in enqueue(ProbeJob()) }
                gate.open()
                await finish(many)
                let few = (0..<3).map { _ in
                    defer { usleep(30) }
                    return enqueue(ProbeJob())
                }
                await finish(few)
                if isOneBatch(few) { amongMany += 1 }
            }
        }
    }

    @Test func whoFailsBeforeItAppendsFailsAlone() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            let event = try #require(try ledger.log().first?.event)
            let gate = await Gate.close(ledger)
            let good = ProbeJob { _ = try $1.append(event.with(.disabled), &$0) }
            let bad = ProbeJob { _, _ in throw TestFailure("on purpose") }
            let other = ProbeJob { _ = try $1.append(event.with(.enabled), &$0) }
            for job in [good, bad, other] { ledger.writer.enqueue(job) }
            gate.open()
            try await ledger.flush()
            #expect(good.ends == [.done] && other.ends == [.done])
            #expect(bad.ends.count == 1 && bad.ends != [.done])
            #expect(Set(good.performed + bad.performed + other.performed).count == 1)
            #expect(try ledger.types(of: key.id) == ["KeyCreated", "KeyDisabled", "KeyEnabled"])
        }
    }

    @Test func whoFailsAfterItAppendedFailsAloneToo() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            let event = try #require(try ledger.log().first?.event)
            let gate = await Gate.close(ledger)
            let mate = ProbeJob { _ = try $1.append(event.with(.changed(Event.Changed(scopes: ["a:b"]))), &$0) }
            let bad = ProbeJob {
                _ = try $1.append(event.with(.changed(Event.Changed(scopes: ["a:b"]))), &$0)
                throw TestFailure("on purpose")
            }
            for job in [mate, bad] { ledger.writer.enqueue(job) }
            gate.open()
            // Not by a barrier, which might share their batch and fail with them.
            await waitUntil { mate.ends != [] && bad.ends != [] }
            #expect(mate.ends == [.done] && bad.ends.count == 1 && bad.ends != [.done])
            #expect(try ledger.types() == ["KeyCreated", "KeyChanged"])
            // And the next batch is as if nothing had been.
            #expect(try await ledger.verify(key.secret) == .valid)
            try PositionsAreGaplessTests.checkOrder(ledger, count: 3)
        }
    }

    @Test func aRecordThatIsTooLargeIsRefusedAlone() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(scopes: ["*"])
            let verdict = try ledger.verifier.evaluate(key.secret)
            let huge = AccessCheck(scopes: (0..<700).map { _ in String(repeating: "s", count: 100) })
            let gate = await Gate.close(ledger)
            try await withThrowingTaskGroup { group in
                for number in 0..<20 {
                    group.addTask {
                        let accessCheck = number == 7 ? huge : AccessCheck()
                        return try await ledger.recorder.record(
                            verdict, accessCheck: accessCheck, context: UseContext(), actor: .commandLine)
                    }
                }
                try await Task.sleep(for: .milliseconds(50))
                gate.open()
                var recorded = 0
                var refused = 0
                while let result = await group.nextResult() {
                    switch result {
                    case .success: recorded += 1
                    case .failure(let error):
                        guard case RecordError.tooLarge = error else { throw error }
                        refused += 1
                    }
                }
                #expect(recorded == 19 && refused == 1)
            }
            #expect(try ledger.log().count { $0.accepted != nil } == 19)
        }
    }

    /// What makes a record too large is refused at the door: it would else stand in the way of the key's revocation.
    @Test(arguments: [UseRecording.durable, .aggregated(window: .seconds(60))])
    func aHugeQuestionDoesNotHinderTheRevocation(_ recording: UseRecording) async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger(recording) { ledger in
            let key = try await ledger.newKey(scopes: ["*"])
            let weak = try await ledger.newKey(scopes: ["a:b"])
            let questions = [
                AccessCheck(scopes: (0..<700).map { "\($0)" + String(repeating: "s", count: 100) }),
                AccessCheck(scopes: [String(repeating: "s", count: 70_000)]),
                AccessCheck(environment: String(repeating: "e", count: 70_000)),
            ]
            for accessCheck in questions {
                for secret in [key.secret, weak.secret] {
                    await #expect(throws: ServiceError.self) { _ = try await ledger.verify(secret, accessCheck) }
                }
            }
            for id in [key.id, weak.id] { #expect(try await ledger.commands.revokeKey(id, by: .commandLine).isChange) }
        }
        #expect(home.reports == [])
    }

    @Test func closingFinishesWhatWasTaken() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let gate = await Gate.close(ledger)
            let jobs = (0..<1500).map { ProbeJob(isLifecycle: $0.isMultiple(of: 3), isAcknowledged: $0.isMultiple(of: 2)) }
            for job in jobs { ledger.writer.enqueue(job) }
            await withTaskGroup { group in
                // Twice, at the same time.
                for _ in 0..<2 { group.addTask { await Self.close(ledger) } }
                await waitUntil { !ledger.writer.enqueueBuffered(ProbeJob()) }
                let late = ProbeJob()
                ledger.writer.enqueue(late)
                #expect(late.ends == [.failed("\(LedgerError.closed)")])
                #expect(!ledger.writer.enqueueBuffered(ProbeJob()))
                #expect(jobs.allSatisfy { $0.ends.isEmpty })
                gate.open()
            }
            #expect(jobs.allSatisfy { $0.ends == [.done] })
        }
    }

    @Test func theBufferIsBoundedAndSlowsCallersDown() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger(.buffered) { ledger in
            let key = try await ledger.newKey()
            let gate = await Gate.close(ledger)
            for _ in 0..<LedgerWriter.bufferedUses where try await ledger.verify(key.secret) != .valid {
                Issue.record("not valid")
            }
            #expect(!ledger.writer.enqueueBuffered(ProbeJob()))
            let isAnswered = Flag()
            try await withThrowingTaskGroup { group in
                group.addTask {
                    let verdict = try await ledger.verify(key.secret)
                    isAnswered.set()
                    #expect(verdict == .valid)
                }
                try await Task.sleep(for: .milliseconds(50))
                #expect(!isAnswered.isSet)
                gate.open()
                try await group.waitForAll()
            }
            #expect(try ledger.log.lastPosition() == UInt64(LedgerWriter.bufferedUses) + 1)
        }
    }

    private static func close(_ ledger: Ledger) async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                ledger.close()
                continuation.resume()
            }
        }
    }
}

extension Event {
    fileprivate func with(_ body: Event.Body) -> Event {
        Event(keyID: keyID, accountID: accountID, actor: actor, body: body)
    }
}
