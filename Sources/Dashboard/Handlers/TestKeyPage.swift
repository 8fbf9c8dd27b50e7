internal import Bytes
internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Validation

/// The page that says what would become of a call with a key, without its secret and without a call: nothing is counted or
/// recorded.
struct TestKeyPage: FormPage {
    let signedIn: SignedInRequest

    /// The texts of the form.
    private struct Input {
        var environment: String
        var scopes: String
        var address: String
    }

    /// The complaints about the texts of the form.
    private struct Problems {
        var environment: String?
        var scopes: String?
        var address: String?

        var isEmpty: Bool { environment == nil && scopes == nil && address == nil }
    }

    /// Shows the form, filled in for a call that takes keys of this key's environment; or the verdict that a form which is shown again asks
    /// for.
    func show() throws -> Response {
        if !signedIn.form.isEmpty { return try test() }
        let key = try signedIn.key
        return try page(key, Input(environment: key.state.environment, scopes: "", address: ""), Problems(), nil)
    }

    /// Shows the verdict on the call that the form describes.
    func test() throws -> Response {
        let key = try signedIn.key
        let form = signedIn.form
        let input = Input(
            // Environments are in small letters, however people write them.
            environment: (form["environment"] ?? "").trimmingWhiteSpace.lowercased(), scopes: (form["scopes"] ?? "").trimmingWhiteSpace,
            address: (form["address"] ?? "").trimmingWhiteSpace)
        var problems = Problems()
        let scopes = input.scopes.split { $0.isWhitespace || $0 == "," }.map(String.init)
        if case .invalid(_, let problem)? = KeyRules.check(scopes: scopes, now: signedIn.now) { problems.scopes = "The scopes " + problem }
        if !input.environment.isEmpty, !KeyEnvironment.isValid(input.environment) {
            problems.environment = "An environment has up to 16 lowercase letters and digits, such as live or test."
        }
        let address = IPAddress(input.address)
        if !input.address.isEmpty, address == nil { problems.address = "That is not an IP address, such as 192.0.2.7 or 2001:db8::7." }
        let accessCheck = AccessCheck(scopes: scopes, environment: input.environment.isEmpty ? nil : input.environment, address: address)
        return try page(key, input, problems, accessCheck)
    }

    private func page(_ key: DecryptedKey, _ input: Input, _ problems: Problems, _ accessCheck: AccessCheck?) throws -> Response {
        let path = KeyRow.path(of: key.state.id)
        var fields: TemplateContext = [
            "backPath": path, "backText": KeyRow.name(key), "testPath": path + "/test", "name": KeyRow.name(key), "hint": key.state.hint,
            "environment": input.environment, "environmentError": problems.environment, "scopes": input.scopes,
            "scopesError": problems.scopes, "address": input.address, "addressError": problems.address,
            "isRestricted": key.state.sealedAllowlist != nil,
        ]
        if problems.isEmpty, let accessCheck, let secret = key.state.secrets.last,
            let verdict = try signedIn.ledger.verifier.verdict(onSecret: secret.record.id, of: key.state.id, accessCheck)
        {
            fields["result"] = result(verdict, key, accessCheck)
        }
        return signedIn.page(
            "test-key", title: "Test \(KeyRow.name(key))", status: problems.isEmpty ? .ok : .unprocessableContent, fields)
    }

    /// Returns the verdict, and what each of its rules looked at, in their order: what comes after the first that fails is not
    /// reached.
    private func result(_ verdict: Verdict, _ key: DecryptedKey, _ accessCheck: AccessCheck) -> TemplateContext {
        let checks: [(code: VerdictCode, label: String, text: String)] = [
            (.notFound, "Environment", environmentText(key.state, accessCheck)),
            (.revoked, "Revocation", revocationText(key.state, verdict)),
            (.expired, "Expiry", key.state.expiresAt.map { "The key's expiry is \(Format.time($0))." } ?? "The key does not expire."),
            (.disabled, "Enabled", key.state.isDisabled ? "The key is disabled." : "The key is not disabled."),
            (.ipNotAllowed, "Address", addressText(key, accessCheck)), (.insufficientScope, "Scopes", scopesText(key.state, accessCheck)),
        ]
        let failed = checks.firstIndex { $0.code == verdict.code } ?? checks.endIndex
        let description = verdict.code.description
        // An address that was left out of the form is none that the key is refused from.
        let isAddressOpen = verdict.code == .ipNotAllowed && accessCheck.address == nil
        return [
            "resultEditPath": RefusalHelp.editPath(curing: verdict.code.rawValue, of: key.state, for: signedIn),
            "resultGood": verdict.isValid, "verdictCode": verdict.code.rawValue, "verdictStatus": String(description.status),
            "overallText": isAddressOpen
                ? "It depends on the address." : verdict.isValid ? "The call is accepted." : "The call is refused.",
            "verdictText": isAddressOpen
                ? "Enter the address that the call comes from, and test again. Where a service knows no address, the call is refused."
                : verdict.isValid ? nil : description.meaning + " " + description.remedy,
            "checks": checks.enumerated().map { index, check in
                [
                    "checkLabel": check.label, "checkState": index < failed ? "ok" : index == failed ? "wrong" : "skipped",
                    "checkStateText": index < failed ? "OK" : index == failed ? isAddressOpen ? "Not given" : "Wrong" : "Not reached",
                    "checkText": check.text,
                ] as TemplateContext
            },
        ]
    }

    private func environmentText(_ state: KeyState, _ accessCheck: AccessCheck) -> String {
        "It is a key for \(state.environment); the call takes \(accessCheck.environment.map { "keys for \($0)" } ?? "keys of any environment")."
    }

    private func revocationText(_ state: KeyState, _ verdict: Verdict) -> String {
        if case .revoked(let at, _) = state.end { return "The key was revoked on \(Format.time(at))." }
        return verdict.code == .revoked ? "The newest secret of the key has ended." : "The key is not revoked."
    }

    private func addressText(_ key: DecryptedKey, _ accessCheck: AccessCheck) -> String {
        guard key.state.sealedAllowlist != nil else { return "The key may be used from any address." }
        let allowed =
            (key.ipAllowlist ?? []).isEmpty ? "none: the list can no longer be read" : (key.ipAllowlist ?? []).joined(separator: ", ")
        let source = accessCheck.address.map { "the call comes from \($0)" } ?? "no address is given for the call"
        return "The key may be used from: \(allowed); \(source)."
    }

    private func scopesText(_ state: KeyState, _ accessCheck: AccessCheck) -> String {
        let held = state.scopes.isEmpty ? "The key has no scopes" : "The key has: " + state.scopes.joined(separator: ", ")
        return held
            + (accessCheck.scopes.isEmpty ? "; the call needs none." : "; the call needs: \(accessCheck.scopes.joined(separator: ", ")).")
    }
}
