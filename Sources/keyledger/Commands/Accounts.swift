internal import ArgumentParser
internal import KeyEvents
internal import KeyService
internal import KeyledgerHTTP

struct Accounts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Erase an account's personal fields.", subcommands: [AccountsErase.self])
}

struct AccountsErase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Destroy an account's data key: its names, metadata, reasons and addresses become unreadable, for good.",
        discussion: """
            The log stays as it is and still verifies; keys go on working. Copies of vault/ held elsewhere must be destroyed too. The key's bytes \
            are overwritten where they are; a file system that copies on write (btrfs, ZFS, bcachefs, F2FS), a snapshot and a flash disk may keep \
            them for a while. Interrupted, it is finished when the ledger is next opened.
            """)

    /// What the ledger cannot reach.
    private static let remains =
        "Copies of its data key may be left in backups and snapshots of vault/, and for a while on file systems that copy on write (btrfs, ZFS) and"
        + " on flash disks."

    @OptionGroup var options: DataOptions

    @Argument(help: "The account.")
    var account: String

    @Flag(help: "Yes, for good.")
    var yes = false

    private struct Answer: Encodable {
        let accountId: String
        /// False where there was nothing to erase.
        let erased: Bool
    }

    func run() async throws {
        guard let account = try Fields.account(account) else { return }
        guard yes else { throw WrongUse("This cannot be undone. Say --yes to destroy the data key of \(account).") }
        try await options.withLedger { ledger in
            let isDestroyed = try ledger.erasePersonalFields(of: account)
            let words =
                isDestroyed
                ? "The personal fields of \(account) cannot be read any more.\n\(Self.remains)"
                : "\(account) has no data key, or none any more; nothing was changed."
            if options.json {
                try Terminal.answer(Document.text(Answer(accountId: account.description, erased: isDestroyed)), ifLost: words)
            } else {
                try Terminal.answer(words, ifLost: words)
            }
        }
    }
}
