internal import KeyEvents

/// A form that was sent when its session had ended. It is not carried out, and not forgotten: whoever signs in for the same account in
/// the same browser gets its page filled in as it was, to check it and send it again. What may hold a key's secret is left out.
struct KeptForm: Sendable {
    /// How long a form is kept.
    static let lifetime = Duration.seconds(15 * 60)
    /// The maximum size of a form, in bytes of its names and values.
    static let maxBytes = 16 * 1024

    /// The path that the form was sent to.
    let path: String
    /// The path of the page that shows the form.
    let page: String
    /// What was filled in.
    let form: Form
    /// The account of the session that the form was sent in.
    let account: AccountID
    let keptAt: Timestamp
    /// Whether nothing was left out.
    let isWhole: Bool

    /// The last component of the path that the form was sent to, such as `rename`.
    var action: Substring { path.split(separator: "/").last ?? "" }

    /// The notice on the page that shows the form. A question is answered at once, since it changes nothing.
    var notice: Notice {
        guard isWhole else { return .formKeptInPart }
        return Self.isQuestion(path) ? .questionKept : .formKept
    }

    /// Whether a form that is sent to a path asks for something and saves nothing.
    static func isQuestion(_ path: String) -> Bool {
        ["search", "test", "troubleshooting", "activity"].contains(path.split(separator: "/").last)
    }

    /// The notice on the page on which the user signs in again.
    var waitingNotice: Notice { isWhole ? .formWaits : .formWaitsInPart }

    /// Creates the form to keep; `nil` when it is too large, or of a kind that is not kept.
    ///
    /// - Parameters:
    ///   - form: The form, without anything that may hold a key's secret.
    ///   - path: The path that it was sent to.
    ///   - account: The account of the session that it was sent in.
    ///   - now: The time by the ledger's clock.
    ///   - isWhole: Whether nothing was left out of the form.
    init?(_ form: Form, sentTo path: String, account: AccountID, at now: Timestamp, isWhole: Bool = true) {
        // These prove that a form came from a page of ours, and that it is sent once; the page that shows it again has new ones.
        let filledIn = form.without(["csrf", "commandId"])
        guard let page = Self.page(of: path), filledIn.byteCount <= Self.maxBytes else { return nil }
        self.path = path
        self.page = page
        self.form = filledIn
        self.account = account
        keptAt = now
        self.isWhole = isWhole
    }

    /// Returns the path of the page with the form that is sent to a path; `nil` for forms that are not kept.
    static func page(of path: String) -> String? {
        let keys = Dashboard.base + "/keys"
        switch path {
        case keys: return keys + "/new"
        case Dashboard.base + "/search": return Dashboard.base
        case BulkRevokePage.selectPath: return BulkRevokePage.path
        case BulkRevokePage.path, TroubleshootingPage.path, ActivityPage.path: return path
        default: break
        }
        let parts = path.dropFirst(keys.count + 1).split(separator: "/", omittingEmptySubsequences: false)
        guard path.hasPrefix(keys + "/"), parts.count == 2, KeyID(String(parts[0])) != nil else { return nil }
        switch parts[1] {
        case "rename", "disable", "enable": return keys + "/" + parts[0]
        case "edit", "revoke", "rotate", "test": return path
        default: return nil
        }
    }
}
