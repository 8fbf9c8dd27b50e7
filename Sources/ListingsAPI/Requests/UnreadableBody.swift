/// The error that the rest of a body could not be read from its connection.
struct UnreadableBody: Error {
    let cause: any Error
}
