import CLMDB
import Glibc
import Testing

@testable import Storage

@Suite struct StorageErrorTests {
    @Test(arguments: [
        (MDB_KEYEXIST, StorageError.keyExists), (MDB_PANIC, .panic), (MDB_VERSION_MISMATCH, .versionMismatch), (MDB_INVALID, .notLMDB),
        (MDB_MAP_FULL, .mapFull), (MDB_MAP_RESIZED, .mapResized), (MDB_READERS_FULL, .readersFull), (MDB_BAD_VALSIZE, .badValueSize),
        (ENOSPC, .noSpace), (EDQUOT, .noSpace), (EFBIG, .noSpace), (EIO, .inputOutput), (EACCES, .notPermitted(path: "p")),
        (EPERM, .notPermitted(path: "p")), (EROFS, .notPermitted(path: "p")), (ENOENT, .missing(path: "p")),
        (ENOTDIR, .notAFolder(path: "p")), (EAGAIN, .otherPIDNamespace(path: "p")),
    ])
    func aCodeWithAMeaningHasItsCase(_ code: Int32, _ error: StorageError) {
        #expect(StorageError(code: code, path: "p") == error)
        #expect(StorageError(systemError: code, path: "p") == error)
    }

    @Test(arguments: [MDB_PAGE_NOTFOUND, MDB_CORRUPTED, MDB_CURSOR_FULL, MDB_PAGE_FULL])
    func damageSaysWhatLMDBSays(_ code: Int32) {
        guard case .corrupted(let text) = StorageError(code: code, path: "p") else {
            Issue.record("\(code) is not damage")
            return
        }
        #expect(text.hasPrefix("MDB_"))
    }

    /// Every code of LMDB and of the system is some error, and every error can be told to a person.
    @Test func theMapIsTotal() {
        for code in Array(MDB_KEYEXIST...MDB_BAD_DBI) + Array(1...133) + [-1, 9999] {
            let error = StorageError(code: code, path: "the-path")
            #expect(error.description.count > 10)
            if case .unexpected(let kept, let text) = error {
                #expect(kept == code)
                #expect(error.description.contains(text) && error.description.contains(String(code)))
            }
        }
    }

    /// LMDB's codes without a case of their own are misuse, which no operator can mend.
    @Test func onlyMisuseIsUnexpected() {
        let unexpected = (MDB_KEYEXIST...MDB_LAST_ERRCODE).filter { code in
            if case .unexpected = StorageError(code: code, path: "p") { true } else { false }
        }
        let misuse = [MDB_NOTFOUND, MDB_DBS_FULL, MDB_TLS_FULL, MDB_TXN_FULL, MDB_INCOMPATIBLE, MDB_BAD_RSLOT, MDB_BAD_TXN, MDB_BAD_DBI]
        #expect(unexpected == misuse.sorted())
    }

    @Test func thePathIsNamed() {
        for error in [
            StorageError.notPermitted(path: "a/b"), .missing(path: "a/b"), .notAFolder(path: "a/b"), .alreadyOpen(path: "a/b"),
            .otherPIDNamespace(path: "a/b"),
        ] {
            #expect(error.description.contains("a/b"))
        }
    }

    @Test func zeroIsNoError() { #expect(throws: Never.self) { try check(0) } }
}
