/* Preloaded before a program: counts what it does to files, and at the operation numbered KILL_SWEEP_AT ends it, or lets that fail.
 *
 *   KILL_SWEEP_AT     the number of the operation, from 1; 0: none
 *   KILL_SWEEP_HOW    "before" or "after": SIGKILL before or after it; or the number of an error, with which it fails, and so does every one
 *                     of its kind (sync, or any that needs room) from then on
 *   KILL_SWEEP_ONLY   the name of the only operation that is counted, such as link
 *   KILL_SWEEP_COUNT  a file to which a byte is added for each operation
 *
 * Counted is what changes files or makes changes durable, and writing to a pipe or a terminal: the answer.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { SYNC, ROOM, OTHER };
enum how { BEFORE, AFTER, FAIL };

static atomic_long operations;
static long at;
static enum how how;
static int failure;
static int counts = -1;
static const char *only;
static __thread int inside, reached;

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
    const char *text = getenv("KILL_SWEEP_AT");
    at = text ? atol(text) : 0;
    text = getenv("KILL_SWEEP_HOW");
    how = !text || !strcmp(text, "before") ? BEFORE : !strcmp(text, "after") ? AFTER : FAIL;
    if (how == FAIL) failure = atoi(text);
    only = getenv("KILL_SWEEP_ONLY");
    text = getenv("KILL_SWEEP_COUNT");
    if (text) counts = REAL(open)(text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void end(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* Whether the operation is to fail. */
static int enter(enum kind kind, const char *name) {
    if (inside++ || (only && strcmp(name, only) != 0)) return 0;
    long number = atomic_fetch_add(&operations, 1) + 1;
    if (counts >= 0) dprintf(counts, "%s\n", name);
    if (at == 0) return 0;
    if (number == at && how == BEFORE) end();
    reached = number >= at;
    if (how != FAIL || number < at) return 0;
    enum kind wanted = failure == EIO ? SYNC : ROOM;
    if (kind != wanted) return 0;
    errno = failure;
    return 1;
}

static void leave(void) {
    int kept = errno;
    if (--inside == 0 && reached && how == AFTER) end();
    errno = kept;
}

#define COUNTED(kind, type, name, parameters, arguments)                                                                                   \
    type name parameters {                                                                                                                 \
        int fails = enter(kind, #name);                                                                                                    \
        type result = fails ? (type)-1 : REAL(name) arguments;                                                                             \
        leave();                                                                                                                           \
        return result;                                                                                                                     \
    }

/* Only what makes a file. */
#define OPENING(name, parameters, arguments)                                                                                               \
    int name parameters {                                                                                                                  \
        mode_t mode = 0;                                                                                                                   \
        if (flags & (O_CREAT | __O_TMPFILE)) {                                                                                             \
            va_list rest;                                                                                                                  \
            va_start(rest, flags);                                                                                                         \
            mode = va_arg(rest, mode_t);                                                                                                   \
            va_end(rest);                                                                                                                  \
        }                                                                                                                                  \
        int isCounted = (flags & (O_CREAT | O_TRUNC)) != 0;                                                                                \
        int fails = isCounted && enter(ROOM, #name);                                                                                       \
        int result = fails ? -1 : REAL(name) arguments;                                                                                    \
        if (isCounted) leave();                                                                                                            \
        return result;                                                                                                                     \
    }

OPENING(open, (const char *path, int flags, ...), (path, flags, mode))
OPENING(open64, (const char *path, int flags, ...), (path, flags, mode))
OPENING(openat, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
OPENING(openat64, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))

/* The program's own pipes between threads (eventfd and the like) are no files and no answers. */
static int isAnswer(int descriptor) {
    struct stat status;
    if (fstat(descriptor, &status) != 0) return 0;
    return S_ISREG(status.st_mode) || descriptor == STDOUT_FILENO;
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    if (!isAnswer(descriptor)) return REAL(write)(descriptor, bytes, count);
    int fails = enter(descriptor == STDOUT_FILENO ? OTHER : ROOM, "write");
    ssize_t result = fails ? -1 : REAL(write)(descriptor, bytes, count);
    leave();
    return result;
}

COUNTED(ROOM, ssize_t, pwrite, (int descriptor, const void *bytes, size_t count, off_t offset), (descriptor, bytes, count, offset))
COUNTED(ROOM, ssize_t, pwrite64, (int descriptor, const void *bytes, size_t count, off64_t offset), (descriptor, bytes, count, offset))
COUNTED(ROOM, ssize_t, pwritev, (int descriptor, const struct iovec *vector, int count, off_t offset), (descriptor, vector, count, offset))
COUNTED(ROOM, ssize_t, pwritev64, (int descriptor, const struct iovec *vector, int count, off64_t offset), (descriptor, vector, count, offset))
COUNTED(SYNC, int, fsync, (int descriptor), (descriptor))
COUNTED(SYNC, int, fdatasync, (int descriptor), (descriptor))
COUNTED(SYNC, int, msync, (void *address, size_t length, int flags), (address, length, flags))
COUNTED(OTHER, int, rename, (const char *from, const char *to), (from, to))
COUNTED(ROOM, int, link, (const char *from, const char *to), (from, to))
COUNTED(OTHER, int, unlink, (const char *path), (path))
COUNTED(OTHER, int, unlinkat, (int folder, const char *path, int flags), (folder, path, flags))
COUNTED(OTHER, int, rmdir, (const char *path), (path))
COUNTED(ROOM, int, mkdir, (const char *path, mode_t mode), (path, mode))
COUNTED(ROOM, int, mkdirat, (int folder, const char *path, mode_t mode), (folder, path, mode))
COUNTED(OTHER, int, ftruncate, (int descriptor, off_t length), (descriptor, length))
COUNTED(OTHER, int, ftruncate64, (int descriptor, off64_t length), (descriptor, length))
COUNTED(ROOM, int, fallocate, (int descriptor, int mode, off_t offset, off_t length), (descriptor, mode, offset, length))
COUNTED(ROOM, int, fallocate64, (int descriptor, int mode, off64_t offset, off64_t length), (descriptor, mode, offset, length))
