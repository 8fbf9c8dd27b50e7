import HTTPTypes
import KeyledgerClient
import Testing

@Suite("While the ledger is away")
struct OutageTests {
    private static let outages: [VerificationError.Code] = [.unreachable, .timedOut, .interrupted, .unavailable]
    private static let faults: [VerificationError.Code] = [.serviceKeyRefused, .questionRefused, .protocolError, .cancelled]

    @Test("Nobody is let in", arguments: outages + faults)
    func refused(_ code: VerificationError.Code) async throws {
        let answer = try await Guarded(verifier: FakeVerifier(VerificationError(code, "words", retryAfter: .seconds(9)))).call()
        #expect(answer.status == 503 && answer["code"] == "UNAVAILABLE")
        #expect(answer.headers[.retryAfter] == "9" && answer.headers[.cacheControl] == "no-store")
        #expect(answer["detail"]?.contains("words") == false)
    }

    @Test("Whoever presents something is let in unverified, where the operator chose so", arguments: outages)
    func allowed(_ code: VerificationError.Code) async throws {
        let guarded = Guarded(verifier: FakeVerifier(VerificationError(code, "")), outage: .allow)
        let answer = try await guarded.call()
        #expect(answer.status == 200 && answer.text == "unverified")
        let nothing = try await guarded.call("/listings", [:])
        #expect(nothing.status == 401)
    }

    @Test("What is set up wrongly is no outage, and a refused key is refused", arguments: faults)
    func notAllowed(_ code: VerificationError.Code) async throws {
        let fault = Guarded(verifier: FakeVerifier(VerificationError(code, "")), outage: .allow)
        #expect(try await fault.call().status == 503)
        let revoked = Guarded(verifier: FakeVerifier(.refused(.revoked, message: "")), outage: .allow)
        #expect(try await revoked.call().status == 401)
    }

    @Test("The operator's own decision")
    func decided() async throws {
        let policy = OutagePolicy.decide { verification, error in
            error.code == .timedOut && verification.key.reveal() == "secret" ? .verified(.acme) : nil
        }
        let known = Guarded(verifier: FakeVerifier(VerificationError(.timedOut, "")), outage: policy)
        #expect(try await known.call().text == "acme sync")
        #expect(try await known.call("/listings", [.authorization: "Bearer other"]).status == 503)
    }
}
