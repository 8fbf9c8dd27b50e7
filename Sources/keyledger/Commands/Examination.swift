internal import Foundation
internal import Ledger
internal import Subprocess
internal import SystemPackage

/// Runs one part of doctor's work in a child process and reads its output, up to its end or its crash. Foundation's `Process`
/// is not used: it ends a process that has some 1,360 open descriptors, inherited ones included.
struct Examination {
    enum Part: String, CaseIterable {
        /// The records, their order, and the tree.
        case log
        /// The comparison of state and views with a rebuild.
        case derived
    }

    struct Result {
        var damaged: [DoctorReport.Damage] = []
        var notes: [DoctorReport.Note] = []
        /// The totals of the log.
        var scan: Scan?
        /// The reason why nothing can be said about the data; `nil` when the data was examined.
        var unavailable: String?
        /// The position of the last record that the child was about to read.
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
        /// The number of records that the largest checkpoint covers.
        let covered: UInt64
    }

    /// One line of the child's output.
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

    /// Examines the log. If reading it crashes, it is read once more from there on, record by record. `arguments` are further
    /// ones for the child.
    func examineLog(arguments: [String] = []) async throws -> Result {
        let log = try await run(.log, preciseFrom: nil, arguments)
        // The crash happened within a thousand records after the last line of output.
        guard !log.isComplete, let last = log.lastSeen else { return log }
        return try await run(.log, preciseFrom: last, arguments)
    }

    func run(_ part: Part, preciseFrom: UInt64?, _ arguments: [String] = []) async throws -> Result {
        var words = ["doctor-examination", "--data", folder.path, "--part", part.rawValue] + arguments
        if let preciseFrom { words += ["--precise-from", String(preciseFrom)] }
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
        // LMDB writes a message of its own to standard error when it gives up; the report has the relevant part.
        let child = try await Subprocess.run(
            .path(FilePath(program)), arguments: Arguments(words), output: .bytes(limit: .max), error: .discarded)
        var result = Result()
        for line in child.standardOutput.split(separator: UInt8(ascii: "\n")) { result.add(Data(line)) }
        let isKilled =
            switch child.terminationStatus {
            case .signaled: true
            case .exited(let code): code == Outcome.unavailable
            }
        result.isCrash = !result.isComplete && isKilled
        return result
    }
}

extension Examination.Result {
    /// Adds one line of the child's output; a line that broke off is ignored.
    fileprivate mutating func add(_ line: Data) {
        guard let said = try? JSONDecoder().decode(Examination.Line.self, from: line) else { return }
        switch said {
        case .reading(let position): lastSeen = position
        case .damage(let damage): damaged.append(damage)
        case .note(let note): notes.append(note)
        case .scanned(let scan): self.scan = scan
        case .unavailable(let reason): unavailable = reason
        case .done(let last):
            isComplete = true
            lastPosition = last
        }
    }
}
