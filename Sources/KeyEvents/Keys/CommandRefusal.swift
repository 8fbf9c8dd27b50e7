/// The reason why a command was not carried out. It is an answer and not a defect: the sentence says what to do.
public enum CommandRefusal: Error, Equatable, Sendable {
    /// The value of a field is not acceptable. The problem continues a sentence that begins with the field's name.
    case invalid(field: String, problem: String)
    /// A field holds a key's secret (`MisplacedSecret`). The problem continues a sentence that begins with the field's name.
    case secretInField(field: String, problem: String)
    /// No key has this id.
    case unknownKey
    /// The key has ended, and nothing can change it any more.
    case ended(KeyState.Status)
    /// A key with this id exists already; the caller has to make another id.
    case keyExists

    /// A sentence for the person who gave the command. It does not repeat what was sent.
    public var message: String {
        switch self {
        case .invalid(let field, let problem), .secretInField(let field, let problem): "\(field) \(problem)"
        case .unknownKey: "There is no key with this id."
        case .ended(let status): "The key is \(status.rawValue) for good; create a new key instead."
        case .keyExists: "A key with this id exists already."
        }
    }
}
