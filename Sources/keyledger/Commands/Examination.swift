internal import Foundation
internal import Ledger
internal import Subprocess
internal import SystemPackage

/// Runs one part of doctor's work in a process of its own and reads what it says, up to its end or its crash. Not by Foundation's
/// `Process`, which ends a process that holds some 1,360 descriptors, be they inherited ones.
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
    func examineLog(arguments: [String] = []) async throws -> Result {
        let log = try await run(.log, preciseFrom: nil, arguments)
        // Crashed somewhere in the thousand records after the last word.
        guard !log.isComplete, let last = log.lastSeen else { return log }
        return try await run(.log, preciseFrom: last, arguments)
    }

    func run(_ part: Part, preciseFrom: UInt64?, _ arguments: [String] = []) async throws -> Result {
        var words = ["doctor-examination", "--data", folder.path, "--part", part.rawValue] + arguments
        if let preciseFrom { words += ["--precise-from", String(preciseFrom)] }
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
        // LMDB writes its own words to standard error when it gives up; the report says what matters.
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
    /// Takes in one line of the child's; one that broke off says nothing.
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
