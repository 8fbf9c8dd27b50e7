import Bytes
import Testing

@testable import LedgerAudit

/// Every kind of line is written byte for byte as the format says, and read as it was written.
@Suite struct BundleLineTests {
    private static let zero = Digest32([UInt8](repeating: 0, count: 32))!
    private static let zeroText = String(repeating: "A", count: 43) + "="

    private static func header(
        _ kind: BundleHeader.Kind, requires: [String] = [], verifierKey: String? = nil, filter: BundleHeader.Filter? = nil
    ) -> BundleLine {
        .header(
            BundleHeader(
                kind: kind, origin: "log.example/1", logID: Bytes16(hex: String(repeating: "0a", count: 16))!, keyPrefix: "lhql",
                requires: requires, verifierKey: verifierKey, size: 3, root: zero, filter: filter))
    }

    private static let log =
        #""origin":"log.example/1","logId":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","keyPrefix":"lhql","verifierKey":"#
    private static let tree = #","size":3,"root":"\#(zeroText)","filter":"#

    @Test(
        arguments: [
            (header(.whole), #"{"bundle":"keyledger-bundle/1","kind":"whole",\#(log)null\#(tree)null}"#),
            (
                header(.whole, requires: ["a", "b"], verifierKey: "log.example/1+0a+é"),
                #"{"bundle":"keyledger-bundle/2","requires":["a","b"],"kind":"whole",\#(log)"log.example/1+0a+\u00e9"\#(tree)null}"#
            ),
            (
                header(.part, filter: .init(from: 1, account: "a\"b")),
                #"{"bundle":"keyledger-bundle/1","kind":"part",\#(log)null\#(tree){"from":1,"to":null,"account":"a\"b","key":null}}"#
            ),
            (
                .checkpoint(note: "a\\\n\r\t\u{7F}— é😀/", consistency: nil),
                #"{"checkpoint":"a\\\n\u000d\u0009\u007f\u2014 \u00e9\ud83d\ude00/"}"#
            ),
            (.checkpoint(note: "n", consistency: []), #"{"checkpoint":"n","consistency":[]}"#),
            (.checkpoint(note: "n", consistency: [zero, zero]), #"{"checkpoint":"n","consistency":["\#(zeroText)","\#(zeroText)"]}"#),
            (.record(position: .max, record: [0xFB, 0xFF], proof: nil), #"{"position":18446744073709551615,"record":"+/8="}"#),
            (.record(position: 0, record: [], proof: []), #"{"position":0,"record":"","proof":[]}"#),
            (.record(position: 0, record: [1], proof: [zero]), #"{"position":0,"record":"AQ==","proof":["\#(zeroText)"]}"#),
            (.end(records: 7, sha256: zero), #"{"end":{"records":7,"sha256":"\#(String(repeating: "0", count: 64))"}}"#),
        ] as [(BundleLine, String)])
    func isWrittenAndRead(_ line: BundleLine, _ text: String) throws {
        #expect(String(decoding: try line.bytes, as: UTF8.self) == text)
        #expect(BundleLine(Array(text.utf8)[...]) == line)
    }
}
