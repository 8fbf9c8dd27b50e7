internal import Storage

extension Environment {
    /// Throws where the ledger's files were replaced by others while this process has them open. What it writes into its own files
    /// would be lost, and what it writes beside them, checkpoints and data keys, would get into a ledger that is not its own.
    ///
    /// - Throws: `LedgerError.replaced`.
    func requireInPlace() throws(LedgerError) {
        // The environment of the log is the folder `ledger` in the data folder.
        if isReplaced { throw .replaced(path: String(path.dropLast("/ledger".utf8.count))) }
    }
}
