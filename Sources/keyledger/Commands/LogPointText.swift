internal import KeyService

/// A time or a position on the command line.
enum LogPointText {
    static func point(_ text: String?, _ option: String) throws -> LogPoint? {
        try text.map { text in
            guard let point = LogPoint(text) else { throw WrongUse("\(option) \(LogPoint.problem)") }
            return point
        }
    }
}
