import APITestSupport
import HTTPTypes
import KeyEvents
import Ledger
import Testing
import Validation

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("A key that ends while its call is on its way")
struct CallerRefusedTests {
    @Test("is answered like one that had ended before", arguments: [VerdictCode.revoked, .expired, .disabled, .notFound])
    func like(_ code: VerdictCode) throws {
        let problem = Problem(ServiceError.callerRefused(code))
        #expect(problem.code.rawValue == code.rawValue && problem.code.status == 401)
        #expect(problem.headers[.wwwAuthenticate] == Problem.challenge(error: "invalid_token"))
    }
}
