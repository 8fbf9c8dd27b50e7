import Bytes
import KeyEvents
import Projections
import Testing
import Validation

/// The rules stand twice, quick and plain: the validation index is read in place, and whoever folds the log has the state. They agree.
@Suite struct StateRulesTests {
    private static let digest = SecretFormat.digest(Array("secret".utf8).span)
    private static let now = Timestamp(seconds: 1000)

    private static func states() -> [KeyState] {
        var states: [KeyState] = []
        let times: [Timestamp?] = [nil, Timestamp(seconds: 999), now, Timestamp(seconds: 1001)]
        let scopes: [[String]] = [[], ["a:read"], ["a:*"], ["*"]]
        let ends: [KeyState.End?] = [nil, .revoked(at: now, reasonCode: "leaked"), .expired(at: now)]
        let retirements: [SecretRetirement?] = [nil, .whenNewerIsUsed] + times.compactMap { $0.map { .at($0) } }
        for (expiresAt, held) in times.flatMap({ time in scopes.map { (time, $0) } }) {
            for (end, isDisabled) in ends.flatMap({ [($0, false), ($0, true)] }) {
                for (retirement, retiredAt) in retirements.flatMap({ [($0, nil), ($0, now)] as [(SecretRetirement?, Timestamp?)] }) {
                    let first = KeySecret(
                        record: SecretRecord(id: 1, digest: digest, hint: ""), addedAt: now, retirement: retirement, retiredAt: retiredAt)
                    let second = KeySecret(record: SecretRecord(id: 2, digest: digest, hint: ""), addedAt: now)
                    var state = KeyState(
                        id: KeyID(Bytes16(high: 1, low: 2)), accountID: AccountID(trusted: "hotel"), environment: "live", createdAt: now,
                        createdPosition: 0, sealedName: nil, sealedMetadata: nil, secrets: [first, second], scopes: held, permissions: [],
                        expiresAt: expiresAt)
                    (state.end, state.isDisabled) = (end, isDisabled)
                    states.append(state)
                }
            }
        }
        return states
    }

    @Test func theIndexAndTheStateDecideAlike() {
        let questions = [nil, "live", "test"].flatMap { environment in
            [[], ["a:read"], ["a:"], ["a:*"], ["a:read", "b:read"]].map { AccessCheck(scopes: $0, environment: environment) }
        }
        for state in Self.states() {
            for secret in state.secrets {
                let bytes = ValidationEntry.encode(state, secret)
                for accessCheck in questions {
                    guard let entry = ValidationEntry(bytes.span) else {
                        Issue.record("the entry cannot be read")
                        continue
                    }
                    let verdict = Validator.verdict(on: entry, Self.digest, accessCheck, at: Self.now, 0, isAddressAllowed: { true })
                    let refusal = state.refusal(
                        of: secret.record.id, environment: accessCheck.environment, scopes: accessCheck.scopes, at: Self.now)
                    let isAlike =
                        verdict.code.refusal == refusal && verdict.key?.retiresOlder == state.retiresOlder(withUseOf: secret.record.id)
                    if !isAlike { Issue.record("\(verdict.code), and by the state \(refusal?.name ?? "VALID"): \(state), \(accessCheck)") }
                }
            }
        }
    }

    @Test func aSecretThatIsNotThereIsRefused() {
        #expect(Self.states()[0].refusal(of: 3, environment: nil, scopes: [], at: Self.now) == .revoked)
    }
}
