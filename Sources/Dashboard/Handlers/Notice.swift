/// A message about what was just done, shown once on the next page. It is stored in the session (`SessionStore.leave`), or in a
/// cookie for users without one, and never in an address: an address can be kept, sent and typed, and is no proof that anything
/// was done.
enum Notice: String, Sendable {
    case revoked, renamed, renamedAlike, changed, changedAlike, disabled, enabled, unchanged, ended, endedMeanwhile
    case keyInAddress, sessionEnded, signedOut
    case revokedTogether, ownKeyRevoked, ownKeysRevoked, ownKeyDisabled, ownKeyChanged, keysEnded, keysEndedMeanwhile
    case formWaits, formWaitsInPart, formKept, formKeptInPart, questionKept, noKeyChosen, notAnAccount

    var fields: TemplateContext {
        let isGood =
            switch self {
            case .revoked, .revokedTogether, .renamed, .changed, .disabled, .enabled, .signedOut, .ownKeyRevoked, .ownKeysRevoked,
                .ownKeyDisabled, .ownKeyChanged:
                true
            case .renamedAlike, .changedAlike, .unchanged, .ended, .endedMeanwhile, .keysEnded, .keysEndedMeanwhile, .keyInAddress,
                .sessionEnded, .formWaits, .formWaitsInPart, .formKept, .formKeptInPart, .questionKept, .noKeyChosen, .notAnAccount:
                false
            }
        return ["isGood": isGood, "isBad": self == .keyInAddress, "text": text]
    }

    /// The same notice for a user whose session rested on the key, and has ended with what was done.
    var ofOwnKey: Notice {
        switch self {
        case .revoked: .ownKeyRevoked
        case .revokedTogether: .ownKeysRevoked
        case .disabled: .ownKeyDisabled
        case .changed, .changedAlike: .ownKeyChanged
        default: .sessionEnded
        }
    }

    private var text: String {
        switch self {
        case .revoked: "The key is revoked. It is refused from now on, everywhere."
        case .revokedTogether: "The keys are revoked. They are refused from now on, everywhere."
        case .renamed: "The key has its new name."
        case .renamedAlike: "The key has its new name. Another key of the account has the same name: their hints tell them apart."
        case .changed: "The key is changed. What you see here counts from now on."
        case .changedAlike:
            "The key is changed. Another key of the account has the same name now: their hints tell them apart. What you see here counts from"
                + " now on."
        case .disabled: "The key is disabled. Whatever uses it is refused from now on."
        case .enabled: "The key is enabled: it is accepted again."
        case .unchanged: "Nothing had to be changed. Nothing was saved."
        case .ended: "The key has ended already, for good."
        case .endedMeanwhile: "Nothing was saved: the key has ended already, for good."
        case .keysEnded: "All of these keys have ended already, for good."
        case .keysEndedMeanwhile: "Nothing was saved: all of these keys have ended already, for good."
        case .keyInAddress:
            "There was a key in the address. Addresses are kept in histories and logs, so that key may have leaked: paste it into the"
                + " search to see which one it is, and rotate or revoke it. Nothing else was done."
        case .sessionEnded: "Your session has ended. Sign in again."
        case .signedOut: "You are signed out."
        case .formWaits:
            "Your session has ended, so nothing was saved. Sign in again within 15 minutes, and you find the form as you filled it in."
        case .formWaitsInPart:
            "Your session has ended, so nothing was done. Sign in again, and you find the page where you were. What may hold a key was not"
                + " kept and has to be pasted again."
        case .formKeptInPart:
            "Your session had ended, so nothing was done. What you had pasted may hold a key, so it was not kept: paste it again."
        case .questionKept: "Your session had ended meanwhile. This is the answer to what you had asked."
        case .formKept: "Your session had ended, so nothing was saved. This is what you filled in: check it, and send it again."
        case .noKeyChosen: "No key was chosen. Nothing was done. Tick the keys that are to be revoked."
        case .notAnAccount:
            "An account's id has 1 to 64 letters, digits or . _ : - @. What was given is none, so keys of all accounts are shown."
        case .ownKeyDisabled: "The key is disabled, and you are signed out with it. Sign in with another one."
        case .ownKeyChanged:
            "The key is changed, and may not be used from where you are any more, so you are signed out. Sign in with another one, or from"
                + " another place."
        case .ownKeysRevoked:
            "All of the keys are revoked, and you are signed out, since you had signed in with one of them. Sign in with another one."
        case .ownKeyRevoked: "The key is revoked, and you are signed out with it. Sign in with another one."
        }
    }
}
