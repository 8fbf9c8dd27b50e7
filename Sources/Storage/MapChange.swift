internal import CLMDB

/// The change that the memory map of an environment needs before a transaction can continue.
enum MapChange {
    /// The map is full: its size is doubled.
    case growth
    /// Another process has made its map larger, and with it the files: the map here gets the size that they have.
    case adoption

    /// Determines the change from an error; the result is `nil` where the error does not concern the map.
    init?(for error: StorageError) {
        switch error {
        case .mapFull: self = .growth
        case .mapResized: self = .adoption
        default: return nil
        }
    }

    /// Changes the map, while no transaction exists in this process. Throws `.mapFull`, and leaves the map as it is, where it has
    /// `maxSize` bytes.
    func apply(to environment: OpaquePointer, _ path: String, maxSize: Int) throws(StorageError) {
        let size: Int
        switch self {
        case .growth:
            var info = unsafe MDB_envinfo()
            try check(unsafe mdb_env_info(environment, &info), path)
            guard unsafe info.me_mapsize < maxSize else { throw .mapFull }
            size = unsafe min(info.me_mapsize * 2, maxSize)
        case .adoption:
            // LMDB takes 0 for the size that the files have.
            size = 0
        }
        try check(unsafe mdb_env_set_mapsize(environment, size), path)
    }
}
