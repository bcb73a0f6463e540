// NCCL's functions that NcclLibrary binds, over memory that processes share: a ring of bytes from each rank to each other. Communicators never
// block; whoever does not wait until ncclCommGetAsyncError says success is refused.
#define _GNU_SOURCE
#include "standin.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { success, unhandledCudaError, systemError, internalError, invalidArgument, invalidUsage, remoteError, inProgress };
enum { MOST_RANKS = 16, RING = 16 << 10, MAGIC = 0x4C43434E, FLOAT32 = 7, HEADER = 16 };

typedef struct {
    uint64_t sent, taken;
    unsigned char bytes[RING];
} ring;

typedef struct {
    uint32_t magic, changed;
    uint64_t nonce;
    pthread_mutex_t lock;
    int pid, fd, world, joined, tells;
    int arrived[MOST_RANKS], aborted[MOST_RANKS];
    ring rings[MOST_RANKS][MOST_RANKS];  // from, to
} segment;

typedef struct {
    uint32_t magic;
    int pid, fd;
    uint64_t nonce;
    char rest[104];
} unique_id;

typedef struct {
    size_t size;
    unsigned magic, version;
    int blocking, cgaClusterSize, minCTAs, maxCTAs;
    const char *netName;
    int splitShare;
} config;

_Static_assert(sizeof(unique_id) == 128 && sizeof(config) == 48, "as in nccl.h");

typedef struct {
    uint32_t magic;  // cleared when it is freed; the memory stays, so that a later use is seen
    int rank, world;
    unique_id id;
    segment *shared;
    atomic_int busy, error, abort, pending;  // busy: joins, or puts a group into a stream
    pthread_t thread;
    int has_thread;
} comm;

typedef struct {
    int sends, peer;
    unsigned char *buffer;
    uint64_t count, bytes, done;
    unsigned char header[HEADER];
} transfer;

typedef struct {
    task head;
    comm *c;
    stream *on;
    int fails, count;
    transfer *transfers;
} group;

static atomic_int aborts, destroys, live, fail_next, tells_of_ends, version = 22304;
static char last_error[200];
static _Thread_local int depth, group_error;
static _Thread_local group *open_group;

API void standinTellOfEnds(int on) { tells_of_ends = on; }
API void standinFailNext(int result) { fail_next = result; }
API void standinSetVersion(int code) { version = code; }
API int standinAborts(void) { return aborts; }
API int standinDestroys(void) { return destroys; }
API int standinCommunicators(void) { return live; }

static int refuse(int result, const char *why) {
    snprintf(last_error, sizeof last_error, "%s", why);
    return result;
}

// A process that was killed may have held it.
static void lock(segment *s) {
    if (pthread_mutex_lock(&s->lock) == EOWNERDEAD) pthread_mutex_consistent(&s->lock);
}

static void unlock(segment *s) { pthread_mutex_unlock(&s->lock); }

// Locked. A futex, since a killed waiter would hang a condition variable of several processes.
static void tell(segment *s) {
    s->changed++;
    syscall(SYS_futex, &s->changed, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static void wait_for_news(segment *s) {
    struct timespec most = {0, 20 * 1000 * 1000};
    uint32_t seen = s->changed;
    unlock(s);
    syscall(SYS_futex, &s->changed, FUTEX_WAIT, seen, &most, NULL, 0);
    lock(s);
}

API int ncclGetVersion(int *code) {
    *code = version;
    return success;
}

API const char *ncclGetErrorString(int result) {
    static const char *const words[] = {"no error", "unhandled cuda error", "unhandled system error", "internal error", "invalid argument",
                                        "invalid usage", "remote process exited or there was a network error", "NCCL operation in progress"};
    return result >= success && result <= inProgress ? words[result] : "unknown result code";
}

API const char *ncclGetLastError(void *communicator) {
    (void)communicator;
    return last_error;
}

API int ncclGetUniqueId(unique_id *id) {
    int fd = memfd_create("nccl-standin", 0);
    if (fd < 0 || ftruncate(fd, sizeof(segment))) return refuse(systemError, "no shared memory");
    segment *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&s->lock, &attributes);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    s->nonce = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    s->tells = tells_of_ends;
    s->pid = getpid();
    s->fd = fd;
    s->magic = MAGIC;
    *id = (unique_id){.magic = MAGIC, .pid = s->pid, .fd = fd, .nonce = s->nonce};
    munmap(s, sizeof *s);
    return success;
}

static segment *open_segment(const unique_id *id) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", id->pid, id->fd);
    int fd = open(path, O_RDWR);
    if (fd < 0) return NULL;
    segment *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (s == MAP_FAILED) return NULL;
    if (s->magic == MAGIC && s->nonce == id->nonce) return s;
    munmap(s, sizeof *s);
    return NULL;
}

