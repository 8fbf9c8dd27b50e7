public import Foundation

/// The files of this repository that tests read.
public enum Repository {
    private static let root = URL(filePath: #filePath).appending(path: "../../..").standardized

    /// The file or folder at a path from the repository's top.
    public static func file(_ path: String) -> URL { root.appending(path: path) }
}
