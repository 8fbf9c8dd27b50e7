public import KeyEvents
internal import Projections

/// The outcomes of requests with a key that a list of them shows.
public enum RequestOutcome: Equatable, Sendable {
    /// All requests.
    case any
    /// The requests that were accepted.
    case accepted
    /// The requests that were refused, for whatever reason.
    case refused
    /// The requests that were refused for one reason.
    case refusedFor(RefusalCode)

    /// Whether the list shows a request; `code` is the reason why it was refused, `nil` where it was accepted.
    func includes(_ code: RefusalCode?) -> Bool {
        switch self {
        case .any: true
        case .accepted: code == nil
        case .refused: code != nil
        case .refusedFor(let reason): code == reason
        }
    }

    /// Whether there are any such requests among those that were counted.
    func occurs(in counts: UsageCounts) -> Bool {
        switch self {
        case .any: true
        case .accepted: counts.uses > 0
        case .refused: counts.refused > 0
        case .refusedFor(let reason): counts.refusals[reason, default: 0] > 0
        }
    }
}
