internal import Bytes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerQueries

/// The page with the table of keys.
struct KeysPage: Sendable {
    private static let pageSize = 50
    static let maxSearchLength = 200
    /// The page numbers that an address may contain; no list has so many pages.
    private static let pages = 1...1_000_000

    private struct Column {
        let name: String
        let label: String
        let style: String
        let order: KeySearch.Order
        let isDescendingFirst: Bool
    }

    /// The query parameters of the list apart from the search text.
    static let listParameters = ["show", "sort", "order"]

    private static let columns = [
        Column(name: "name", label: "Name", style: "name", order: .name, isDescendingFirst: false),
        Column(name: "account", label: "Account", style: "account", order: .account, isDescendingFirst: false),
        Column(name: "status", label: "Status", style: "status", order: .status, isDescendingFirst: false),
        Column(name: "created", label: "Created", style: "created", order: .created, isDescendingFirst: true),
        Column(name: "expires", label: "Expires", style: "expires", order: .expires, isDescendingFirst: false),
        Column(name: "used", label: "Last Used", style: "used", order: .lastUsed, isDescendingFirst: true),
        Column(name: "count", label: "Usage Count", style: "count", order: .uses, isDescendingFirst: true),
    ]

    private let signedIn: SignedInRequest
    private let text: String
    private let showsEnded: Bool
    private let column: Column
    private let isDescending: Bool
    /// The number of the page, from 0.
    private let number: Int

    init(signedIn: SignedInRequest) {
        self.signedIn = signedIn
        text = String((signedIn.query["q"] ?? "").trimmingWhiteSpace.prefix(Self.maxSearchLength))
        showsEnded = signedIn.query["show"] == "all"
        let asked = signedIn.query["sort"]
        let column = Self.columns.first { $0.name == asked } ?? Self.columns[3]
        self.column = column
        isDescending = signedIn.query["order"].map { $0 == "desc" } ?? column.isDescendingFirst
        number = (signedIn.query["page"].flatMap { WholeNumber.read($0, in: Self.pages) } ?? 1) - 1
    }

    func show() -> Response {
        // The search form is posted, and redirects here only with text that is not a key.
        guard ((try? signedIn.ledger.commands.misplacedSecret(in: text)) ?? MisplacedSecret(in: text)) == nil else {
            return Dashboard.redirect(to: Dashboard.base + "?done=" + Notice.keyInAddress.rawValue)
        }
        var fields: TemplateContext = [
            "isKeysPage": true, "lead": "Keys that let other systems use the property listing API.",
            "createPath": signedIn.canWrite ? Dashboard.base + "/keys/new" : nil, "notice": Notice(signedIn.query["done"])?.fields,
        ]
        do {
            fields.add(try table())
        } catch {
            signedIn.report(error)
            fields.add([
                "problem": "The ledger could not be read. Try again in a moment; if it stays, tell whoever operates the service.",
                "retryPath": path(),
            ])
        }
        return signedIn.page("keys", title: "API keys", fields)
    }

    private func table() throws -> TemplateContext {
        let search = KeySearch(
            text: text, includesEnded: showsEnded, order: column.order, isDescending: isDescending, offset: number * Self.pageSize,
            limit: Self.pageSize)
        let found = try signedIn.ledger.keys.findKeys(search, for: signedIn.caller)
        signedIn.noteReading(.keys, of: found.page.map(\.key.state.accountID))
        if found.all == 0, text.isEmpty { return ["isEmpty": true] }
        var fields: TemplateContext = [
            "searchLabel": signedIn.isOperator ? "Search by name, account, hint, ID or key" : "Search by name, hint, ID or key",
            "query": text,
            "searchPath": Dashboard.base + "/search",
            "searchFields": searchFields,
            "clearPath": text.isEmpty ? nil : path(text: ""),
        ]
        if showsEnded {
            fields["filterText"] = "Hide revoked and expired"
            fields["filterPath"] = path(showsEnded: false)
        } else if found.hiddenCount > 0 {
            fields["filterText"] = "Show \(Format.count(found.hiddenCount)) revoked and expired"
            fields["filterPath"] = path(showsEnded: true)
        }
        guard !found.page.isEmpty else { return fields.adding(["noMatch": nothing(found)]) }
        let first = number * Self.pageSize + 1
        let last = number * Self.pageSize + found.page.count
        fields.add([
            "caption": "API keys, sorted by \(column.label.lowercased()), \(isDescending ? "descending" : "ascending")",
            "livePath": Dashboard.base + "/keys/live", "signInPath": Dashboard.signIn, "showsAccounts": signedIn.isOperator,
            "columns": headings, "rangeText": "\(Format.count(first))–\(Format.count(last)) of \(Format.count(found.total))",
            "previousPath": number > 0 ? path(number: number - 1) : nil,
            "nextPath": last < found.total ? path(number: number + 1) : nil,
            "keys": found.page.map { row(KeyRow($0, at: signedIn.now)) },
        ])
        return fields
    }

