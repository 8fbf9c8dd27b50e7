import EventLog
import KeyEvents
import LedgerQueries
import Projections
import Storage
import TestSupport
import Validation

@testable import Ledger

/// A record as read back.
struct Entry: Sendable {
    let position: UInt64
    let event: Event
    let personal: PersonalFields?

    var type: String { event.body.type }

    var use: Event.Use? {
        switch event.body {
        case .used(let use), .refused(let use, _): use
        default: nil
        }
    }

    var accepted: Event.Use? { if case .used(let use) = event.body { use } else { nil } }

    var refusal: RefusalCode? { if case .refused(_, let code) = event.body { code } else { nil } }
}

extension Ledger {
    /// All events, or those of one key by its history.
    func log(of key: KeyID? = nil, from start: UInt64 = 0) throws -> [Entry] {
        var entries: [Entry] = []
        try self.events.events(of: key, from: start, limit: .max) { entries.append(Entry(position: $0, event: $1, personal: $2)) }
        return entries
    }

    func types(of key: KeyID? = nil) throws -> [String] { try log(of: key).map(\.type) }

    func newKey(
        _ name: String = "Mews", account: AccountID? = nil, environment: String = "live", scopes: [String] = [],
        permissions: [Permission] = [], metadata: [String: String] = [:], expiresAt: Timestamp? = nil, by caller: Caller = .commandLine
    ) async throws -> (id: KeyID, secret: String) {
        let made = try await commands.createKey(
            CreateKey(
                name: name, account: account, environment: environment, scopes: scopes, permissions: permissions, metadata: metadata,
                expiresAt: expiresAt), by: caller)
        guard let secret = made.secret else { throw TestFailure("a new key has no secret") }
        return (made.outcome.key.state.id, secret.reveal())
    }

    func verify(_ secret: String, _ accessCheck: AccessCheck = AccessCheck()) async throws -> VerdictCode {
        try await verifier.verify(secret, accessCheck, actor: .commandLine).code
    }

    /// Windows that have ended, and everything queued, are durable on return.
    func settle() async throws {
        recorder.flush(endedAt: nil)
        try await flush()
    }

    /// Lets the caution of the sweep's start pass.
    func startSweep(_ clock: TestClock) async {
        await maintenance.sweepExpired()
        clock.advance(microseconds: ExpirySweep.startPause.wholeMicroseconds)
    }

    /// Writes into the ledger's files what nothing else would.
    func change(_ body: (inout WriteTransaction) throws -> Void) throws { try environment.write(body) }

    /// Every entry of the state tables in force, as raw bytes.
    func stateDump() throws -> [String: [TableRow]] {
        try environment.read { transaction in
            var dump: [String: [TableRow]] = [:]
            for (name, table) in try stateTables.current(transaction).all { dump[name] = try rows(of: table, transaction) }
            return dump
        }
    }
}

struct TestFailure: Error {
    let what: String

    init(_ what: String) { self.what = what }
}

extension Caller {
    /// Somebody of an account. Not a key: a key's permissions are those it has in the ledger.
    static func holder(_ account: AccountID, _ permissions: [Permission] = Permission.allCases, id: String = "person_1") -> Caller {
        Caller(actor: Actor(kind: .account, id: id), account: account, permissions: PermissionSet(permissions))
    }
}

extension AccountID {
    static let hotel = AccountID(trusted: "hotel")
    static let hostel = AccountID(trusted: "hostel")
}
