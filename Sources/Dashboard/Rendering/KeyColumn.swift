internal import LedgerQueries

/// A column of the list of keys by which it can be sorted. The raw values are part of addresses.
enum KeyColumn: String, CaseIterable, Sendable {
    case name, account, status, created, expires, used, count

    /// The title of the column, as the help article names it.
    var label: String {
        switch self {
        case .name: "Name"
        case .account: "Account"
        case .status: "Status"
        case .created: "Created"
        case .expires: "Expires"
        case .used: "Last Used"
        case .count: "Usage Count"
        }
    }

    var order: KeySearch.Order {
        switch self {
        case .name: .name
        case .account: .account
        case .status: .status
        case .created: .created
        case .expires: .expires
        case .used: .lastUsed
        case .count: .uses
        }
    }

    /// Whether the first click sorts the column in descending order.
    var isDescendingFirst: Bool { [.created, .used, .count].contains(self) }
}
