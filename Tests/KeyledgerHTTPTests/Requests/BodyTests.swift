import APITestSupport
import Hummingbird
import NIOCore
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("Reading bodies")
struct BodyTests {
    private static func body(_ pieces: [String]) -> RequestBody {
        RequestBody(
            asyncSequence: AsyncStream { continuation in
                for piece in pieces { continuation.yield(ByteBuffer(string: piece)) }
                continuation.finish()
            })
    }

    @Test("In whatever pieces it comes", arguments: [[], ["{}"], ["{", "", "\"a\"", ":1}"]])
    func inPieces(_ pieces: [String]) async throws {
        let whole = pieces.joined()
        let bytes = try await BodyCollector.collect(Self.body(pieces), upTo: whole.utf8.count)
        #expect(String(buffer: bytes) == whole)
        guard !whole.isEmpty else { return }
        let problem = await #expect(throws: Problem.self) {
            _ = try await BodyCollector.collect(Self.body(pieces), upTo: whole.utf8.count - 1)
        }
        #expect(problem?.code == .contentTooLarge)
    }
}
