/// Why a command was not carried out. Not a defect: the sentence tells the person what to do.
public enum CommandRefusal: Error, Equatable, Sendable {
    /// A field's value is not acceptable.
    case invalid(field: String, problem: String)
    /// A field holds a key's secret (`MisplacedSecret`).
    case secretInField(field: String, problem: String)
    case unknownKey
    /// The key has ended; nothing changes it any more.
    case ended(KeyState.Status)
    /// An id was made twice; the caller makes another.
    case keyExists

    public var message: String {
        switch self {
        case .invalid(let field, let problem), .secretInField(let field, let problem): "\(field) \(problem)"
        case .unknownKey: "There is no key with this id."
        case .ended(let status): "The key is \(status.rawValue) for good; create a new key instead."
        case .keyExists: "A key with this id exists already."
        }
    }
}
