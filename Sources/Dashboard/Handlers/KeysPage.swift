internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerQueries

/// The page with the table of keys.
struct KeysPage: FormPage {
    private static let maxLiveKeys = 150

    private let signedIn: SignedInRequest
    private let address: ListAddress

    init(signedIn: SignedInRequest) {
        self.signedIn = signedIn
        // A search that is shown again for a key in one of its filters has not been looked at.
        address = ListAddress(signedIn.refusal == nil ? signedIn.query : signedIn.form.without(["q"]), isOperator: signedIn.isOperator)
    }

    func show() throws -> Response {
        if let kept = signedIn.keptForm { return try SearchPage(signedIn: signedIn).answerKept(kept) }
        signedIn.remember { $0.list = address }
        var fields: TemplateContext = [
            "isKeysPage": true, "lead": "Keys that let other systems use the property listing API.", "isReader": !signedIn.canWrite,
            "createPath": signedIn.canWrite ? Dashboard.base + "/keys/new" : nil, "notice": signedIn.notice,
        ]
        do {
            fields.add(try table())
        } catch {
            signedIn.report(error)
            fields.add([
                "problem": "The ledger could not be read. Try again in a moment; if it stays, tell whoever operates the service.",
                "retryPath": address.path,
            ])
        }
        return signedIn.page("keys", title: "API keys", fields)
    }

    private func table() throws -> TemplateContext {
        let found = try signedIn.ledger.keys.findKeys(address.search(at: signedIn.now), for: signedIn.caller)
        signedIn.noteReading(.keys, of: found.page.map(\.key.state.accountID))
        if found.all == 0, !address.isFiltered { return ["isEmpty": true] }
        let filters = ListFilters(address, found, isOperator: signedIn.isOperator)
        let ended = try justEnded()
        guard !found.page.isEmpty || !ended.isEmpty else { return filters.fields.adding(["noMatch": nothing(found)]) }
        let first = address.number * ListAddress.pageSize + 1
        let last = first + found.page.count - 1
        let range = found.page.isEmpty ? "No other key" : "\(Format.count(first))–\(Format.count(last)) of \(Format.count(found.total))"
        return filters.fields.adding(pages(found)).adding(bulk(found)).adding(selection(found.page)).adding([
            "caption":
                "API keys, sorted by \(address.column.label.lowercased()), \(address.isDescending ? "descending" : "ascending")",
            "livePath": address.path(of: Dashboard.base + "/keys/live", [("since", signedIn.now.description)]),
            "newestFirstPath": newestFirst.path, "signInPath": Dashboard.signIn, "showsAccounts": signedIn.isOperator,
            "columns": headings,
            "rangeText": range + (ended.isEmpty ? "" : ", and \(Format.count(ended.count)) revoked just now"),
            "keys": rows(ended).map { $0.adding(["justEnded": "Leaves this list soon"]) } + rows(found.page),
        ])
    }

    /// The keys that the user revoked lately and would look for in this list.
    private func justEnded() throws -> [KeyWithUsage] {
        let ids = signedIn.session.endings.filter { $0.isShown(in: address, at: signedIn.now) }.map(\.key)
        guard !ids.isEmpty else { return [] }
        let keys = try signedIn.ledger.keys.keys(ids, for: signedIn.caller)
        signedIn.noteReading(.keys, of: keys.map(\.key.state.accountID))
        return keys
    }

    /// The parts of the page that its script asks for again and again while it is open: the rows of some keys, and how many keys there
    /// are of each status.
    func live() throws -> Response {
        let ids = (signedIn.query["ids"] ?? "").split(separator: ",").prefix(Self.maxLiveKeys).compactMap { KeyID(String($0)) }
        let keys = try signedIn.ledger.keys.keys(ids, for: signedIn.caller)
        var search = address.search(at: signedIn.now)
        search.limit = 1
        let found = try signedIn.ledger.keys.findKeys(search, for: signedIn.caller)
        signedIn.noteReading(.keys, of: (keys + found.page).map(\.key.state.accountID))
        return signedIn.page(
            "keys-live", title: "API keys",
            ListFilters(address, found, isOperator: signedIn.isOperator).fields.adding(bulk(found)).adding([
                "keys": rows(keys), "newKeysText": try newKeysText(besides: ids), "newestFirstPath": newestFirst.path,
            ]))
    }

    /// Counts the keys of the list that were created since its page was made, and are not on it.
    private func newKeysText(besides shown: [KeyID]) throws -> String? {
        guard let since = signedIn.query["since"].flatMap({ Timestamp(rfc3339: $0) }) else { return nil }
        var search = address.search(at: signedIn.now)
        search.createdAfter = since
        let count = Set(try signedIn.ledger.keys.findIDs(search, for: signedIn.caller)).subtracting(shown).count
        return count > 0 ? Format.count(count, "new key") + " – show" : nil
    }

    private func rows(_ keys: [KeyWithUsage]) -> [TemplateContext] {
        var origins: [KeyID: AddressCounts] = [:]
        // The table is shown without addresses where they cannot be read.
        do { origins = try signedIn.ledger.keys.lastUseOrigins(of: keys, for: signedIn.caller) } catch { signedIn.report(error) }
        return keys.map { row(KeyRow($0, at: signedIn.now), origins[$0.key.state.id]) }
    }

