internal import HTTPTypes
internal import KeyEvents
internal import Ledger

/// A problem that is shown instead of a page.
struct PageProblem: Error {
    /// What became of a form that was refused.
    enum Outcome {
        case nothingSaved
        /// The ledger failed while it saved the form, or before.
        case unknown

        /// The sentence that says so.
        var text: String {
            switch self {
            case .nothingSaved: "Nothing was saved."
            case .unknown: "It is not certain whether anything was saved: look at the keys before you send the form again."
            }
        }
    }

    let status: HTTPResponse.Status
    let heading: String
    /// What is wrong and what to do, without what became of the form.
    private let advice: String
    /// What became of the form that was refused; `nil` for a request that asks for something and saves nothing.
    private var outcome: Outcome?
    /// Whether a form that met the problem may have been saved all the same.
    private var mayHaveSaved = false
    /// The cause for the operator's log; `nil` when the user can correct the problem.
    var cause: String?
    /// After how many seconds the request may be repeated; `nil` unless it was refused because of overload.
    var retryAfter: String?
    /// Whether the form that was refused for the problem is shown again, as it was filled in.
    var keepsForm = true
    /// What is wrong, what became of the form, and what to do.
    var text: String { (outcome.map { $0.text + " " } ?? "") + advice }

    /// Whether the page offers to sign out, since nothing else can be done in the session from where the user is.
    var offersSignOut = false

    static let unknownPage = PageProblem(
        status: .notFound, heading: "There is nothing here", text: "The address may be mistyped, or what it led to is gone.")
    static let unknownKey = PageProblem(
        status: .notFound, heading: "There is no such key", text: "The address may be mistyped, or the key belongs to another account.")
    static let foreignForm = PageProblem(
        status: .forbidden, heading: "This form is out of date",
        text: "It was not filled in here, or you signed in anew since it was opened. Go back, load the page again, and repeat what you"
            + " wanted to do.", keepsForm: false)
    static let wrongMethod = PageProblem(
        status: .methodNotAllowed, heading: "This address is not asked for in this way",
        text: "It exists, and the method of the request is none that it takes.")

    static let changedAllTheTime = PageProblem(
        status: .conflict, heading: "Somebody else is changing this key", text: "Look at the key, and try again in a moment.")

    static let addressRefused = PageProblem(
        status: .forbidden, heading: "Your key may not be used from here",
        text:
            "The key that you signed in with may only be used from certain addresses, and yours is none of them. Sign in with another key,"
            + " or from another place.", offersSignOut: true)

    static let tooManySessions = PageProblem(
        status: .tooManyRequests, heading: "Too many people of your account are signed in",
        text: "Whoever signs out makes room, and so does whoever was away for some hours. Sign out elsewhere, or try again later.")

    init(
        status: HTTPResponse.Status, heading: String, text: String, cause: String? = nil, offersSignOut: Bool = false,
        keepsForm: Bool = true
    ) {
        self.keepsForm = keepsForm
        self.offersSignOut = offersSignOut
        self.status = status
        self.heading = heading
        advice = text
        self.cause = cause
    }

    /// The problem of a form that was to save something: the page says what became of it.
    var ofForm: PageProblem {
        var problem = self
        problem.outcome = mayHaveSaved ? .unknown : .nothingSaved
        return problem
    }

    /// Creates the problem of a form that contains a key's secret in a field that is stored or shown.
    ///
    /// - Parameters:
    ///   - secret: The secret.
    ///   - field: The label of the field; `nil` where it has none.
    init(_ secret: MisplacedSecret, in field: String?) {
        let place = field.map { "The field “\($0)” holds" } ?? "One of the fields holds"
        self.init(
            status: .badRequest, heading: "A key does not belong there",
            text: "\(place) a key's secret (\(secret.hint)), which would be kept there for all to read."
                + " Go back, take it out, and try again. To see what key it is, paste it into the search above the list of keys.")
        outcome = .nothingSaved
    }

    /// The problem as a notice above the form, which is shown again; without the secret, where that is the problem.
    var notice: TemplateContext {
        ["isBad": true, "text": heading + ". " + text.replacing(" Go back, take it out, and try again.", with: " The field was emptied.")]
    }

    init(_ error: any Error) {
        switch error {
        case let problem as PageProblem:
            self = problem
        case ServiceError.unknownKey:
            self = .unknownKey
        case ServiceError.callerRefused:
            self.init(
                status: .forbidden, heading: "You are no longer signed in",
                text: "The key behind this session was refused meanwhile. Sign in again.", keepsForm: false)
        case ServiceError.missingPermission(let permission):
            self.init(
                status: .forbidden, heading: "Your key may not do this",
                text:
                    "This needs the permission \(permission.rawValue), which the key that you signed in with does not have. Ask whoever gave"
                    + " you the key, or whoever operates the service, for one that has it, and sign in with that.")
        case ServiceError.tooManyKeys(let keys, let limit):
            self.init(
                status: .conflict, heading: "The account has as many keys as it may have",
                text:
                    "\(Format.count(keys, "key")) of it \(keys == 1 ? "has" : "have") not ended, and \(Format.count(limit)) may. Revoke a key"
                    + " that is no longer needed, or ask whoever operates the service for more; then send the form again."
            )
        case let error as ServiceError:
            let isPermission =
                switch error {
                case .cannotGrant, .beyondCaller, .operatorsOnly: true
                default: false
                }
            self.init(
                status: isPermission ? .forbidden : .conflict, heading: "That cannot be done", text: Format.sentence(error.description))
        case let refusal as FairRefusal:
            self.init(
                status: refusal == .tenantIsFull ? .tooManyRequests : .serviceUnavailable, heading: "Too much is asked at the moment",
                text: "Try again in a few seconds.")
            retryAfter = String(refusal.retryAfter.wholeSeconds)
            // The form would be shown by the same threads, which have no room.
            keepsForm = false
        case LedgerError.storageFull:
            self.init(
                status: .serviceUnavailable, heading: "The ledger's disk is full",
                text: "Tell whoever operates the service.", cause: "\(error)")
        case _ where LedgerError.isHeldLock(error):
            self.init(
                status: .serviceUnavailable, heading: "The ledger is held up",
                text:
                    "Another program on the server keeps it from being written. Try again in a few seconds; if it stays, tell whoever"
                    + " operates the service.", cause: "\(error)")
        default:
            self.init(
                status: .internalServerError, heading: "Something went wrong here",
                text: "It is not your doing. Try again; if it stays, tell whoever operates the service.", cause: "\(error)")
            mayHaveSaved = true
        }
    }
}
