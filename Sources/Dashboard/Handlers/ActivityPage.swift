internal import Bytes
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerQueries
internal import NIOCore

/// The page about what was done to the keys of an account: who created, changed, rotated or revoked which, when, and from where.
struct ActivityPage: FormPage {
    private static let pageSize = 50
    private static let maxRows = 10_000
    private static let maxTextLength = 200
    static let path = Dashboard.base + "/activity"

    /// What can have been done, by the values of the form's field.
    private static let deeds: [(value: String, label: String, types: Set<EventType>)] = [
        ("", "Everything", []), ("created", "Created", [.keyCreated]), ("changed", "Renamed or changed", [.keyChanged]),
        ("rotated", "Rotated", [.secretAdded, .secretRetired]), ("revoked", "Revoked", [.keyRevoked]),
        ("switched", "Disabled or enabled", [.keyDisabled, .keyEnabled]), ("expired", "Expired", [.keyExpired]),
    ]
    private static let columns = [
        "time", "event", "key_name", "key_id", "account", "who", "address", "changes", "reason", "position",
    ]

    private let signedIn: SignedInRequest
    /// What was filled in, by the names of the fields; none is empty.
    private let filled: [(name: String, value: String)]

    init(signedIn: SignedInRequest) {
        self.signedIn = signedIn
        let names = ["by", "what", "from", "to"] + (signedIn.isOperator ? ["account"] : [])
        filled = names.compactMap { name in
            let text = (signedIn.form[name] ?? signedIn.query[name] ?? "").trimmingWhiteSpace
            return text.isEmpty ? nil : (name, String(text.prefix(Self.maxTextLength)))
        }
    }

    /// Leads to the address of what was asked for. The form is posted, so that a key which somebody pastes into it is in no address.
    func search() -> Response { Dashboard.redirect(to: address(Self.path)) }

    func show() throws -> Response {
        guard let filter else { return page([:], status: .unprocessableContent) }
        let before = signedIn.query["before"].flatMap { WholeNumber.read($0, in: UInt64.min...UInt64.max) }
        let found = try read(filter, before: before, limit: Self.pageSize)
        return page([
            "events": found.events.map(row), "hasEvents": !found.events.isEmpty,
            "noneText": found.next == nil
                ? (before == nil ? "Nothing was done yet that matches." : "There is nothing older.")
                : "Nothing among what was looked at so far; there is more that is older.",
            "hasPages": before != nil || found.next != nil, "newestPath": before == nil ? nil : address(Self.path),
            "olderPath": found.next.map { address(Self.path, before: $0) },
            "csvPath": found.events.isEmpty ? nil : address(Self.path + ".csv"), "maxRowsText": Format.count(Self.maxRows),
        ])
    }

    /// Makes a CSV file of what the page shows, all pages of it.
    func download() throws -> Response {
        guard let filter else { return page([:], status: .unprocessableContent) }
        // Spreadsheets take a file without a byte order mark for one in the encoding of their system.
        var text = "\u{FEFF}" + CSVRow.text(Self.columns)
        var count = 0
        var next: UInt64?
        repeat {
            let found = try read(filter, before: next, limit: min(1000, Self.maxRows - count))
            for recorded in found.events { text += CSVRow.text(cells(recorded)) }
            count += found.events.count
            next = found.next
        } while next != nil && count < Self.maxRows
        // The name says whether the file has everything.
        let name = "activity-" + (next == nil ? "" : "newest-\(count)-until-") + Format.isoDate(signedIn.now) + ".csv"
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8", .cacheControl: "no-store",
                .contentDisposition: "attachment; filename=\"\(name)\"",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    // MARK: Reading

    private subscript(_ name: String) -> String? { filled.first { $0.name == name }?.value }

    private var deed: (value: String, label: String, types: Set<EventType>) {
        Self.deeds.first { $0.value == self["what"] } ?? Self.deeds[0]
    }

    /// The events that are asked for; `nil` when a field is not filled in as it should be.
    private var filter: EventFilter? {
        var filter = EventFilter(types: deed.types)
        if let text = self["account"] {
            guard let account = AccountID(text) else { return nil }
            filter.account = account
        }
        if let text = self["from"] {
            guard let start = Timestamp(startOfDay: text) else { return nil }
            filter.since = start
        }
        if let text = self["to"] {
            guard let end = Timestamp(endOfDay: text) else { return nil }
            filter.until = end.adding(microseconds: 1)
        }
        return isBackwards(filter) ? nil : filter
    }

    private func isBackwards(_ filter: EventFilter) -> Bool {
        if let since = filter.since, let until = filter.until { until <= since } else { false }
    }

    private func read(_ filter: EventFilter, before: UInt64?, limit: Int) throws -> NewestEvents {
        let person = self["by"]
        let found = try signedIn.ledger.events.activity(
            filter, before: before, limit: limit, for: signedIn.caller,
            where: person.map { person in
                { recorded in
                    who(recorded).range(of: person, options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive]) != nil
                }
            })
        signedIn.noteReading(.events, of: found.events.map(\.event.accountID))
        return found
    }