    private func row(_ row: KeyRow, _ origins: AddressCounts?) -> TemplateContext {
        let account = row.key.state.accountID
        let addresses = origins?.entries.compactMap(\.address) ?? []
        let isOne = addresses.count == 1 && origins?.others == 0
        return row.fields(showsAccount: signedIn.isOperator).adding([
            "keyPath": row.path, "isPicked": signedIn.session.picked.contains(row.key.state.id),
            "revokePath": signedIn.canWrite && !row.hasEnded ? row.path + "/revoke?from=list" : nil,
            "lastAddress": isOne ? addresses.first : nil,
            "lastAddresses": isOne || addresses.isEmpty ? nil : "several addresses",
            "lastAddressesText": origins.flatMap(DisplayText.origins),
            "accountPath": signedIn.isOperator && address.account != account ? address.with { $0.account = account }.path : nil,
        ])
    }

    /// What can be done with the keys that are shown.
    private func bulk(_ found: FoundKeys) -> TemplateContext {
        let inForce = address.shownStatuses.intersection(KeySearch.inForce).reduce(0) { $0 + (found.counts[$1] ?? 0) }
        let canRevoke = signedIn.canWrite && inForce > 0
        return [
            "exportPath": address.with { _ in }.path(of: KeysExport.path),
            "selectPath": canRevoke ? BulkRevokePage.selectPath : nil,
            "revokeAllPath": canRevoke && found.total > 1 ? address.with { _ in }.path(of: BulkRevokePage.path, [("all", "yes")]) : nil,
            "revokeAllText": "Revoke all \(Format.count(inForce))" + (address.isFiltered ? " that match…" : "…"),
        ]
    }

    /// What is selected on other pages of the list, which its form sends along. Scripts keep the selection by themselves.
    private func selection(_ page: [KeyWithUsage]) -> TemplateContext {
        let others = signedIn.session.picked.filter { id in !page.contains { $0.key.state.id == id } }
        return [
            "pickedElsewhere": others.map(\.description), "picksOwner": signedIn.caller.account.description,
            "pickedElsewhereText": others.isEmpty ? nil : Format.count(others.count, "more is", "more are") + " selected elsewhere.",
        ]
    }

    /// The same list with the newest keys at its beginning.
    private var newestFirst: ListAddress {
        address.with {
            $0.column = .created
            $0.isDescending = true
        }
    }

    private func pages(_ found: FoundKeys) -> TemplateContext {
        let last = (found.total - 1) / ListAddress.pageSize
        guard last > 0, found.total > 0 else { return [:] }
        let number = address.number
        func path(_ page: Int) -> String { address.with { $0.number = page }.path }
        return [
            "pages": [
                "firstPath": number > 0 ? path(0) : nil, "previousPath": number > 0 ? path(number - 1) : nil,
                "nextPath": number < last ? path(number + 1) : nil, "previousNumber": number > 0 ? String(number) : nil,
                "nextNumber": number < last ? String(number + 2) : nil, "lastPath": number < last ? path(last) : nil,
                "pageNumber": String(number + 1), "pageCount": String(last + 1), "pageCountText": Format.count(last + 1),
                "pageFields": address.with { _ in }.fields.map { ["fieldName": $0.name, "fieldValue": $0.value] as TemplateContext },
            ] as TemplateContext
        ]
    }

    private func nothing(_ found: FoundKeys) -> TemplateContext {
        if address.number > 0 {
            return [
                "blankHeading": "There is no such page", "blankText": "The list is shorter than that.",
                "blankLink": address.with { _ in }.path, "blankLinkText": "To the first page",
            ]
        }
        let others = found.counts.values.reduce(0, +)
        if others > 0, address.statuses == nil {
            return [
                "blankHeading": address.isFiltered ? "No key in force matches" : "No key is in force",
                "blankText": "\(Format.count(others, "key")) revoked or expired \(others == 1 ? "is" : "are") hidden.",
                "blankLink": address.with { $0.statuses = .all }.path, "blankLinkText": "Show them",
            ]
        }
        if others > 0 {
            return [
                "blankHeading": "No key of this status matches",
                "blankText": "\(Format.count(others, "key")) of another status \(others == 1 ? "does" : "do").",
                "blankLink": address.with { $0.statuses = .all }.path, "blankLinkText": "Show them",
            ]
        }
        let searched = signedIn.isOperator ? "Names, accounts, hints, IDs, scopes and metadata" : "Names, hints, IDs, scopes and metadata"
        return [
            "blankHeading": "No key matches",
            "blankText": address.text.isEmpty ? "No key is left by these filters." : searched + " were searched for each word.",
            "blankLink": Dashboard.base, "blankLinkText": "Show all keys",
        ]
    }

    private var headings: [TemplateContext] {
        KeyColumn.allCases.filter { signedIn.isOperator || $0 != .account }.map { column in
            let isSorted = column == address.column
            let sorted = address.with {
                $0.column = column
                $0.isDescending = isSorted ? !address.isDescending : column.isDescendingFirst
            }
            return [
                "columnLabel": column.label, "columnClass": column.rawValue, "sortPath": sorted.path,
                "ariaSort": isSorted ? (address.isDescending ? "descending" : "ascending") : nil, "picksAll": column == .name,
            ]
        }
    }
}
