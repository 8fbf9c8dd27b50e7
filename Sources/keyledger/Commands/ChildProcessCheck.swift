internal import Foundation
internal import Ledger
internal import LedgerAudit
internal import Subprocess
internal import SystemPackage

/// Runs one part of doctor's work in a child process and reads its output, up to its end or its crash. Foundation's `Process`
/// is not used: it ends a process that has some 1,360 open descriptors, inherited ones included.
struct ChildProcessCheck {
    enum Part: String, CaseIterable {
        /// The records, their order, and the tree.
        case log
        /// The comparison of state and views with a rebuild.
        case derived
    }

    let folder: DataFolder

    /// Examines the log. If reading it crashes, it is read once more from there on, record by record. `arguments` are further
    /// ones for the child.
    func examineLog(arguments: [String] = []) async throws -> ExaminationResult {
        let log = try await run(.log, preciseFrom: nil, arguments)
        // The crash happened within a thousand records after the last line of output.
        guard !log.isComplete, let last = log.lastSeen else { return log }
        return try await run(.log, preciseFrom: last, arguments)
    }

    func run(_ part: Part, preciseFrom: UInt64?, _ arguments: [String] = []) async throws -> ExaminationResult {
        var words = ["doctor-examination", "--data", folder.path, "--part", part.rawValue] + arguments
        if let preciseFrom { words += ["--precise-from", String(preciseFrom)] }
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
        // LMDB writes a message of its own to standard error when it gives up; the report has the relevant part.
        let child = try await Subprocess.run(
            .path(FilePath(program)), arguments: Arguments(words), output: .bytes(limit: .max), error: .discarded)
        var result = ExaminationResult()
        for line in child.standardOutput.split(separator: UInt8(ascii: "\n")) {
            // A line that broke off is ignored.
            if let message = try? JSONDecoder().decode(ExaminationMessage.self, from: Data(line)) { result.add(message) }
        }
        let isKilled =
            switch child.terminationStatus {
            case .signaled: true
            case .exited(let code): code == ExitStatus.unavailable
            }
        result.isCrash = !result.isComplete && isKilled
        return result
    }
}
