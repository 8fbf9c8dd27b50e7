internal import Foundation
internal import KeyService

/// Runs one part of doctor's work in a process of its own and reads what it says, up to its end or its crash.
struct Examination {
    enum Part: String, CaseIterable {
        /// Records, order, tree.
        case log
        /// State and views against a rebuild.
        case derived
    }

    struct Result {
        var damaged: [DoctorReport.Damage] = []
        var notes: [DoctorReport.Note] = []
        /// What the log amounts to.
        var scan: Scan?
        /// Why nothing can be said.
        var unavailable: String?
        /// The record that was about to be read last.
        var lastSeen: UInt64?
        var lastPosition: UInt64?
        var isComplete = false
        var isCrash = false
    }

    struct Scan: Codable {
        let size: UInt64
        let root: String?
        let records: UInt64
        let checkpoints: Int
        /// How many records the largest checkpoint covers.
        let covered: UInt64
    }

    /// What the child says, one a line.
    enum Line: Codable {
        case reading(UInt64)
        case damage(DoctorReport.Damage)
        case note(DoctorReport.Note)
        case scanned(Scan)
        case unavailable(String)
        case done(last: UInt64?)

        func say() {
            guard let data = try? JSONEncoder().encode(self) else { return }
            Terminal.line(String(decoding: data, as: UTF8.self))
        }
    }

    let folder: DataFolder

    /// The log; where reading it crashes, once more from there on, record by record. `arguments`: further ones, for the child.
    func examineLog(arguments: [String] = []) throws -> Result {
        let log = try run(.log, preciseFrom: nil, arguments)
        // Crashed somewhere in the thousand records after the last word.
        guard !log.isComplete, let last = log.lastSeen else { return log }
        return try run(.log, preciseFrom: last, arguments)
    }

    func run(_ part: Part, preciseFrom: UInt64?, _ arguments: [String] = []) throws -> Result {
        let child = Process()
        child.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        child.arguments = ["doctor-examination", "--data", folder.path, "--part", part.rawValue]
        child.arguments?.append(contentsOf: arguments)
        if let preciseFrom { child.arguments?.append(contentsOf: ["--precise-from", String(preciseFrom)]) }
        let output = Pipe()
        child.standardOutput = output
        // LMDB writes its own words when it gives up; the report says what matters.
        child.standardError = FileHandle.nullDevice
        try child.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        child.waitUntilExit()
        var result = Result()
        for line in text.split(separator: "\n") {
            guard let said = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)) else { continue }
            switch said {
            case .reading(let position): result.lastSeen = position
            case .damage(let damage): result.damaged.append(damage)
            case .note(let note): result.notes.append(note)
            case .scanned(let scan): result.scan = scan
            case .unavailable(let reason): result.unavailable = reason
            case .done(let last):
                result.isComplete = true
                result.lastPosition = last
            }
        }
        let isKilled = child.terminationReason == .uncaughtSignal || child.terminationStatus == Outcome.unavailable
        result.isCrash = !result.isComplete && isKilled
        return result
    }
}
