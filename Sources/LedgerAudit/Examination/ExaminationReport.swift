internal import Foundation
package import Ledger

/// What several examinations of a ledger have found.
package struct ExaminationReport: Sendable {
    package private(set) var damaged: [Finding] = []
    package private(set) var notes: [ExaminationNote] = []

    package init() {}

    package var isSound: Bool { damaged.isEmpty }
    package var hasWarnings: Bool { notes.contains { $0.level == .warning } }

    /// Adds the result of an examination. An examination that did not come to its end is a finding itself.
    ///
    /// - Parameters:
    ///   - result: The result.
    ///   - crash: The reason of a crash, as a clause.
    package mutating func add(_ result: ExaminationResult, crash: String) {
        notes += result.notes
        for finding in result.damaged where !damaged.contains(finding) { damaged.append(finding) }
        if !result.isComplete, result.damaged.isEmpty || result.isCrash {
            damaged.append(Finding(position: result.lastSeen, what: result.lastSeen == nil ? "reading failed: " + crash : crash))
        }
    }

    /// Notes the folders that are missing. The permissions of the others are checked when the ledger is opened.
    package mutating func addMissingFolders(of folder: DataFolder) {
        for path in [folder.vault, folder.ledger, folder.checkpoints] where !FileManager.default.fileExists(atPath: path) {
            notes.append(ExaminationNote("\(path) is missing.", level: .warning))
        }
    }
}
