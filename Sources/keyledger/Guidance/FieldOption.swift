internal import KeyEvents
internal import Ledger

/// The command-line options for fields of commands, which refusals name as programs know them.
enum FieldOption {
    private static let options = [
        "accountId": "--account", "environment": "--env", "expiresAt": "--expires", "expiresIn": "--expires",
        "extendGrace": "--extend-grace",
        "graceSeconds": "--grace", "Idempotency-Key": "--command-id", "ipAllowlist": "--allow-ip", "permissions": "--permission",
        "reasonCode": "--reason-code", "scopes": "--scope",
        "keyLimit": "--max-keys", "grantable": "--grantable",
    ]

    /// Returns the option for a field; `nil` when the option has the same name, or the field has none.
    static func name(of field: String) -> String? { options[field] }

    /// Returns the message for a refusal, with options in the place of fields. `arguments` are those of the command that was
    /// refused, without the name of the program.
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

    /// Returns the option for a field, or the field itself when the command has no such option, as for a name that is an
    /// argument.
    private static func shown(_ field: String, _ arguments: ArraySlice<String>) -> String {
        let option = options[field] ?? "--" + field
        return CommandPath.read(arguments).path.options[option] == nil ? field : option
    }
}
