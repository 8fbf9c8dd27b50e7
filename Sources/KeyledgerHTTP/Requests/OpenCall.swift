internal import Hummingbird
internal import KeyEvents
internal import KeyService

/// A call that anybody may make.
struct OpenCall: BodyReading {
    let request: Request
    let ledger: Ledger
    /// Who is connected; `nil` where that has no address.
    let address: IPAddress?
}
