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

/// The changes of the map for one transaction. They end, since damaged files may ask for a size that the map never gets.
struct MapChanges {
    private var adoptions = 0
    /// The maximum number of adoptions, which is more than processes enlarge the map while one transaction begins.
    private static let maxAdoptions = 8

    /// Returns the change that an error asks for; `nil` where it does not concern the map. Throws `.corrupted` where the size that the files
    /// ask for was adopted again and again in vain.
    mutating func next(for error: StorageError) throws(StorageError) -> MapChange? {
        guard let change = MapChange(for: error) else { return nil }
        guard case .adoption = change else { return change }
        adoptions += 1
        guard adoptions <= Self.maxAdoptions else { throw .corrupted("they say that they are larger than a map can be") }
        return change
    }
}
