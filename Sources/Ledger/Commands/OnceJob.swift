internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Storage

/// Remembers a one-time action in the table of commands, as durably as a command: no process on the ledger carries the action out again,
/// before a restart or after it.
@safe final class OnceJob: WriterJob, @unchecked Sendable {
    private let key: Digest32
    private let commands: CommandTable
    private let continuation: UnsafeContinuation<Bool, any Error>
    private var isFirst = false

    init(_ key: Digest32, _ commands: CommandTable, _ continuation: UnsafeContinuation<Bool, any Error>) {
        self.key = key
        self.commands = commands
        unsafe self.continuation = continuation
    }

    override func perform(_ turn: inout Turn, _ transaction: inout WriteTransaction, _ appender: inout Appender) throws {
        isFirst = try commands.entry(key, at: appender.now, transaction) == nil
        guard isFirst else { return }
        let entry = CommandTable.Entry(content: key, position: appender.next, answer: [])
        try commands.store(key, entry, at: appender.now, &transaction)
    }

    override func finish(_ error: (any Error)?) {
        if let error { unsafe continuation.resume(throwing: error) } else { unsafe continuation.resume(returning: isFirst) }
    }
}

extension KeyCommands {
    /// Tells whether something is done for the first time. The answer is true once, whichever process on the ledger asks, and it is
    /// durable before it is given. It is remembered as long as commands are, for `CommandTable.retention`; the log holds nothing of it.
    ///
    /// - Parameters:
    ///   - kind: what is done, such as `hand-over`.
    ///   - name: what distinguishes one from another; only a digest of it is stored.
    /// - Returns: whether this is the first time.
    /// - Throws: the errors of reading and writing the table; then it must not be done, since it cannot be known whether it was done
    ///   before.
    public func isFirst(_ kind: String, _ name: [String]) async throws -> Bool {
        let key = CommandID.digest(["once", kind] + name)
        let commands = CommandTable(ledger.reader.tables)
        return try await unsafe withUnsafeThrowingContinuation { ledger.writer.enqueue(unsafe OnceJob(key, commands, $0)) }
    }
}
