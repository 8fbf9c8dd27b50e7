import EventLog
import KeyEvents
import Storage
import Synchronization
import TestSupport
import Testing
import Validation

@testable import Ledger

/// What was acknowledged is recorded once, whatever fails on the way.
@Suite struct FailingBatchesTests {
    @Test func acknowledgedUsesAreRecordedOnce() async throws {
        let seed = printedSeed()
        for round in 0..<4 as Range<UInt64> {
            var random = SplitMix64(seed: seed &+ round)
            let home = TestHome(seed: seed &+ round)
            try await home.withLedger { ledger in
                let key = try await ledger.newKey()
                let chances = Mutex(SplitMix64(seed: seed &+ round &+ 99))
                let batches = Counter()
                let flaky = FlakySequencer(ledger.sequencer) {
                    batches.add()
                    guard batches.value < 25 else { return .good }
                    return chances.withLock { random in
                        switch Int.random(in: 0..<4, using: &random) {
                        case 0: .failing
                        case 1: .uncertain(looks: Int.random(in: 0...2, using: &random))
                        case 2: .uncertainlyFailing(looks: Int.random(in: 0...2, using: &random))
                        default: .good
                        }
                    }
                }
                let writer = try LedgerWriter(flaky)
                let answered = (0..<300).map { Self.use(of: key.id, $0, isAcknowledged: true) }
                let waiting = (300..<360).map { Self.use(of: key.id, $0, isAcknowledged: false) }
                for job in (answered + waiting).shuffled(using: &random) {
                    writer.enqueue(job)
                    if random.chance(3) { await Task.yield() }
                }
                await waitUntil { (answered + waiting).allSatisfy { !$0.ends.isEmpty } }
                #expect(answered.allSatisfy { $0.ends == [.done] })
                #expect(waiting.allSatisfy { $0.ends.count == 1 })
                // The last batch may have been one that failed.
                while writer.problem != nil {
                    writer.retryIfRecovered()
                    try await Task.sleep(for: .milliseconds(2))
                }
                writer.close()
                var recorded: [UInt64: Int] = [:]
                for use in try ledger.log().compactMap(\.accepted) { recorded[use.count - 1, default: 0] += 1 }
                for number in 0..<300 as Range<UInt64> { #expect(recorded[number] == 1) }
                // Who was told that it failed may find it recorded when nobody could say, but not the other way round.
                for (index, job) in waiting.enumerated() where job.ends == [.done] { #expect(recorded[UInt64(300 + index)] == 1) }
                #expect(recorded.values.allSatisfy { $0 == 1 })
            }
        }
    }

    @Test(arguments: [UseRecording.buffered, .aggregated(window: .seconds(60))])
    func nothingIsAcknowledgedWhileNothingCanBeRecorded(_ mode: UseRecording) async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger(mode) { ledger in
            let key = try await ledger.newKey()
            let isFailing = Flag()
            let isRepaired = Flag()
            let writer = try LedgerWriter(
                FlakySequencer(ledger.sequencer) { isFailing.isSet && !isRepaired.isSet ? .failing : .good })
            let recorder = UseRecorder(
                mode: mode, writer: writer, aggregator: UseAggregator(clock: home.clock.ledgerClock, vault: ledger.vault),
                vault: ledger.vault, watch: ledger.watch, unknownKeys: UnknownKeys(clock: home.clock.ledgerClock, report: { _ in }),
                report: { _ in Issue.record("a use was lost") })
            func use() async throws {
                let verdict = try ledger.verifier.evaluate(key.secret)
                _ = try await recorder.record(verdict, accessCheck: AccessCheck(), context: UseContext(), actor: .commandLine)
            }
            for _ in 0..<5 { try await use() }
            recorder.flush(endedAt: nil)
            try await withCheckedThrowingContinuation { writer.enqueue(FlushJob($0)) }
            isFailing.set()
            // The one that finds out.
            try await use()
            recorder.flush(endedAt: nil)
            await waitUntil { writer.problem != nil }
            for _ in 0..<5 {
                await #expect(throws: StorageError.inputOutput) { try await use() }
                recorder.recordExpiredWindows(at: home.clock.now)
            }
            isRepaired.set()
            // Without anybody writing, it is noticed.
            while writer.problem != nil {
                recorder.recordExpiredWindows(at: home.clock.now)
                try await Task.sleep(for: .milliseconds(1))
            }
            for _ in 0..<5 { try await use() }
            recorder.close()
            #expect(try ledger.log().compactMap(\.accepted).reduce(0) { $0 + $1.count } == 11)
        }
    }

    /// What was refused does not happen afterwards; what was answered is recorded when the lock is free.
    @Test func whileAnotherKeepsTheLockNothingIsDone() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger(.buffered) { ledger in
            let key = try await ledger.newKey()
            let isFree = Flag()
            let writer = try LedgerWriter(FlakySequencer(ledger.sequencer) { isFree.isSet ? .good : .held })
            let answered = (0..<20).map { Self.use(of: key.id, $0, isAcknowledged: true) }
            let waiting = (20..<40).map { Self.use(of: key.id, $0, isAcknowledged: false) }
            for job in answered + waiting { writer.enqueue(job) }
            await waitUntil { waiting.allSatisfy { !$0.ends.isEmpty } }
            #expect(waiting.allSatisfy { $0.ends.count == 1 && $0.ends != [.done] })
            #expect(answered.allSatisfy { $0.ends.isEmpty })
            let problem = try #require(writer.problem)
            #expect(LedgerError.isHeldLock(problem) && writer.lockProblem != nil)
            let recorder = UseRecorder(
                mode: .durable, writer: writer, aggregator: UseAggregator(clock: home.clock.ledgerClock, vault: ledger.vault),
                vault: ledger.vault, watch: ledger.watch, unknownKeys: UnknownKeys(clock: home.clock.ledgerClock, report: { _ in }),
                report: { _ in Issue.record("a use was lost") })
            do {
                _ = try await recorder.record(
                    try ledger.verifier.evaluate(key.secret), accessCheck: AccessCheck(), context: UseContext(), actor: .commandLine)
                Issue.record("a use was accepted")
            } catch {
                #expect(LedgerError.isHeldLock(error))
            }
            isFree.set()
            // Without anybody writing, it is noticed.
            while writer.problem != nil {
                writer.retryIfRecovered()
                try await Task.sleep(for: .milliseconds(1))
            }
            writer.close()
            #expect(answered.allSatisfy { $0.ends == [.done] })
            #expect(try ledger.log().compactMap(\.accepted).map(\.count).sorted() == (1...20).map { $0 })
        }
    }

