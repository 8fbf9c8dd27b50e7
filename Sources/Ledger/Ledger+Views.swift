package import Projections
internal import Storage

extension Ledger {
    /// The views, brought to the head of the log: a person sees what they just did. Where the views cannot be brought forward, for instance
    /// because the disk is full, what they hold is shown, and the report says so.
    ///
    /// There is no other way to the views from the modules above, so that nobody forgets to bring them forward.
    package func viewsAtHead() -> Views { viewsWithEnd().views }

    /// The views as `viewsAtHead` returns them, for figures, which are not to be shown as if they were current.
    ///
    /// - Returns: The views, and the position before which they have read the log where they could not be brought to its head; `nil` where
    ///   they could.
    package func viewsWithEnd() -> (views: Views, end: UInt64?) {
        do {
            try views.catchUp()
        } catch is Cancellation.Cancelled {
            // The cancellation is thrown again by the next step of the caller.
        } catch {
            let end = (try? views.position()) ?? 0
            options.report("The usage figures could not be brought up to date, and are of the records before position \(end): \(error)")
            return (views, end)
        }
        return (views, nil)
    }

    /// Returns the views, which contain all records before `end`: the past is shown exactly or not at all, and a gap in the views is
    /// not shown as if there were no records.
    ///
    /// - Parameter end: The position.
    /// - Returns: The views.
    /// - Throws: The error that kept the views from catching up, where they do not reach `end`.
    package func views(through end: UInt64) throws -> Views {
        do {
            try views.catchUp()
        } catch {
            guard let reached = try? views.exactPosition(), reached >= end else { throw error }
        }
        return views
    }

    /// Returns the position up to which the views have read the log, without catching them up: a check of the views must not change
    /// them.
    package func viewsPosition() throws -> UInt64 { try views.position() }
}
