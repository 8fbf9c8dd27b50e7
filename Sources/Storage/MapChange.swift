internal import CLMDB

/// What has to be done to the memory map of an environment before a transaction can go on.
enum MapChange {
    /// The map is full: it becomes twice as large.
    case growth
    /// Another process has made its map larger, and with it the files: the map here becomes as large as they are.
    case adoption

    /// `nil`: the error has to do with something else than the map.
    init?(for error: StorageError) {
        switch error {
        case .mapFull: self = .growth
        case .mapResized: self = .adoption
        default: return nil
        }
    }

    /// Moves the map, while no transaction exists in this process. Throws `.mapFull`, and leaves the map as it is, where it has `largestSize`
    /// bytes.
    func apply(to environment: OpaquePointer, _ path: String, largestSize: Int) throws(StorageError) {
        let size: Int
        switch self {
        case .growth:
            var info = unsafe MDB_envinfo()
            try check(unsafe mdb_env_info(environment, &info), path)
            guard unsafe info.me_mapsize < largestSize else { throw .mapFull }
            size = unsafe min(info.me_mapsize * 2, largestSize)
        case .adoption:
            // LMDB takes 0 for the size that the files have.
            size = 0
        }
        try check(unsafe mdb_env_set_mapsize(environment, size), path)
    }
}
