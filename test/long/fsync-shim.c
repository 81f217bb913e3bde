// Preloaded in front of the C library: fsync and fdatasync fail with EIO for as long as the file named by FSYNC_TRIGGER
// exists, as those of a dying disk do. What was written stays in the page cache, as it does there.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int fails(void) {
  const char *trigger = getenv("FSYNC_TRIGGER");
  return trigger != NULL && access(trigger, F_OK) == 0;
}

static int sync_or_fail(const char *name, int file) {
  if (fails()) {
    errno = EIO;
    return -1;
  }
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  return real(file);
}

int fsync(int file) { return sync_or_fail("fsync", file); }
int fdatasync(int file) { return sync_or_fail("fdatasync", file); }
