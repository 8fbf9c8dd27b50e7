internal import EventLog
package import KeyEvents
internal import Ledger

extension Problem {
    /// Creates the problem document for any error. Details that only the operator needs are not shown to callers; the log has
    /// them.
    package init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as ServiceError: self.init(error)
        case let refusal as CommandRefusal: self.init(refusal)
        case let refusal as FairRefusal: self.init(refusal)
        case LedgerError.storageFull:
            self.init(
                .storageFull, "Uses cannot be recorded, so no key is accepted; the operator has to free some space. Revoking still works.",
                headers: Self.retryLater)
        case LedgerError.clockInDoubt:
            self.init(
                .clockInDoubt,
                "The clock of the ledger's machine is far from what it should say, so no key is accepted until its operator has set or confirmed it."
                    + " Revoking still works.", headers: Self.retryLater)
        case LedgerError.olderCopy, LedgerError.notAsSigned, LedgerError.forkedSince, LogError.notContinued:
            self.init(
                .unavailable, "The log here is not the newest copy of itself, so no key is accepted until its operator has looked into it.",
                headers: Self.retryLater)
        case LedgerError.damaged:
            self.init(
                .unavailable, "Part of the ledger could not be read; calls that need it are refused until its operator has mended it.",
                headers: Self.retryLater)
        case _ where LedgerError.isHeldLock(error):
            self.init(
                .unavailable,
                "Another process on the server keeps a lock that this takes. Nothing was done, and nothing will be; ask again later.",
                headers: [.retryAfter: "5"])
        case is CancellationError,
            _ where LedgerError.isOperators(error):
            self.init(.unavailable, "The ledger is unavailable; ask again later.", headers: Self.retryLater)
        default:
            self.init(.internalError, "Something went wrong that should not have; the operator's log says more.")
        }
    }

    private init(_ error: ServiceError) {
        switch error {
        case .unknownKey: self.init(.unknownKey, error.description)
        case .unknownAccount: self.init(.unknownAccount, error.description)
        case .operatorsOnly: self.init(.missingPermission, error.description)
        case .tooManyKeys: self.init(.tooManyKeys, error.description)
        case .callerRefused(let code):
            self.init(
                ProblemCode(code), error.description, headers: [.wwwAuthenticate: Self.challenge(error: "invalid_token")])
        case .secretRetired: self.init(.secretRetired, error.description)
        case .missingPermission: self.init(.missingPermission, error.description)
        case .cannotGrant: self.init(.cannotGrant, error.description, field: "permissions")
        case .beyondCaller(let field, let problem): self.init(.cannotGrant, field + " " + problem, field: field)
        case .refused(let refusal): self.init(refusal)
        case .commandIDReused, .commandIDForgotten: self.init(.idempotencyKeyReused, error.description, field: "Idempotency-Key")
        case .invalid(let field, let problem): self = .invalid(field, problem)
        case .behind: self.init(.behind, error.description, headers: Self.retryLater)
        }
    }

    package init(_ refusal: CommandRefusal) {
        switch refusal {
        case .invalid(let field, let problem): self = .invalid(field, problem)
        case .secretInField(let field, _): self.init(.secretInField, refusal.message, field: field)
        case .unknownKey: self.init(.unknownKey, refusal.message)
        case .ended: self.init(.keyEnded, refusal.message)
        case .keyExists: self.init(.unavailable, "By a rare chance the new key got an id that exists; ask again.", headers: Self.retryLater)
        }
    }

    private init(_ refusal: FairRefusal) {
        let code: ProblemCode = refusal == .tenantIsFull ? .tooManyQuestions : .busy
        self.init(code, refusal.description, headers: [.retryAfter: String(refusal.retryAfter.wholeSeconds)])
    }

    /// The header that asks for another attempt after one second.
    private static let retryLater: ResponseFields = [.retryAfter: "1"]
}
