internal import Algorithms
internal import Bytes
internal import KeyEvents
internal import Ledger
internal import Storage

/// The contents of the search index as of one position of the log.
struct SearchIndexContents: Sendable {
    /// A key of the index.
    struct Entry: Sendable {
        let id: KeyID
        let attributes: Attributes
        /// The name of the key; `nil` once the account's data key is destroyed.
        let name: String?
        /// The texts by which the key is found and sorted.
        let text: SearchText
    }

    /// The part of an entry that every search reads. It holds no references, so that reading it costs no reference counting.
    struct Attributes: Sendable {
        /// The index of the account in `accounts`.
        let account: Int
        /// The index of the environment in `environments`.
        let environment: Int
        /// The first bytes of the name as a number; a name that was erased sorts after all others.
        let nameRank: UInt64
        let createdAt: Timestamp
        let expiresAt: Timestamp?
        /// The status until `expiresAt`.
        let lastingStatus: KeyState.Status

        /// The status at a time, as in `KeyState.status(at:)`.
        func status(at now: Timestamp) -> KeyState.Status {
            guard lastingStatus == .active || lastingStatus == .disabled, let expiresAt, expiresAt <= now else { return lastingStatus }
            return .expired
        }
    }

    /// The usage of a key, for sorting.
    struct Usage: Sendable {
        var uses: UInt64 = 0
        var lastUsedAt: Timestamp?
    }

    /// The entries in the order of their ids, which is the order of their creation.
    private(set) var entries: [Entry] = []
    private(set) var accounts: [AccountID] = []
    /// The folded ids of the accounts, as a person may search for them.
    private(set) var accountTexts: [[UInt8]] = []
    /// The environments; there are few.
    private(set) var environments: [String] = []
    private var accountPlaces: [AccountID: Int] = [:]
    /// The id of the data key with which the names of each account were opened.
    var dataKeys: [Bytes16?] = []
    /// The identity of the vault's folder when all `dataKeys` were the accounts' own.
    var vaultIdentity: FileIdentity?
    /// The position up to which the index reflects the log; `nil` before it was first filled.
    var next: UInt64?
    /// The usage of each entry as of `usagePosition`; read only when a search needs it.
    var usage: [Usage] = []
    var usagePosition: UInt64?

    func place(of account: AccountID) -> Int? { accountPlaces[account] }

    /// Adds a key, or replaces what was known of it.
    mutating func set(_ state: KeyState, _ vault: Vault) {
        let account = makePlace(of: state.accountID, vault)
        let personal = state.personal(vault)
        let name = personal.name
        let text = SearchText(name: name ?? "", others: [state.hint] + state.scopes + (personal.metadata ?? [:]).values)
        let attributes = Attributes(
            account: account, environment: makePlace(ofEnvironment: state.environment), nameRank: name == nil ? .max : text.prefix,
            createdAt: state.createdAt, expiresAt: state.expiresAt,
            lastingStatus: state.status(at: Timestamp(microseconds: .min)))
        let entry = Entry(id: state.id, attributes: attributes, name: name, text: text)
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
        accountTexts.append(SearchText.fold(account.description))
        dataKeys.append((try? vault.dataKeyID(of: account)) ?? nil)
        return accounts.count - 1
    }

    private mutating func makePlace(ofEnvironment environment: String) -> Int {
        if let place = environments.firstIndex(of: environment) { return place }
        environments.append(environment)
        return environments.count - 1
    }
}
