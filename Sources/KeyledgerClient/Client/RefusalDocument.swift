/// What is read of a problem document that the ledger answers to the service itself.
struct RefusalDocument: Decodable {
    let code: String
    let detail: String
}
