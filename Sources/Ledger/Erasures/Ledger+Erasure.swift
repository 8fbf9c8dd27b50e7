internal import EventLog
public import KeyEvents
public import Projections
internal import Storage

/// What there is of an account to erase, and what comes of it.
public struct ErasureOutlook: Sendable {
    /// Whether there is, or was, anything of the account: a key, a data key, an erasure.
    public let isKnown: Bool
    /// Nothing was sealed for the account, or everything was erased: there is nothing to destroy.
    public let hasDataKey: Bool
    /// Keys that are in force and may be used from listed addresses alone. Once nobody can read their lists, nobody can use them.
    public let restrictedKeys: Int
    /// When the account was erased before, the latest last.
    public let erasedAt: [Timestamp]
}

extension Ledger {
    public func erasureOutlook(of account: AccountID) throws -> ErasureOutlook {
        var (restricted, hasKeys) = (0, false)
        var last: KeyID?
        while true {
            let keys = try environment.read { transaction in
                try StateView(stateTables, transaction).store.keys(of: account, after: last, limit: 1_000, transaction)
            }
            guard let end = keys.last?.id else { break }
            hasKeys = true
            restricted += keys.count { $0.sealedAllowlist != nil && ($0.status(at: now) == .active || $0.status(at: now) == .disabled) }
            last = end
        }
        let (hasDataKey, erasedAt) = (try vault.found(account) != nil, try erasures(of: account).map(\.recordedAt).sorted())
        return ErasureOutlook(
            isKnown: hasKeys || hasDataKey || !erasedAt.isEmpty || account.isOperator, hasDataKey: hasDataKey, restrictedKeys: restricted,
            erasedAt: erasedAt)
    }

    /// The data keys that the log says were destroyed: of one account, or of all.
    public func erasures(of account: AccountID? = nil) throws -> [Erasure] {
        try environment.read { try StateView(stateTables, $0).store.erasures(of: account, $0) }
    }

    /// Destroys an account's data key: its names, metadata, addresses and reasons cannot be read any more, in the log, in
    /// state, in any copy made of either. The log says so first (`AccountErased`); what stops this in between is made up for by whoever
    /// opens the ledger next. On return no process tells any of it any more. Keys go on working, but for those that may be used from
    /// listed addresses alone.
    /// `localUser`: who asked for it, by number (uid). Answers whether there was a data key to destroy. Throws `LedgerError.vault` where the
    /// file cannot be read or destroyed, and whatever appending throws.
    public func erasePersonalFields(of account: AccountID, localUser: UInt32? = nil) async throws -> Bool {
        guard let found = try vault.found(account) else { return false }
        let erasure = AccountErasure(dataKeyID: found.id, localUserID: localUser)
        _ = try await withCheckedThrowingContinuation { continuation in
            writer.enqueue(ErasureJob(erasure, of: account, continuation))
        }
        try await lanes.commands.run(for: .account(.operator)) { [self] in
            try forgetCommands(of: account)
            try vault.destroy(account, ifItIs: found)
        }
        // What other processes found a moment ago they believe that long.
        try await Task.sleep(for: Vault.noticedWithin)
        return true
    }

    /// What versions before remembered of the content of commands is a plain hash, by which a name that is guessed can be recognised.
    @available(*, noasync)
    private func forgetCommands(of account: AccountID) throws {
        try CommandTable(reader.tables).replaceContent(with: CommandID.unknown, in: environment) { answer in
            KeyStateCodec.decode(answer)?.accountID == account
        }
    }

    /// Destroys what the log says was destroyed and still stands in the vault: after a kill in between, or out of a backup.
    func finishErasures() {
        let erasures: [Erasure]
        do { erasures = try self.erasures() } catch {
            options.report("It could not be seen whether erasures are to be finished: \(error)")
            return
        }
        // Each by itself: what is wrong with one account's data key keeps no other's from being destroyed.
        for erasure in erasures {
            do {
                guard try vault.dataKeyID(of: erasure.accountID) == erasure.dataKeyID else { continue }
                try forgetCommands(of: erasure.accountID)
                try vault.destroy(erasure.accountID, ifItIs: .dataKey(erasure.dataKeyID))
                options.report(
                    "The account \(erasure.accountID) was erased on \(erasure.recordedAt), and the data key that was to be destroyed still stood"
                        + " in the vault. It is destroyed now.")
            } catch {
                options.report("An erasure could not be finished: \(error) What was to be erased can still be read.")
            }
        }
    }
}
