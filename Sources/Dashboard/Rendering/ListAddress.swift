internal import Bytes
internal import KeyEvents
internal import LedgerQueries

/// The address of the list of keys: which keys are shown, in which order, and which page of them. Whatever an address or a form holds
/// that this does not know, or that is not valid, is left out.
struct ListAddress: Equatable, Sendable {
    /// The choice of keys by their status. Without one, the list shows the keys in force.
    enum Statuses: String, CaseIterable, Sendable {
        case active, disabled, expired, revoked, all

        var label: String {
            switch self {
            case .active: KeyRow.statusText(.active)
            case .disabled: KeyRow.statusText(.disabled)
            case .expired: KeyRow.statusText(.expired)
            case .revoked: KeyRow.statusText(.revoked)
            case .all: "All"
            }
        }

        var statuses: Set<KeyState.Status> {
            switch self {
            case .active: [.active]
            case .disabled: [.disabled]
            case .expired: [.expired]
            case .revoked: [.revoked]
            case .all: Set(KeyState.Status.allCases)
            }
        }
    }

    static let maxSearchLength = 200
    static let pageSize = 50
    /// The page numbers that an address may contain; no list has so many pages.
    private static let pages = 1...1_000_000

    var text = ""
    var statuses: Statuses?
    var environment: String?
    /// The account of the keys; only operators choose one.
    var account: AccountID?
    /// Whether only keys are shown that end by themselves within `KeyRow.soon`.
    var isExpiringSoon = false
    /// Whether only keys are shown that were not used for `KeyRow.longUnused`.
    var isLongUnused = false
    var column = KeyColumn.created
    var isDescending = true
    /// The number of the page, from 0.
    var number = 0

    init() {}

    /// Reads an address, or a form with the same fields.
    ///
    /// - Parameters:
    ///   - fields: The query of the address, or the form.
    ///   - isOperator: Whether the user sees several accounts.
    init(_ fields: Form, isOperator: Bool) {
        text = String((fields["q"] ?? "").trimmingWhiteSpace.prefix(Self.maxSearchLength))
        statuses = fields["status"].flatMap(Statuses.init)
        environment = fields["environment"].map { $0.lowercased() }.flatMap { KeyEnvironment.isValid($0) ? $0 : nil }
        if isOperator { account = fields["account"].flatMap { AccountID($0.trimmingWhiteSpace) } }
        isExpiringSoon = fields["expiring"] == "soon"
        isLongUnused = fields["unused"] == "90d"
        if let column = fields["sort"].flatMap(KeyColumn.init), isOperator || column != .account { self.column = column }
        isDescending = fields["order"].map { $0 == "desc" } ?? column.isDescendingFirst
        number = (fields["page"].flatMap { WholeNumber.read($0, in: Self.pages) } ?? 1) - 1
    }

    /// Whether keys are left out for another reason than that they have ended.
    var isFiltered: Bool { !text.isEmpty || statuses != nil || hasFilters }

    /// Whether one of the filters is set, which are neither the text nor the statuses.
    var hasFilters: Bool { environment != nil || account != nil || isExpiringSoon || isLongUnused }

    /// The statuses of the keys that are shown.
    var shownStatuses: Set<KeyState.Status> { statuses?.statuses ?? KeySearch.inForce }

    /// The search for the keys of the page.
    func search(at now: Timestamp) -> KeySearch {
        KeySearch(
            account: account, text: text, statuses: shownStatuses, environment: environment,
            expiresBefore: isExpiringSoon ? now + KeyRow.soon + .microseconds(1) : nil,
            unusedSince: isLongUnused ? now - KeyRow.longUnused : nil,
            order: column.order, isDescending: isDescending, offset: number * Self.pageSize, limit: Self.pageSize)
    }

    /// The fields that differ from those of an address without any.
    var fields: [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        if !text.isEmpty { fields.append(("q", text)) }
        if let statuses { fields.append(("status", statuses.rawValue)) }
        if let environment { fields.append(("environment", environment)) }
        if let account { fields.append(("account", account.description)) }
        if isExpiringSoon { fields.append(("expiring", "soon")) }
        if isLongUnused { fields.append(("unused", "90d")) }
        if column != .created || isDescending != column.isDescendingFirst {
            fields.append(("sort", column.rawValue))
            fields.append(("order", isDescending ? "desc" : "asc"))
        }
        if number > 0 { fields.append(("page", String(number + 1))) }
        return fields
    }

    var path: String { path(of: Dashboard.base) }

    /// The address of a page about the same keys.
    ///
    /// - Parameters:
    ///   - page: The path of the page.
    ///   - more: Further fields.
    /// - Returns: The path with a query, where there is anything to say in it.
    func path(of page: String, _ more: [(name: String, value: String)] = []) -> String {
        let fields = more + fields
        return page + (fields.isEmpty ? "" : "?" + fields.map { "\($0.name)=\(Form.encode($0.value))" }.joined(separator: "&"))
    }

    /// The first page of the list with something changed.
    func with(_ change: (inout ListAddress) -> Void) -> ListAddress {
        var changed = self
        changed.number = 0
        change(&changed)
        return changed
    }
}
