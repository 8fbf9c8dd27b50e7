import Bytes
import EventLog
import Foundation
import KeyEvents
import Projections
import Storage
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable internal import LedgerAudit
@testable internal import LedgerQueries

/// Making, opening and closing.
@Suite(.holdsLedgers) struct LedgerTests {
    @Test func aSecondCreationChangesNothing() async throws {
        let home = TestHome(seed: printedSeed())
        let key = try await home.withLedger { ledger in try await ledger.newKey() }
        let before = Self.contents(home)
        for prefix in ["lhql", "other"] {
            let error = #expect(throws: LedgerError.self) {
                _ = try Ledger.create(at: home.folder, prefix: prefix, options: home.options(.durable))
            }
            guard case .ledgerExists = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(Self.contents(home) == before)
        }
        try await home.withLedger { ledger in
            let verdict = try ledger.verifier.evaluate(key.secret)
            #expect(verdict.isValid && ledger.prefix == "lhql")
        }
    }

    @Test func nobodyCreatesOverALedgerThatIsInUse() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            await Self.failsToCreate(home.folder.path)
            #expect(try await ledger.verify(key.secret) == .valid)
            #expect(try ledger.types() == ["KeyCreated", "KeyUsed"])
        }
    }

    private static func failsToCreate(_ path: String) async {
        await #expect(processExitsWith: .success) { [path = path as String] in
            do {
                _ = try Ledger.create(at: DataFolder(path: path), prefix: "lhql")
                Issue.record("created twice")
            } catch {
                guard case LedgerError.ledgerExists = error else { throw error }
            }
        }
    }

    @Test func anInterruptedCreationIsTakenUp() async throws {
        let home = TestHome(seed: printedSeed())
        try home.folder.make()
        do { _ = try Environment(path: home.folder.ledger, tables: ["records"], options: .init(mapSize: 1 << 20)) }
        let error = await #expect(throws: LedgerError.self) { _ = try await home.open() }
        guard case .noLedger = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let ledger = try Ledger.create(at: home.folder, prefix: "lhql", options: home.options(.durable))
        _ = try await ledger.newKey()
        ledger.close()
    }

    @Test func nothingIsMadeOfWhatAnInterruptedImportLeft() throws {
        let home = TestHome(seed: printedSeed())
        try home.folder.make()
        do {
            let environment = try Environment(path: home.folder.ledger, tables: LogTables.names, options: .init(mapSize: 1 << 20))
            var records = LogImport(environment)
            try records.append([1, 2, 3], leaf: Digest32([UInt8](repeating: 7, count: 32))!)
            _ = try records.finish()
        }
        let error = #expect(throws: LedgerError.self) {
            _ = try Ledger.create(at: home.folder, prefix: "lhql", options: home.options(.durable))
        }
        guard case .unfinishedImport = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try Ledger.format(home.folder) == nil)
    }

    /// Whatever an attempt has come to before it was interrupted: until it has been finished nobody opens it, and it is begun again.
    @Test func aLedgerThatWasNotFinishedIsBegunAgain() async throws {
        let home = TestHome(seed: printedSeed())
        var first: (id: KeyID, secret: String)?
        for attempt in 0..<3 {
            let making = try Ledger.begin(at: home.folder, prefix: "lhql", options: home.options(.durable))
            let key = try await making.ledger.newKey()
            #expect(try await making.ledger.verify(key.secret) == .valid)
            #expect(try making.ledger.keys.decryptedKey(key.id, for: .commandLine).name == "Mews")
            if attempt == 2 { try making.finish() }
            making.ledger.close()
            first = first ?? key
        }
        let secret = try #require(first?.secret)
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            #expect(try ledger.types() == ["KeyCreated", "KeyUsed"])
            #expect(try await ledger.verify(secret) != .valid)
            #expect(try ledger.environment.read { try ledger.reader.damagedMeta($0) }.isEmpty)
            #expect(try await ledger.maintenance.replay(isCheck: true) { _, _ in }.differences.count == 0)
        }
    }

    @Test func whatIsBeingMadeIsNoLedgerForOthers() async throws {
        let home = TestHome(seed: printedSeed())
        let making = try Ledger.begin(at: home.folder, prefix: "lhql", options: home.options(.durable))
        await #expect(processExitsWith: .success) { [path = home.folder.path as String] in
            let folder = DataFolder(path: path)
            do {
                _ = try Ledger.open(folder)
                Issue.record("opened")
            } catch {
                guard case LedgerError.unfinishedInit = error else { throw error }
            }
            for isImport in [false, true] {
                do {
                    if isImport {
                        _ = try await Ledger.importBundle("/proc/self/exe", to: folder)
                    } else {
                        _ = try Ledger.begin(at: folder, prefix: "x")
                    }
                    Issue.record("begun twice")
                } catch {
                    guard case LedgerError.beingMade = error else { throw error }
                }
            }
        }
        try making.finish()
        making.ledger.close()
    }

    /// Keys in `vault/`, and checkpoints, are of a ledger: one that is made beside them could not be theirs.
    @Test(arguments: ["vault/acme.key", "vault/log-signing-key", "checkpoints/00000000000000000005"])
    func whereTheLogIsGoneNoneIsMade(_ file: String) async throws {
        let home = TestHome(seed: printedSeed())
        try home.folder.make()
        func make(_ path: String) -> Bool {
            FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        #expect(make(home.folder.path + "/" + file))
        for isEmptyFileThere in [false, true] {
            if isEmptyFileThere { #expect(make(home.folder.ledger + "/data.mdb")) }
            for attempt in [
                { _ = try Ledger.create(at: home.folder, prefix: "lhql", options: home.options(.durable)) }, { _ = try await home.open() },
            ] as [() async throws -> Void] {
                let error = await #expect(throws: LedgerError.self) { try await attempt() }
                guard case .logGone? = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
            }
        }
    }

    @Test(arguments: ["", "Lhql", "1a", "a_b", "a-b", String(repeating: "a", count: 17)])
    func aBadPrefixIsRefused(_ prefix: String) {
        let home = TestHome(seed: printedSeed())
        #expect(throws: LedgerError.self) { _ = try Ledger.create(at: home.folder, prefix: prefix) }
        #expect(home.files().isEmpty)
    }

    @Test func whereThereIsNoLedgerOpeningSaysSo() async throws {
        let home = TestHome(seed: printedSeed())
        for _ in 0..<2 {
            do {
                _ = try await home.open()
                Issue.record("opened nothing")
            } catch {
                guard case LedgerError.noLedger(home.folder.path) = error else { throw error }
                #expect("\(error)".contains("keyledger init"))
            }
            // And an empty folder is no ledger either.
            try FileManager.default.createDirectory(atPath: home.folder.path, withIntermediateDirectories: true)
        }
        #expect(home.files().isEmpty)
    }

    @Test func aNewerFormatIsLeftAlone() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            _ = try await ledger.newKey()
            Self.set(.format, (LogMeta.currentFormat + 1).bigEndianBytes, ledger)
        }
        let before = Self.contents(home)
        await #expect(throws: LogError.newerVersion(found: LogMeta.currentFormat + 1, known: LogMeta.currentFormat)) {
            _ = try await home.open()
        }
        #expect(throws: LedgerError.self) { _ = try Ledger.create(at: home.folder, prefix: "lhql", options: home.options(.durable)) }
        #expect(Self.contents(home) == before)
    }

    /// A library user may close and open as they like; the files are let go by the time `close` returns.
    @Test func closedItCanBeOpenedAgainAtOnce() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { _ = try await $0.newKey("0") }
        for round in 0..<60 {
            let ledger = try Ledger.open(home.folder, options: home.options(.durable))
            let key = try await ledger.newKey("\(round)")
            _ = try await ledger.verify(key.secret)
            ledger.close()
        }
        let last = try await home.withLedger { try $0.log.lastPosition() }
        #expect(last == 120)
    }

    @Test func deletedViewsComeBackEqual() async throws {
        let seed = printedSeed()
        let home = TestHome(seed: seed)
        var random = SplitMix64(seed: seed)
        let (keys, views) = try await home.withLedger { ledger in
            let keys = try await RebuildsAreExactTests.makeHistory(ledger, home, &random)
            return (keys, try ViewsDump(ledger, keys))
        }
        try FileManager.default.removeItem(atPath: home.folder.views)
        try await home.withLedger { ledger in
            #expect(try ViewsDump(ledger, keys) == views)
            let check = try await ledger.maintenance.replay(isCheck: true) { _, _ in }
            #expect(check.differences.count == 0)
        }
    }

    private static func set(_ field: LogMeta, _ value: [UInt8], _ ledger: Ledger) {
        try? ledger.environment.write { try field.set(value, LogTables(ledger.environment), &$0) }
    }

    /// All but the files that only locks are taken on.
    private static func contents(_ home: TestHome) -> [String: [UInt8]] {
        var contents: [String: [UInt8]] = [:]
        for file in home.files() where !file.path.hasSuffix("lock.mdb") { contents[file.path] = file.bytes }
        return contents
    }
}
