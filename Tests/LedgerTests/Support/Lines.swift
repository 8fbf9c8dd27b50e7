import Foundation
import Glibc

/// A file to which processes append lines; a line is there once `append` returned, even when the process is killed.
struct Lines: Sendable {
    let path: String

    func append(_ line: String) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        let bytes = Array((line + "\n").utf8)
        _ = unsafe write(descriptor, bytes, bytes.count)
        close(descriptor)
    }

    func read() -> [String] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        // A line without an end was not written whole.
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }
}
