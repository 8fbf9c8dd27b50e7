internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Storage

/// Remembers that something was done which may be done only once. It is remembered beside the commands and as durably as they are, so that
/// no process on the ledger does it again, before a restart or after it.
final class OnceJob: WriterJob {
    private let key: Digest32
    private let commands: CommandTable
    private let continuation: CheckedContinuation<Bool, any Error>
    private var isFirst = false

    init(_ key: Digest32, _ commands: CommandTable, _ continuation: CheckedContinuation<Bool, any Error>) {
        self.key = key
        self.commands = commands
        self.continuation = continuation
    }

    func perform(_ batch: inout AppendBatch, _ transaction: inout WriteTransaction, _ appender: inout BatchAppender) throws {
        isFirst = try commands.entry(key, at: appender.now, transaction) == nil
        guard isFirst else { return }
        let entry = CommandTable.Entry(content: key, position: appender.nextPosition, answer: [], at: appender.now)
        try commands.store(key, entry, &transaction)
    }

    func finish(_ error: (any Error)?) { continuation.resume(returning: isFirst, unless: error) }
}

extension KeyCommands {
    /// Whether something is done for the first time, which is so once, whichever process on the ledger asks, and durably before the answer.
    /// It is remembered for as long as commands are, `CommandTable.retention`; nothing of it stands in the log. `kind`: what is done, such
    /// as `hand-over`. `name`: what tells one from another; only a digest of it is kept. Throws where it cannot be written down or looked
    /// up; then it was not done before as far as is known, and must not be done.
    public func isFirst(_ kind: String, _ name: [String]) async throws -> Bool {
        let key = CommandID.digest(["once", kind] + name)
        let commands = CommandTable(ledger.reader.tables)
        return try await withCheckedThrowingContinuation { ledger.writer.enqueue(OnceJob(key, commands, $0)) }
    }
}
