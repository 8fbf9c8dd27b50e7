import KeyEvents
import Testing
import Validation

@Suite struct VerdictTests {
    @Test func codesStandInTheOrderOfTheirChecks() {
        #expect(
            VerdictCode.allCases.map(\.rawValue) == [
                "VALID", "MISSING", "BAD_HEADER", "MALFORMED", "NOT_FOUND", "REVOKED", "EXPIRED", "DISABLED", "IP_NOT_ALLOWED",
                "INSUFFICIENT_SCOPE",
            ])
    }

    /// A refusal is recorded under the name it is answered with.
    @Test func aRefusalHasTheNameOfItsVerdict() {
        for code in VerdictCode.allCases {
            if let refusal = code.refusal { #expect(refusal.name == code.rawValue) }
            #expect((code.refusal == nil) == [.valid, .missing, .badHeader, .malformed].contains(code))
        }
    }

    @Test(arguments: VerdictCode.allCases)
    func everyCodeHasASentenceThatSaysWhatToDo(_ code: VerdictCode) {
        let message = Verdict(code, position: nil, decidedAt: Timestamp(seconds: 0)).message
        #expect(message.hasSuffix(".") && message.first?.isUppercase == true && message.split(separator: " ").count >= 4)
    }
}
