import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

/// RFC 9110, section 12.5.1.
@Suite struct AcceptedTypesTests {
    @Test(
        arguments: [
            ([], false), (["text/event-stream"], true), (["application/json"], false), (["*/*"], false), (["text/*"], true),
            (["application/json, text/event-stream"], false), (["text/event-stream, application/json"], false),
            (["text/event-stream;q=0.1, application/json"], false), (["application/json;q=0.1, text/event-stream"], true),
            (["text/event-stream, */*;q=0.5"], true), (["text/event-stream, */*"], false), (["text/event-stream;q=0"], false),
            (["text/event-stream;q=0.000, text/html"], false), (["application/json", "text/event-stream;q=0.9"], false),
            (["application/json; q=0.5", "Text/Event-Stream ; Q=0.6"], true), (["*/*, application/json;q=0"], true),
            (["text/*;q=0.2, text/event-stream;q=0.9, application/*;q=0.8"], true), (["text/html"], false), (["nonsense"], false),
            (["text/event-stream;q=high, application/json;q=0.1"], false), (["text/event-stream;q=1.000, application/json;q=0.999"], true),
            (["text/event-stream;q=0.1234"], false),
        ] as [([String], Bool)])
    func aStreamIsForWhoeverPrefersIt(_ values: [String], _ isPreferred: Bool) {
        let accepted = AcceptedTypes(values)
        #expect((accepted.quality(of: "text/event-stream") > accepted.quality(of: "application/json")) == isPreferred, "\(values)")
    }
}
