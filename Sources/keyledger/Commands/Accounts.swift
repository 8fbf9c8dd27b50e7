internal import ArgumentParser
internal import Bytes
internal import Glibc
internal import KeyEvents
internal import Ledger
internal import LedgerAPI

struct Accounts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what an account has and may, say what it may, and erase its personal fields.",
        subcommands: [AccountsShow.self, AccountsChange.self, AccountsErase.self])
}

struct AccountsErase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Destroy an account's data key: its names, metadata, reasons and addresses become unreadable, for good.",
        discussion: """
            The log says that it was done (AccountErased), and still verifies. Keys go on working, but for those that may be used from \
            listed addresses alone: nobody can read their lists any more, so they are refused until they get a new one (keyledger keys \
            change ID --allow-ip …, or --allow-any-ip). How many these are is said before anything is done. Names given afterwards are \
            sealed under a new data key. Copies of vault/ held elsewhere must be destroyed too. The key's bytes \
            are overwritten where they are; a file system that copies on write (btrfs, ZFS, bcachefs, F2FS), a snapshot and a flash disk may keep \
            them for a while. Interrupted, it is finished when the ledger is next opened.
            """)

    /// A warning about copies of the key that the ledger cannot reach.
    private static let remains =
        "Copies of its data key may be left in backups and snapshots of vault/, and for a while on file systems that copy on write (btrfs, ZFS) and"
        + " on flash disks."

    @OptionGroup var options: DataOptions

    @Argument(help: "The account.")
    var account: String

    @Flag(help: "Yes, for good.")
    var yes = false

    @Flag(name: .customLong("operator"), help: "Yes, also where the account is “operator”, which holds the admin key and the service keys.")
    var isOperatorMeant = false

    private struct Answer: Encodable {
        let accountId: String
        /// Whether there was anything to erase.
        let erased: Bool
        /// The number of keys that are refused from now on, since the addresses from which they may be used can no longer be
        /// read.
        let refusedKeys: Int
    }

    func run() async throws {
        guard let account = try ArgumentParsing.account(account) else { return }
        guard !account.isOperator || isOperatorMeant else {
            throw UsageError(
                "The account operator is that of the admin key and the service keys: their names, and who did what with them, would be unreadable, for"
                    + " good. If that is meant, say --operator too. Nothing was changed.")
        }
        try await options.withLedger { ledger in
            let outlook = try ledger.accounts.erasureOutlook(of: account)
            guard outlook.isKnown else { throw ServiceError.unknownAccount }
            guard yes else {
                throw UsageError(
                    "This cannot be undone. " + (warning(outlook).map { $0 + " " } ?? "")
                        + "Say --yes to destroy the data key of \(account). Nothing was changed.")
            }
            let isDestroyed = try await ledger.accounts.erasePersonalFields(of: account, localUser: getuid())
            let words = words(isDestroyed, account, outlook)
            if options.json {
                let refused = isDestroyed ? outlook.restrictedKeys : 0
                let answer = Answer(accountId: account.description, erased: isDestroyed, refusedKeys: refused)
                try Terminal.writeResult(JSON.string(answer), ifLost: words)
            } else {
                try Terminal.writeResult(words, ifLost: words)
            }
        }
    }

    private func words(_ isDestroyed: Bool, _ account: AccountID, _ outlook: ErasureOutlook) -> String {
        if isDestroyed {
            return "The personal fields of \(account) cannot be read any more." + (warning(outlook).map { " " + $0 } ?? "") + "\n"
                + Self.remains
        }
        let before = outlook.erasedAt.last.map { ": it was erased on \($0)" } ?? ""
        return "\(account) has no data key\(before); nothing was changed."
    }

    /// Warns about keys that will be refused; `nil` when there are none.
    private func warning(_ outlook: ErasureOutlook) -> String? {
        guard outlook.hasDataKey, outlook.restrictedKeys > 0 else { return nil }
        let (keys, until) =
            outlook.restrictedKeys == 1
            ? ("1 key", "it is refused everywhere until it gets a new one")
            : ("\(outlook.restrictedKeys) keys", "they are refused everywhere until they get new ones")
        return "\(keys) may be used from listed addresses alone; nobody can read these lists afterwards, so \(until)"
            + " (keyledger keys change ID --allow-ip …)."
    }
}
