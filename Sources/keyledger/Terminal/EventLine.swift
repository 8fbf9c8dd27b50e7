internal import KeyEvents

/// An event as one line for people.
enum EventLine {
    static func text(_ position: UInt64, _ event: Event, _ personal: PersonalFields?) -> String {
        var words = "\(position)  \(event.recordedAt)  \(event.body.type)"
        if event.keyID != .none { words += "  \(event.keyID)" }
        words += "  by \(event.actor.kind.rawValue) \(event.actor.id)"
        switch event.body {
        case .used(let use): words += use.count == 1 ? "" : "  \(use.count) times"
        case .refused(let use, let code): words += "  \(code.name)" + (use.count == 1 ? "" : "  \(use.count) times")
        case .revoked(let reasonCode): words += "  \(reasonCode)"
        case .logForked(let fork): words += "  to \(fork.logID.hex) from \(fork.leftLogID.hex)"
        case .clockConfirmed(let confirmation): words += "  \(confirmation.clock) instead of \(confirmation.expected)"
        case .logRead(let reading): words += "  \(reading.what) of \(reading.account?.description ?? "several accounts")"
        case .logKeyChanged(let change): words += "  to \(change.newVerifierKey)"
        case .accountErased(let erasure):
            words += erasure.localUserID.map { " (local user \($0))" } ?? ""
            words += "  account \(event.accountID)" + (erasure.dataKeyID.map { ", data key \($0.hex)" } ?? "")
        default: break
        }
        if let name = personal?.name { words += "  “\(name)”" }
        if let reason = personal?.reason { words += "  “\(reason)”" }
        if let origins = event.origins(personal)?.description ?? personal?.clientAddress { words += "  from \(origins)" }
        if event.sealed != nil, personal == nil { words += "  (personal fields unreadable)" }
        return Terminal.harmless(words)
    }
}
