/* Adds a millisecond to every sync of the disk, for a server that is started with this library preloaded.
   Fast disks flatter a design that commits each event by itself. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static void a_millisecond(void) {
    struct timespec pause = {0, 1000000};
    nanosleep(&pause, 0);
}

int fsync(int file) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    a_millisecond();
    return real(file);
}

int fdatasync(int file) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    a_millisecond();
    return real(file);
}