static void *join(void *argument) {
    comm *c = argument;
    segment *s = open_segment(&c->id);
    if (!s) {
        c->error = refuse(systemError, "nobody answers at the address of the id");
        return NULL;
    }

    c->shared = s;
    lock(s);
    int refused = (s->world != 0 && s->world != c->world) || s->arrived[c->rank];
    if (!refused) {
        s->world = c->world;
        s->arrived[c->rank] = 1;
        s->joined++;
        tell(s);
        while (s->joined < s->world && !c->abort) wait_for_news(s);
        if (s->joined == s->world && s->pid == getpid() && s->fd >= 0) {
            close(s->fd);  // all have it mapped
            s->fd = -1;
        }
    }

    unlock(s);
    if (refused) c->error = refuse(invalidUsage, "another number of ranks, or the same rank twice");
    c->busy = 0;
    return NULL;
}

API int ncclCommInitRankConfig(comm **created, int world, unique_id id, int rank, const config *with) {
    if (!standin_has_context()) return refuse(unhandledCudaError, "no device is current");
    if (with->magic != 0xCAFEBEEF || with->size != sizeof *with || with->version < 21400 || with->blocking != 0 || with->netName)
        return refuse(invalidArgument, "the configuration is not initialized, or blocks");
    if (with->cgaClusterSize != INT_MIN || with->minCTAs != INT_MIN || with->maxCTAs != INT_MIN || with->splitShare != INT_MIN)
        return refuse(invalidArgument, "a value is set that nobody meant to set");
    if (world < 1 || world > MOST_RANKS || rank < 0 || rank >= world) return refuse(invalidArgument, "rank");
    if (id.magic != MAGIC) return refuse(invalidArgument, "the id is none of ncclGetUniqueId");
    comm *c = calloc(1, sizeof *c);
    c->magic = MAGIC;
    c->rank = rank;
    c->world = world;
    c->id = id;
    c->busy = c->has_thread = 1;
    live++;
    pthread_create(&c->thread, NULL, join, c);
    *created = c;
    return inProgress;
}

API int ncclCommGetAsyncError(comm *c, int *state) {
    if (c->magic != MAGIC) return refuse(invalidArgument, "the communicator was freed");
    *state = c->error ? c->error : c->busy ? inProgress : success;
    return success;
}

static void end_thread(comm *c) {
    if (c->has_thread) pthread_join(c->thread, NULL);
    c->has_thread = 0;
}

static void release(comm *c) {
    if (c->shared) munmap(c->shared, sizeof *c->shared);
    c->magic = 0;
    live--;
}

API int ncclCommAbort(comm *c) {
    if (c->magic != MAGIC) return refuse(invalidArgument, "the communicator was freed");
    c->abort = 1;
    end_thread(c);
    if (c->shared) {
        lock(c->shared);
        c->shared->aborted[c->rank] = 1;
        tell(c->shared);
        while (c->pending) wait_for_news(c->shared);
        unlock(c->shared);
    }

    release(c);
    aborts++;
    return success;
}

API int ncclCommDestroy(comm *c) {
    if (c->magic != MAGIC) return refuse(invalidArgument, "the communicator was freed");
    if (c->busy || c->error || c->pending) return refuse(invalidUsage, "the communicator is at work");
    end_thread(c);
    release(c);
    destroys++;
    return success;
}

API int ncclGroupStart(void) {
    depth++;
    return success;
}

static int add(int sends, void *buffer, size_t count, int type, int peer, comm *c, stream *on) {
    int result = depth != 1                                   ? refuse(invalidUsage, "not in a group, or in a group of a group")
                 : c->magic != MAGIC                          ? refuse(invalidArgument, "the communicator was freed")
                 : c->busy || c->error                        ? refuse(invalidUsage, "the communicator is not ready")
                 : peer < 0 || peer >= c->world || !on        ? refuse(invalidArgument, "peer or stream")
                 : type != FLOAT32 || !count || !buffer       ? refuse(invalidArgument, "type, count or buffer")
                 : open_group && (open_group->c != c || open_group->on != on) ? refuse(invalidUsage, "two communicators in a group")
                                                              : success;
    if (result != success) return group_error = result;
    if (!open_group) {
        open_group = calloc(1, sizeof *open_group);
        open_group->c = c;
        open_group->on = on;
    }

    group *g = open_group;
    g->transfers = realloc(g->transfers, sizeof(transfer) * (size_t)(g->count + 1));
    transfer *t = &g->transfers[g->count++];
    *t = (transfer){.sends = sends, .peer = peer, .buffer = buffer, .count = count, .bytes = count * sizeof(float)};
    uint64_t header[2] = {count, (uint64_t)type};
    memcpy(t->header, header, HEADER);
    return success;
}

