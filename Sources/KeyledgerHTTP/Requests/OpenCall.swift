internal import Hummingbird
internal import KeyEvents
internal import KeyService

/// A call that anybody may make.
struct OpenCall: BodyReading {
    let request: Request
    let parameters: Parameters
    let ledger: Ledger
    /// Who is connected; `nil` where that has no address.
    let address: IPAddress?

    /// What stands in the place of `{rest}`.
    var rest: [Substring] { parameters.getCatchAll() }
}
