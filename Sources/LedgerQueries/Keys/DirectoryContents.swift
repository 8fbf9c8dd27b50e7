internal import Algorithms
internal import Bytes
internal import KeyEvents
internal import Ledger
internal import Storage

/// What the directory knows at one moment.
struct DirectoryContents: Sendable {
    struct Entry: Sendable {
        let id: KeyID
        let facts: Facts
        /// `nil` once the account's data key is destroyed.
        let name: String?
        /// Name and hint as they are compared.
        let text: SearchText
    }

    /// What a search looks at in every entry: no references, so that looking costs no counting of them.
    struct Facts: Sendable {
        /// Its place in `accounts`.
        let account: Int
        /// The beginning of the name; after all names when it is erased.
        let nameRank: UInt64
        let createdAt: Timestamp
        let expiresAt: Timestamp?
        /// What holds until `expiresAt`.
        let lastingStatus: KeyState.Status

        /// As `KeyState.status(at:)`.
        func status(at now: Timestamp) -> KeyState.Status {
            guard lastingStatus == .active || lastingStatus == .disabled, let expiresAt, expiresAt <= now else { return lastingStatus }
            return .expired
        }
    }

    struct Usage: Sendable {
        var uses: UInt64 = 0
        var lastUsedAt: Timestamp?
    }

    /// In the order of their ids, which is that of their creation.
    private(set) var entries: [Entry] = []
    private(set) var accounts: [AccountID] = []
    private var accountPlaces: [AccountID: Int] = [:]
    /// For each account the data key with which its names were opened.
    var dataKeys: [Bytes16?] = []
    /// Of the vault when all `dataKeys` were the accounts' own.
    var vaultIdentity: FileIdentity?
    /// The position up to which the log is reflected; `nil` before the first reading.
    var next: UInt64?
    /// For each entry, as of `usagePosition`; read only when asked for.
    var usage: [Usage] = []
    var usagePosition: UInt64?

    func place(of account: AccountID) -> Int? { accountPlaces[account] }

    /// Adds the key, or replaces what was known of it.
    mutating func set(_ state: KeyState, _ vault: Vault) {
        let account = makePlace(of: state.accountID, vault)
        let name = state.personal(vault).name
        let text = SearchText(name: name ?? "", hint: state.hint)
        let facts = Facts(
            account: account, nameRank: name == nil ? .max : text.prefix, createdAt: state.createdAt, expiresAt: state.expiresAt,
            lastingStatus: state.status(at: Timestamp(microseconds: .min)))
        let entry = Entry(id: state.id, facts: facts, name: name, text: text)
        let place = entries.last.map { $0.id < state.id } ?? true ? entries.count : entries.partitioningIndex { $0.id >= state.id }
        if place < entries.count, entries[place].id == state.id {
            entries[place] = entry
        } else {
            entries.insert(entry, at: place)
            usagePosition = nil
        }
    }

    private mutating func makePlace(of account: AccountID, _ vault: Vault) -> Int {
        if let place = accountPlaces[account] { return place }
        accountPlaces[account] = accounts.count
        accounts.append(account)
        dataKeys.append((try? vault.dataKeyID(of: account)) ?? nil)
        return accounts.count - 1
    }
}
