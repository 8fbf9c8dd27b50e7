internal import KeyEvents
internal import Validation

/// The meaning of a refusal, and what to do about it.
struct RefusalHelp: Sendable {
    let code: String
    let status: Int
    let meaning: String
    let remedy: String

    static func of(_ code: String) -> RefusalHelp? { all.first { $0.code == code } }

    /// The refusals by verdicts, and the one that is recorded of keys that called Keyledger itself.
    static let all =
        VerdictCode.allCases.filter { $0 != .valid }.map { code in
            let description = code.description
            return RefusalHelp(
                code: code.rawValue, status: description.status, meaning: description.meaning, remedy: description.remedy)
        } + [
            RefusalHelp(
                code: RefusalCode.permissionDenied.name, status: 403,
                meaning: "The key is good, and was used to call Keyledger for what it may not do.",
                remedy: "Use a key that has the permission; look for whoever calls with this one.")
        ]
}