    // MARK: What is shown

    private func who(_ recorded: RecordedEvent) -> String {
        ActorText.text(recorded, signedIn.ledger, signedIn.caller) ?? "Keyledger itself"
    }

    private func row(_ recorded: RecordedEvent) -> TemplateContext {
        let key = try? signedIn.ledger.keys.decryptedKey(recorded.event.keyID, for: signedIn.caller)
        return TimelineItem(recorded, ledger: signedIn.ledger, reader: signedIn.caller).fields.adding([
            "who": who(recorded), "exactTimeText": Format.exactTime(recorded.event.recordedAt),
            "hasDetails": !TimelineItem.details(EventDescription(recorded)).isEmpty,
            "keyPath": KeyRow.path(of: recorded.event.keyID),
            "keyName": key.map(KeyRow.name) ?? recorded.event.keyID.description, "keyHint": key?.state.hint,
            "eventAccount": signedIn.isOperator ? recorded.event.accountID.description : nil,
        ])
    }

    private func cells(_ recorded: RecordedEvent) -> [String?] {
        let event = recorded.event
        let description = EventDescription(recorded)
        let key = try? signedIn.ledger.keys.decryptedKey(event.keyID, for: signedIn.caller)
        let changes = TimelineItem.details(description).map(\.text).joined(separator: "; ")
        return [
            event.recordedAt.description, event.body.type, key?.name, event.keyID.description, event.accountID.description, who(recorded),
            recorded.personal?.clientAddress, changes.isEmpty ? nil : changes, recorded.personal?.reason, String(recorded.position),
        ]
    }

    private func address(_ path: String, before: UInt64? = nil) -> String {
        let parameters = filled + (before.map { [("before", String($0))] } ?? [])
        return path + (parameters.isEmpty ? "" : "?" + parameters.map { "\($0.0)=\(Form.encode($0.1))" }.joined(separator: "&"))
    }

    private func page(_ fields: TemplateContext, status: HTTPResponse.Status = .ok) -> Response {
        let isWrong = status != .ok
        let frame: TemplateContext = [
            "isActivityPage": true, "notice": signedIn.notice, "activityPath": Self.path, "by": self["by"] ?? "",
            "from": self["from"] ?? "", "to": self["to"] ?? "",
            "choosesAccount": signedIn.isOperator, "accountId": self["account"] ?? "",
            "deeds": Self.deeds.map { deed in
                ["deedValue": deed.value, "deedLabel": deed.label, "deedChosen": deed.value == self.deed.value] as TemplateContext
            },
            "clearPath": filled.isEmpty ? nil : Self.path,
            "problem": isWrong
                ? "Write days like 2026-11-30, the first one before the last"
                    + (signedIn.isOperator ? ", and an account by its whole id." : ".")
                : nil,
        ]
        return signedIn.page("activity", title: "Activity", status: status, frame.adding(fields))
    }
}