    /// It ends all the same, and says what was lost.
    @Test func aWriterEndsWhileAnotherKeepsTheLock() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            let writer = try LedgerWriter(FlakySequencer(ledger.sequencer) { .held })
            let answered = Self.use(of: key.id, 1, isAcknowledged: true)
            writer.enqueue(answered)
            writer.close()
            #expect(answered.ends.count == 1 && answered.ends != [.done])
        }
    }

    /// A page that cannot be read fails those who need it, and not a revocation that shares their batch.
    @Test func oneBadJobFailsAlone() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let keys = [try await ledger.newKey(), try await ledger.newKey()]
            let gate = await Gate.close(ledger)
            let bad = ProbeJob(isLifecycle: true) { _, _ in throw StorageError.corrupted("on purpose") }
            ledger.writer.enqueue(bad)
            async let first = ledger.commands.revokeKey(keys[0].id, by: .commandLine)
            async let second = ledger.commands.revokeKey(keys[1].id, by: .commandLine)
            try await Task.sleep(for: .milliseconds(50))
            gate.open()
            let outcomes = try await [first, second]
            #expect(outcomes.allSatisfy { $0.isChange })
            await waitUntil { !bad.ends.isEmpty }
            #expect(bad.ends.count == 1 && bad.ends != [.done])
            #expect(ledger.health.canRecordUses)
        }
    }

    /// What waits counts, wherever it waits.
    @Test func theBoundHoldsForTheTurnBeingWritten() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let isReached = Flag()
            let mayGoOn = Flag()
            let slow = ProbeJob(isAcknowledged: true) { _, _ in
                isReached.set()
                while !mayGoOn.isSet {}
            }
            #expect(ledger.writer.enqueueBuffered(slow))
            await waitUntil { isReached.isSet }
            var taken = 1
            while ledger.writer.enqueueBuffered(ProbeJob(isAcknowledged: true)) { taken += 1 }
            #expect(taken == LedgerWriter.bufferedUses)
            mayGoOn.set()
            try await ledger.flush()
            #expect(ledger.writer.enqueueBuffered(ProbeJob(isAcknowledged: true)))
        }
    }

    private static func use(of key: KeyID, _ number: UInt64, isAcknowledged: Bool) -> ProbeJob {
        var use = Event.Use(secretID: 1, decidedAtPosition: 0, decidedAt: TestClock().now)
        use.count = number + 1
        let event = Event(keyID: key, accountID: .operator, actor: .commandLine, body: .used(use))
        return ProbeJob(isAcknowledged: isAcknowledged) { _ = try $1.append(event, &$0) }
    }
}
