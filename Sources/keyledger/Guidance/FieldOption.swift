internal import KeyEvents
internal import Ledger

/// What the fields of commands, which refusals name as programs know them, are called on the command line.
enum FieldOption {
    private static let options = [
        "accountId": "--account", "environment": "--env", "expiresAt": "--expires", "expiresIn": "--expires",
        "extendGrace": "--extend-grace",
        "graceSeconds": "--grace", "Idempotency-Key": "--command-id", "ipAllowlist": "--allow-ip", "permissions": "--permission",
        "reasonCode": "--reason-code", "scopes": "--scope",
        "keyLimit": "--max-keys", "grantable": "--grantable",
    ]

    /// `nil`: it is called the same, or is no option.
    static func name(of field: String) -> String? { options[field] }

    /// The words of a refusal, with options where it names fields. `arguments`: of the command that was refused, without the name of the
    /// program.
    static func words(for error: ServiceError, arguments: ArraySlice<String>) -> String {
        switch error {
        case .refused(.invalid("scopes", let problem)): "The scopes (--scope) \(problem)"
        case .refused(.invalid(let field, let problem)), .refused(.secretInField(let field, let problem)),
            .invalid(let field, let problem), .beyondCaller(let field, let problem):
            "\(shown(field, arguments)) \(problem)"
        case .commandIDReused, .commandIDForgotten: error.description.replacing("Idempotency-Key", with: "--command-id")
        default: error.description
        }
    }

    /// As it is where the command has no option for it, such as the name that is an argument.
    private static func shown(_ field: String, _ arguments: ArraySlice<String>) -> String {
        let option = options[field] ?? "--" + field
        return CommandPath.read(arguments).path.options[option] == nil ? field : option
    }
}
