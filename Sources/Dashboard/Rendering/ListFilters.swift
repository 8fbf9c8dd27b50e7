internal import KeyEvents
internal import LedgerQueries

/// The search form above the table of keys: what is set, what can be chosen, and a link that takes each thing back.
struct ListFilters {
    let fields: TemplateContext

    init(_ address: ListAddress, _ found: FoundKeys, isOperator: Bool) {
        let (statuses, chips) = (Self.statuses(address, found), Self.chips(address))
        // The form keeps what it has no field for.
        let kept = address.with { $0.text = "" }.fields.filter { ["status", "sort", "order"].contains($0.name) }
        // Where there is one environment, nothing is to be chosen.
        let environments = found.environments.count > 1 || address.environment != nil ? found.environments : []
        fields = [
            "searchLabel": isOperator ? "Search by name, account, hint, ID or key" : "Search by name, hint, ID or key",
            "query": address.text, "searchPath": Dashboard.base + "/search",
            "searchFields": kept.map { ["searchField": $0.name, "searchValue": $0.value] as TemplateContext },
            "clearPath": address.text.isEmpty ? nil : address.with { $0.text = "" }.path,
            "statuses": statuses, "hasStatuses": !statuses.isEmpty, "hasFilters": address.hasFilters,
            "hasEnvironments": !environments.isEmpty,
            "environments": environments.map { name in
                [
                    "environmentValue": name, "environmentLabel": KeyRow.environmentText(name),
                    "environmentChosen": name == address.environment,
                ] as TemplateContext
            },
            "choosesAccount": isOperator, "accountValue": address.account?.description ?? "", "isExpiringSoon": address.isExpiringSoon,
            "isLongUnused": address.isLongUnused, "hasChips": !chips.isEmpty, "chips": chips,
            "clearAllPath": chips.count > 1 ? Dashboard.base : nil,
        ]
    }

    /// The links that choose the statuses, each with the number of keys that it shows.
    private static func statuses(_ address: ListAddress, _ found: FoundKeys) -> [TemplateContext] {
        func count(_ statuses: Set<KeyState.Status>) -> Int { statuses.reduce(0) { $0 + (found.counts[$1] ?? 0) } }
        func link(_ label: String, _ statuses: ListAddress.Statuses?) -> TemplateContext {
            [
                "statusLabel": label, "statusCount": Format.count(count(statuses?.statuses ?? KeySearch.inForce)),
                "statusPath": address.with { $0.statuses = statuses }.path, "isCurrent": statuses == address.statuses,
            ]
        }
        let several = ListAddress.Statuses.allCases.filter { $0 != .all && (count($0.statuses) > 0 || $0 == address.statuses) }
        // Where all keys have one status, nothing is to be chosen.
        guard several.count > 1 || address.statuses != nil || count(KeySearch.inForce) == 0 else { return [] }
        return [link("In force", nil)] + several.map { link($0.label, $0) } + [link(ListAddress.Statuses.all.label, .all)]
    }

    private static func chips(_ address: ListAddress) -> [TemplateContext] {
        var chips: [TemplateContext] = []
        func add(_ text: String, without change: (inout ListAddress) -> Void) {
            chips.append(["chipText": text, "chipPath": address.with(change).path])
        }
        if let environment = address.environment { add("Environment " + KeyRow.environmentText(environment)) { $0.environment = nil } }
        if let account = address.account { add("Account " + account.description) { $0.account = nil } }
        if address.isExpiringSoon { add("Expires within 14 days") { $0.isExpiringSoon = false } }
        if address.isLongUnused { add("Not used for 90 days") { $0.isLongUnused = false } }
        return chips
    }
}
