import Bytes
import Foundation
import TestSupport
import Testing

@testable import Storage

/// Several processes on one folder, some of them killed.
@Suite(.holdsLedgers) struct EnvironmentProcessesTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func aProcessKilledWhileItWritesStopsNobody() async throws {
        let environment = try Environment(at: folder.path)
        try environment.put(1, [1])
        for _ in 0..<3 {
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String] in
                let environment = try Environment(at: path)
                try environment.change { transaction in
                    try transaction.put(1, [2 as UInt8].span, in: environment.t)
                    try transaction.put(2, [2 as UInt8].span, in: environment.t)
                    Child.die()
                }
            }
            #expect(try environment.value(1) == [1])
            try environment.put(3, [3])
        }
        #expect(try environment.value(2) == nil)
        #expect(try environment.value(3) == [3])
    }

    /// The writer is waiting for the lock when its holder is killed.
    @Test func whoeverWaitsForTheKilledProcessGoesOn() async throws {
        let environment = try Environment(at: folder.path)
        let beside = Beside { [folder] in
            Child.wait(for: folder.path + "/holding")
            Child.mark(folder.path + "/waiting")
            try environment.put(2, [2])
        }
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String] in
            let environment = try Environment(at: path)
            try environment.change { transaction in
                try transaction.put(1, [2 as UInt8].span, in: environment.t)
                Child.mark(path + "/holding")
                Child.wait(for: path + "/waiting")
                usleep(20_000)
                Child.die()
            }
        }
        try beside.join()
        #expect(try environment.value(1) == nil)
        #expect(try environment.value(2) == [2])
    }

    /// Nothing has to be made, so opening does not wait for whoever writes.
    @Test func filesWithAllTablesOpenWhileAnotherWrites() async throws {
        try Environment(at: folder.path).put(1, [1])
        let beside = Beside { [folder] in
            Child.wait(for: folder.path + "/holding")
            let environment = try Environment(at: folder.path)
            Child.mark(folder.path + "/opened")
            return try environment.value(1)
        }
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            let environment = try Environment(at: path)
            try environment.change { _ in
                Child.mark(path + "/holding")
                Child.wait(for: path + "/opened")
                #expect(Child.isMarked(path + "/opened"))
            }
        }
        #expect(try beside.join() == [1])
    }

    @Test func whatWasCommittedSurvivesTheKill() async throws {
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String] in
            let environment = try Environment(at: path)
            for key in 0..<50 as Range<UInt64> { try environment.put(key, [UInt8(key)]) }
            Child.die()
        }
        let environment = try Environment(at: folder.path)
        #expect(try environment.count() == 50)
        #expect(try environment.value(49) == [49])
    }

    @Test func placesOfKilledReadersAreFreed() async throws {
        let environment = try Environment(at: folder.path)
        try environment.put(1, [1])
        for _ in 0..<2 { await dieReading() }
        #expect(environment.clearStaleReaders() == 1)
        #expect(environment.clearStaleReaders() == 0)
    }

    /// Opening does it too: the second child above freed what the first had left.
    @Test func openingFreesThePlacesOfKilledReaders() async throws {
        await dieReading()
        let environment = try Environment(at: folder.path)
        #expect(environment.clearStaleReaders() == 0)
    }

    private func dieReading() async {
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String] in
            let environment = try Environment(at: path)
            try environment.read { _ in Child.die() }
        }
    }

    /// A killed reader keeps pages from being reused until its place is freed.
    @Test func filesStopGrowingOnceAKilledReaderIsCleared() async throws {
        let environment = try Environment(at: folder.path)
        try environment.put(0...500, Array(repeating: 1, count: 1_000))
        await dieReading()
        environment.clearStaleReaders()
        func rewrite() throws { for _ in 0..<10 { try environment.put(0...500, Array(repeating: 2, count: 1_000)) } }
        try rewrite()
        let used = environment.information.usedBytes
        try rewrite()
        #expect(environment.information.usedBytes == used)
    }

    @Test func nothingIsLostBetweenProcesses() async throws {
        let environment = try Environment(at: folder.path)
        let beside = Beside { [folder] in
            Child.wait(for: folder.path + "/started")
            for _ in 0..<300 { try environment.increment(1) }
        }
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            let environment = try Environment(at: path)
            Child.mark(path + "/started")
            for _ in 0..<300 { try environment.increment(1) }
        }
        try beside.join()
        #expect(try environment.number(1) == 600)
    }

    /// One process commits large transactions without a pause. How many of them another one's write lets pass is counted,
    /// not timed: with LMDB's own lock alone it is often hundreds.
    @Test func aBusyProcessLetsOthersTakeTurns() async throws {
        let environment = try Environment(at: folder.path)
        let beside = Beside { [folder] in
            defer { Child.mark(folder.path + "/enough") }
            Child.wait(for: folder.path + "/started")
            var passed: [UInt64] = []
            for _ in 0..<40 {
                // So that the other is at full speed again.
                usleep(3_000)
                let before = try environment.number(1)
                passed.append(try Self.numberInTransaction(environment) - before)
            }
            return passed
        }
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            let environment = try Environment(at: path)
            Child.mark(path + "/started")
            var isEnough = false
            while !isEnough {
                isEnough = try environment.change { transaction in
                    let number = (try transaction.get(1, in: environment.t)?.bigEndian() ?? 0) + 1
                    try transaction.put(1, BigEndianKey(number).storage.span, in: environment.t)
                    for key in 1_000..<2_000 as Range<UInt64> {
                        try transaction.put(key, BigEndianKey(number).storage.span, in: environment.t)
                    }
                    // While it holds the lock: between two transactions there is no pause.
                    return Child.isMarked(path + "/enough")
                }
            }
        }
        let passed = try #require(try beside.join())
        #expect(passed.sorted()[20] <= 2, "\(passed)")
    }

    private static func numberInTransaction(_ environment: Environment) throws -> UInt64 {
        try environment.write { transaction in
            try transaction.put(2, [1 as UInt8].span, in: environment.t)
            return try transaction.get(1, in: environment.t)?.bigEndian() ?? 0
        }
    }
}
