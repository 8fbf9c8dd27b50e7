import APITestSupport
import Testing
import Validation

@testable import LedgerAPI

@Suite("The codes of verdicts in the description of the HTTP interface")
struct VerdictCodesTests {
    @Test("Those of the schema are those of the ledger, but for the two that are reached before a key is looked at")
    func schema() throws {
        let schema = try #require(OpenAPI.shared.document["components"]?["schemas"]?["VerdictCode"])
        let codes = (schema["enum"]?.elements ?? []).compactMap(\.string)
        #expect(codes == VerdictCode.allCases.filter { $0 != .missing && $0 != .badHeader }.map(\.rawValue))
    }

    @Test("Every refusal is a problem of the same code, status and title")
    func problems() {
        for code in VerdictCode.allCases where code != .valid {
            let problem = ProblemCode(code)
            #expect(problem.rawValue == code.rawValue)
            #expect(problem.status == code.description.status && problem.title == code.description.title)
        }
        #expect(ProblemCode(.valid) == .internalError)
    }
}
