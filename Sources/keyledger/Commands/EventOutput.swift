internal import ArgumentParser
internal import Bytes
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerQueries

/// Prints events as lines, many in one write.
struct EventOutput {
    let isJSON: Bool
    private let ledger: Ledger
    private var lines: [String] = []
    private var accounts: Set<AccountID> = []

    init(_ ledger: Ledger, isJSON: Bool) {
        self.ledger = ledger
        self.isJSON = isJSON
    }

    mutating func show(_ recorded: RecordedEvent) throws {
        lines.append(isJSON ? try JSON.string(EventDocument(recorded)) : EventLine.text(recorded))
        accounts.insert(recorded.event.accountID)
        if lines.count >= 500 { try flush() }
    }

    /// Records that the events were read. Call it after reading: a command that reads to the head would otherwise read this
    /// record too.
    mutating func note() {
        ledger.readings.note(.events, of: accounts, by: .localUser)
        accounts = []
    }

    mutating func flush() throws {
        if !lines.isEmpty { try Terminal.writeResult(lines.joined(separator: "\n")) }
        lines = []
    }
}