    private func row(_ row: KeyRow) -> TemplateContext {
        row.fields(showsAccount: signedIn.isOperator).adding([
            "keyPath": row.path, "revokePath": signedIn.canWrite && !row.hasEnded ? row.path + "/revoke" : nil,
        ])
    }

    private func nothing(_ found: FoundKeys) -> TemplateContext {
        if number > 0 {
            return [
                "blankHeading": "There is no such page", "blankText": "The list is shorter than that.", "blankLink": path(),
                "blankLinkText": "To the first page",
            ]
        }
        if found.hiddenCount > 0 {
            return [
                "blankHeading": text.isEmpty ? "No key is in force" : "No key in force matches",
                "blankText":
                    "\(Format.count(found.hiddenCount, "key")) revoked or expired \(found.hiddenCount == 1 ? "is" : "are") hidden.",
                "blankLink": path(showsEnded: true), "blankLinkText": "Show them",
            ]
        }
        return [
            "blankHeading": "No key matches", "blankText": "Names, hints and IDs were searched.", "blankLink": path(text: ""),
            "blankLinkText": "Show all keys",
        ]
    }

    private var headings: [TemplateContext] {
        Self.columns.filter { signedIn.isOperator || $0.name != "account" }.map { heading in
            let isSorted = heading.name == column.name
            let turned = isSorted ? !isDescending : heading.isDescendingFirst
            return [
                "columnLabel": heading.label, "columnClass": heading.style,
                "sortPath": path(sort: heading, isDescending: turned),
                "ariaSort": isSorted ? (isDescending ? "descending" : "ascending") : nil,
            ]
        }
    }

    private var searchFields: [TemplateContext] {
        parameters(text: "", showsEnded: showsEnded, column, isDescending, number: 0).map {
            ["searchField": $0.name, "searchValue": $0.value]
        }
    }

    private func path(
        text: String? = nil, showsEnded: Bool? = nil, sort: Column? = nil, isDescending: Bool? = nil, number: Int = 0
    ) -> String {
        let parameters = parameters(
            text: text ?? self.text, showsEnded: showsEnded ?? self.showsEnded, sort ?? column, isDescending ?? self.isDescending,
            number: number)
        guard !parameters.isEmpty else { return Dashboard.base }
        return Dashboard.base + "?" + parameters.map { "\($0.name)=\(Form.encode($0.value))" }.joined(separator: "&")
    }

    /// Returns the parameters that differ from those of an address without any.
    private func parameters(
        text: String, showsEnded: Bool, _ column: Column, _ isDescending: Bool, number: Int
    ) -> [(name: String, value: String)] {
        var parameters: [(name: String, value: String)] = []
        if !text.isEmpty { parameters.append(("q", text)) }
        if showsEnded { parameters.append(("show", "all")) }
        if column.name != "created" || isDescending != column.isDescendingFirst {
            parameters.append(("sort", column.name))
            parameters.append(("order", isDescending ? "desc" : "asc"))
        }
        if number > 0 { parameters.append(("page", String(number + 1))) }
        return parameters
    }
}
