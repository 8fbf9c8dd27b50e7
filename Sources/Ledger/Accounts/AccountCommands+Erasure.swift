internal import Bytes
internal import EventLog
public import KeyEvents
public import Projections
internal import Storage

/// The effects that an erasure of an account would have.
public struct ErasureOutlook: Sendable {
    /// Whether the account has, or had, anything: a key, a data key, an erasure. The account `operator` always counts as known.
    public let isKnown: Bool
    /// Whether the account has a data key to destroy, or one that is lost and can be given up: it has none where nothing was sealed for it,
    /// or everything was erased.
    public let hasDataKey: Bool
    /// How many active or disabled keys of the account are restricted to listed addresses. Once nobody can read those lists, nobody can
    /// use these keys.
    public let restrictedKeys: Int
    /// The times at which the account was erased before, in ascending order.
    public let erasedAt: [Timestamp]
}

extension AccountCommands {
    /// Finds out what an erasure of an account would affect.
    ///
    /// - Parameter account: the account.
    /// - Returns: the account's keys, data key and earlier erasures.
    /// - Throws: `LedgerError.vault` where the vault cannot be read; the errors of reading the state.
    public func erasureOutlook(of account: AccountID) throws -> ErasureOutlook {
        var (restricted, hasKeys) = (0, false)
        var last: KeyID?
        while true {
            let keys = try ledger.environment.read { transaction in
                try StateView(ledger.stateTables, transaction).store.keys(of: account, after: last, limit: 1_000, transaction)
            }
            guard let end = keys.last?.id else { break }
            hasKeys = true
            restricted += keys.count {
                $0.sealedAllowlist != nil && ($0.status(at: ledger.time.now) == .active || $0.status(at: ledger.time.now) == .disabled)
            }
            last = end
        }
        let hasDataKey = try ledger.vault.found(account) != nil || ledger.hasLostDataKey(account)
        let erasedAt = try erasures(of: account).map(\.recordedAt).sorted()
        return ErasureOutlook(
            isKnown: hasKeys || hasDataKey || !erasedAt.isEmpty || account.isOperator, hasDataKey: hasDataKey, restrictedKeys: restricted,
            erasedAt: erasedAt)
    }

    /// Reads the erasures that the log records.
    ///
    /// - Parameter account: whose erasures are read; `nil` for those of every account.
    /// - Returns: the erasures.
    /// - Throws: the errors of reading the state.
    public func erasures(of account: AccountID? = nil) throws -> [Erasure] {
        try ledger.environment.read { try StateView(ledger.stateTables, $0).store.erasures(of: account, $0) }
    }

    /// Destroys an account's data key: the account's names, metadata, addresses and reasons can no longer be read, in the log, in the
    /// state, or in any copy of either. The log records the erasure first (`AccountErased`); one that was interrupted after that is
    /// finished when the ledger is opened next. Once this returns, no process shows the fields any more. The account's keys go on
    /// working, except those that are restricted to listed addresses. Data keys that are lost are given up: the log says so in the same way.
    ///
    /// - Parameters:
    ///   - account: the account.
    ///   - localUser: the user id (uid) of who asked for it on this host.
    /// - Returns: whether there was a data key to destroy, or to give up.
    /// - Throws: `LedgerError.vault` where the file cannot be read or destroyed; the errors of reading the state and of appending to the
    ///   log.
    public func erasePersonalFields(of account: AccountID, localUser: UInt32? = nil) async throws -> Bool {
        let found = try ledger.vault.found(account)
        let lost = try ledger.lostDataKeys(of: account, ledger.dataKeyNeeds(of: account)).sorted { $0.hex < $1.hex }
        let ids: [Bytes16?] = (found.map { [$0.id] } ?? []) + lost.map { $0 }
        if ids.isEmpty { return false }
        for id in ids {
            let erasure = AccountErasure(dataKeyID: id, localUserID: localUser)
            _ = try await withCheckedThrowingContinuation { continuation in
                ledger.writer.enqueue(ErasureJob(erasure, of: account, continuation))
            }
        }
        try await ledger.lanes.commands.run(for: .account(.operator)) { [self] in
            try forgetCommands(of: account)
            if let found { try ledger.vault.destroy(account, ifItIs: found) }
        }
        ledger.dataKeyWatch.remove(account)
        // Other processes trust what they last read from the vault for this long.
        try await Task.sleep(for: Vault.noticedWithin)
        return true
    }

    /// Replaces what earlier versions remembered of the content of commands: a plain hash, by which a guessed name can be recognised.
    @available(*, noasync)
    private func forgetCommands(of account: AccountID) throws {
        try CommandTable(ledger.reader.tables).replaceContent(with: CommandID.unknown, in: ledger.environment) { answer in
            RememberedAnswer(answer)?.accountID == account
        }
    }

    /// Destroys data keys that the log records as destroyed and that are still in the vault, after an interruption or out of a backup.
    func finishErasures() {
        let erasures: [Erasure]
        do { erasures = try self.erasures() } catch {
            ledger.options.report("It could not be seen whether erasures are to be finished: \(error)")
            return
        }
        do { try ledger.vault.destroyIncomplete(Set(erasures.map(\.dataKeyID))) } catch { ledger.options.report("\(error)") }
        // Each erasure is finished by itself: a failure with one account's data key does not keep the others from being destroyed.
        for erasure in erasures {
            do {
                guard try ledger.vault.dataKeyID(of: erasure.accountID) == erasure.dataKeyID else { continue }
                try forgetCommands(of: erasure.accountID)
                try ledger.vault.destroy(erasure.accountID, ifItIs: .dataKey(erasure.dataKeyID))
                ledger.options.report(
                    "The account \(erasure.accountID) was erased on \(erasure.recordedAt), and the data key that was to be destroyed still stood"
                        + " in the vault. It is destroyed now.")
            } catch {
                ledger.options.report("An erasure could not be finished: \(error) What was to be erased can still be read.")
            }
        }
    }
}
