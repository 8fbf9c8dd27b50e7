import Testing

@testable import EventLog

@Suite struct LogErrorTests {
    @Test func thePositionIsNamed() {
        #expect(LogError.damaged(position: 17, what: "it burns").description == "the log is damaged at position 17: it burns")
        #expect(LogError.damaged(position: nil, what: "it burns").description == "the log is damaged: it burns")
        #expect(LogError.missing(position: 17).description.contains("position 17"))
    }

    @Test func theOperatorLearnsWhatToDo() {
        #expect(LogError.derivedDamaged(what: "the map").description.contains("the map cannot be read; run keyledger replay"))
        #expect(LogError.notALedger(path: "a/b").description.contains("a/b"))
        let newer = LogError.newerVersion(found: 3, known: 1).description
        #expect(newer.contains("3") && newer.contains("1") && newer.contains("newer version"))
        #expect(LogError.logMismatch(what: "another").description == "another")
    }
}
