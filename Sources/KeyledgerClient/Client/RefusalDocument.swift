/// The fields that are read from a problem document with which the ledger refuses the service's request.
struct RefusalDocument: Decodable {
    let code: String
    let detail: String
}
