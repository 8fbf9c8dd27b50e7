internal import SwiftProtobuf

/// Returns bytes as the type that generated code holds them in. That type is Foundation's, which this module does without; a
/// protocol of the library is enough to name it.
func wireBytes<Bytes: SwiftProtobufContiguousBytes>(_ bytes: [UInt8]) -> Bytes { Bytes(bytes) }
