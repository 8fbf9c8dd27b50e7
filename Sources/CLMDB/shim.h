#pragma once
#include <lmdb.h>
#include <sys/types.h>

// glibc declares it for _GNU_SOURCE only, which Swift's import of glibc does not set.
extern int fallocate(int descriptor, int mode, off_t offset, off_t length);
