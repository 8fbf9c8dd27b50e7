internal import KeyEvents
internal import LedgerQueries

/// A use or refusal of a key, as its request log shows it: one request, or several with the same outcome that were counted together.
struct RequestRow {
    let fields: TemplateContext

    /// Describes a recorded use or refusal of a key; `nil` for any other event.
    init?(_ recorded: RecordedEvent, of key: KeyState) {
        let use: Event.Use
        let code: RefusalCode?
        switch recorded.event.body {
        case .used(let body): (use, code) = (body, nil)
        case .refused(let body, let reason): (use, code) = (body, reason)
        default: return nil
        }
        let description = EventDescription(recorded, time: Format.time)
        let personal = recorded.personal
        let request = [personal?.method, personal?.path].compactMap { $0.map(DisplayText.sanitized) }.joined(separator: " ")
        let unknown = description.isUnreadable ? "no longer readable" : "not recorded"
        // Several requests within a second have one time.
        let first = use.firstAt.flatMap { $0.second < use.decidedAt.second ? $0 : nil }
        // Which secret was used goes without saying where there was never another one.
        let hint = key.secrets.count > 1 ? key.secrets.first { $0.record.id == use.secretID }?.record.hint : nil
        fields = [
            "requestIso": use.decidedAt.description, "requestTimeText": Format.exactTime(use.decidedAt),
            "requestFirstIso": first?.description, "requestFirstText": first.map(Format.exactTime),
            "requestCountText": use.count > 1 ? Format.count(use.count, "request") : nil, "accepted": code == nil,
            "refusedFor": code?.name, "refusalRemedy": code.flatMap { RefusalHelp.remedy(of: $0, in: key) },
            "requestSource": description.source, "requestText": request.isEmpty ? nil : request, "unknownText": unknown,
            "isInternal": use.isInternal, "permissionAsked": use.permissionAsked, "scopesAsked": use.scopesAsked.map(DisplayText.sanitized),
            "asksNothing": use.scopesAsked.isEmpty, "environmentAsked": use.environmentAsked.map(DisplayText.sanitized),
            "secretHint": hint,
        ]
    }
}
