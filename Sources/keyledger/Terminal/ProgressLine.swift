/// The progress of a long command, as one line of a terminal.
struct ProgressLine {
    let done: UInt64
    let total: UInt64
    /// The unit that is counted, such as “records”.
    let unit: String
    /// The time since the beginning.
    let elapsed: Duration

    private static let maxBarWidth = 30
    private static let leastBar = 10

    /// Returns the line with a maximum number of columns. Parts for which there is no room are left out, the bar first.
    func text(columns: Int) -> String {
        let all = sentence
        let room = min(Self.maxBarWidth, columns - all.count - 1)
        if room >= Self.leastBar { return bar(room) + " " + all }
        let shorter = [all, "\(percent) %  \(done) of \(total) \(unit), \(secondsLeft) s left", "\(percent) %, \(secondsLeft) s left"]
        return shorter.first { $0.count <= columns } ?? String("\(percent) %".prefix(max(0, columns)))
    }

    /// The whole line without a bar.
    var sentence: String { "\(percent) %  \(done) of \(total) \(unit), \(Self.whole(rate)) a second, \(secondsLeft) s left" }

    private func bar(_ columns: Int) -> String {
        let filled = min(columns, Int(share * Double(columns)))
        return String(repeating: "█", count: filled) + String(repeating: "░", count: columns - filled)
    }

    private var share: Double { total == 0 ? 1 : min(1, Double(done) / Double(total)) }

    private var percent: Int { Int(share * 100) }

    private var rate: Double { Double(done) / max(elapsed / .seconds(1), 0.001) }

    private var secondsLeft: Int { rate > 0 && total > done ? Self.whole((Double(total - done) / rate).rounded(.up)) : 0 }

    private static func whole(_ number: Double) -> Int { Int(min(number, 1e15)) }
}
