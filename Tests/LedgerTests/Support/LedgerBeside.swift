import EventLog
import KeyEvents
import Projections
import Storage

@testable import Ledger

/// Writes into a ledger's log what its own writer would not, or would only in another process.
struct LedgerBeside {
    private let ledger: Ledger

    init(_ ledger: Ledger) { self.ledger = ledger }

    /// Answers the first one's position. What lifecycle events mean is applied to the state.
    @discardableResult
    func append(_ events: [Event]) throws -> UInt64 {
        let sequencer = EmbeddedSequencer(ledger.reader.environment, now: { ledger.time.now })
        return try sequencer.transact { transaction, appender in
            let store = StateStore(try ledger.stateTables.current(transaction))
            let first = appender.nextPosition
            for var event in events {
                event.recordedAt = appender.recordedAt
                let position = try appender.append(event, &transaction)
                if event.body.isLifecycle { try store.apply(event, at: position, &transaction) }
            }
            return first
        }
    }

    /// Changes a key as a command of another process does: windows that are open here stay open.
    func change(_ id: KeyID, _ change: KeyChange) throws {
        let account = try ledger.key(id)?.accountID ?? .operator
        let changed = Event.Changed(scopes: change.scopes)
        try append([Event(keyID: id, accountID: account, actor: .commandLine, body: .changed(changed))])
    }
}