API int ncclSend(void *buffer, size_t count, int type, int peer, comm *c, stream *on) { return add(1, buffer, count, type, peer, c, on); }
API int ncclRecv(void *buffer, size_t count, int type, int peer, comm *c, stream *on) { return add(0, buffer, count, type, peer, c, on); }

// Locked. Moves what there is or is room for, and says how much; −1 where the peer has sent another length.
static int64_t move(transfer *t, segment *s, int rank) {
    ring *r = t->sends ? &s->rings[rank][t->peer] : &s->rings[t->peer][rank];
    int64_t moved = 0;
    while (t->done < HEADER + t->bytes) {
        int in_header = t->done < HEADER;
        uint64_t at = (t->sends ? r->sent : r->taken) % RING;
        uint64_t most = t->sends ? RING - (r->sent - r->taken) : r->sent - r->taken;
        uint64_t left = in_header ? HEADER - t->done : HEADER + t->bytes - t->done;
        uint64_t some = most < left ? most : left;
        if (some > RING - at) some = RING - at;
        if (!some) break;
        unsigned char *mine = in_header ? t->header + t->done : t->buffer + (t->done - HEADER);
        if (t->sends) {
            memcpy(r->bytes + at, mine, some);
            r->sent += some;
        } else if (in_header && memcmp(r->bytes + at, mine, some)) {
            return -1;
        } else {
            if (!in_header) memcpy(mine, r->bytes + at, some);
            r->taken += some;
        }

        t->done += some;
        moved += (int64_t)some;
    }

    return moved;
}

// Between two ranks, transfers of one direction go one behind the other.
static int is_next(const group *g, int index) {
    for (int i = 0; i < index; i++)
        if (g->transfers[i].sends == g->transfers[index].sends && g->transfers[i].peer == g->transfers[index].peer &&
            g->transfers[i].done < HEADER + g->transfers[i].bytes)
            return 0;
    return 1;
}

// A task of the stream. Like a kernel of NCCL's it stays until all is moved, or until the communicator is aborted: not because a peer is gone.
static void run_group(task *head) {
    group *g = (group *)head;
    comm *c = g->c;
    segment *s = c->shared;
    lock(s);
    while (!c->abort) {
        int64_t moved = 0;
        int left = g->fails;
        for (int i = 0; i < g->count && !g->fails && !c->error; i++) {
            transfer *t = &g->transfers[i];
            if (t->done == HEADER + t->bytes) continue;
            int64_t some = is_next(g, i) ? move(t, s, c->rank) : 0;
            if (some < 0) c->error = refuse(internalError, "a peer sends another length than is expected");
            moved += some > 0 ? some : 0;
            left += t->done < HEADER + t->bytes;
            if (s->tells && s->aborted[t->peer] && some == 0 && !c->error)
                c->error = refuse(remoteError, "the connection to a peer is closed");
        }

        if (!c->error && !left) break;
        if (moved) tell(s);
        else wait_for_news(s);
    }

    c->pending--;
    tell(s);
    unlock(s);
    free(g->transfers);
}

// Later than ncclGroupEnd returns, on another thread.
static void *launch(void *argument) {
    group *g = argument;
    comm *c = g->c;
    struct timespec later = {0, 200 * 1000};
    nanosleep(&later, NULL);
    if (g->fails) c->error = refuse(g->fails, "as the test wants it");
    stream_end_launch(g->on, &g->head);  // which frees it
    c->busy = 0;
    return NULL;
}

API int ncclGroupEnd(void) {
    group *g = open_group;
    int error = group_error;
    open_group = NULL;
    group_error = success;
    depth--;
    if (error != success || !g) {
        if (g) free(g->transfers);
        free(g);
        return error;
    }

    comm *c = g->c;
    if (!stream_begin_launch(g->on)) return refuse(invalidUsage, "another group is being put into the stream");
    end_thread(c);
    g->head.run = run_group;
    g->fails = atomic_exchange(&fail_next, 0);
    c->pending++;
    c->busy = c->has_thread = 1;
    pthread_create(&c->thread, NULL, launch, g);
    return inProgress;
}
