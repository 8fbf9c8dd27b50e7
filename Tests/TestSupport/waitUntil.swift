internal import Testing

/// Waits until a condition holds that other tasks or threads bring about, for two minutes at least: a test whose condition never holds
/// fails, and does not keep the others from ending. Polls are counted, not time, since on a busy machine the waiting task itself gets
/// its turn late.
///
/// - Parameters:
///   - isolation: The actor that the condition is evaluated on, the caller's.
///   - fileID: The file that a failure is recorded for, the caller's.
///   - filePath: The path of that file.
///   - line: The line that a failure is recorded for, the caller's.
///   - condition: The condition. An error that it throws is recorded as a failure, and ends the waiting.
public func waitUntil(
    isolation: isolated (any Actor)? = #isolation, fileID: String = #fileID, filePath: String = #filePath, line: Int = #line,
    _ condition: () throws -> Bool
) async {
    let sourceLocation = SourceLocation(fileID: fileID, filePath: filePath, line: line, column: 1)
    do {
        for _ in 0..<24_000 {
            if try condition() { return }
            // A cancelled task would not sleep.
            await Task.detached { try? await Task.sleep(for: .milliseconds(5)) }.value
        }
        Issue.record("The condition did not come to hold.", sourceLocation: sourceLocation)
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
}
