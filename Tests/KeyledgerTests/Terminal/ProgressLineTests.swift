import Testing

@testable import keyledger

/// A line that a terminal has no room for would be left standing at each redraw.
@Suite struct ProgressLineTests {
    @Test func isNeverWiderThanTheTerminal() {
        for (done, total) in [(0, 0), (0, 10), (5, 10), (1_234_567, 20_000_000), (.max, .max), (1, .max)] as [(UInt64, UInt64)] {
            for seconds in [0, 0.5, 3_600, 1e12] {
                let line = ProgressLine(done: done, total: total, unit: "records", elapsed: .seconds(seconds))
                for columns in 0...200 {
                    #expect(DisplayWidth.of(line.text(columns: columns)) <= columns, "\(done) of \(total) in \(columns)")
                }
                // Every terminal that deserves the name learns something.
                #expect(line.text(columns: 5).contains("%"))
            }
        }
    }

    @Test func saysWhatThereIsRoomFor() {
        let line = ProgressLine(done: 5_000, total: 20_000, unit: "events", elapsed: .seconds(10))
        #expect(line.sentence == "25 %  5000 of 20000 events, 500 a second, 30 s left")
        func bar(_ filled: Int, _ columns: Int) -> String {
            String(repeating: "█", count: filled) + String(repeating: "░", count: columns - filled) + " "
        }
        #expect(line.text(columns: 200) == bar(7, 30) + line.sentence)
        #expect(line.text(columns: 79) == bar(6, 27) + line.sentence)
        #expect(line.text(columns: 60) == line.sentence)
        #expect(line.text(columns: 40) == "25 %  5000 of 20000 events, 30 s left")
        #expect(line.text(columns: 20) == "25 %, 30 s left")
        #expect(line.text(columns: 5) == "25 %")
    }
}
