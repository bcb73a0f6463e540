// The CUDA driver's functions that CudaLibrary binds.
#define _GNU_SOURCE
#include "standin.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_int allocations, contexts, modules, streams, fail_launch;
static _Thread_local void *current;
static char the_context, the_module, the_function;

int standin_has_context(void) { return current != NULL; }

// What is still held, for tests that look for leaks: memory + streams + modules + contexts.
API int standinHeld(void) { return allocations + contexts + modules + streams; }

API void standinFailLaunch(int result) { fail_launch = result; }

API int cuInit(unsigned flags) { return flags == 0 ? 0 : cudaInvalidValue; }

API int cuGetErrorString(int error, const char **text) {
    *text = error == cudaInvalidValue     ? "invalid argument"
            : error == cudaNoDevice       ? "no CUDA-capable device is detected"
            : error == cudaInvalidContext ? "invalid device context"
            : error == cudaIllegalState   ? "the operation cannot be performed in the present state"
            : error == cudaNotFound       ? "named symbol not found"
                                          : NULL;
    return *text ? 0 : cudaInvalidValue;
}

API int cuDeviceGet(int *device, int ordinal) {
    *device = ordinal + 40;  // a handle is no ordinal
    return ordinal >= 0 && ordinal < 16 ? 0 : cudaNoDevice;
}

API int cuDevicePrimaryCtxRetain(void **context, int device) {
    if (device < 40) return cudaInvalidValue;
    contexts++;
    *context = &the_context;
    return 0;
}

API int cuDevicePrimaryCtxRelease_v2(int device) {
    if (device < 40) return cudaInvalidValue;
    contexts--;
    return 0;
}

API int cuCtxSetCurrent(void *context) {
    if (context != NULL && context != &the_context) return cudaInvalidContext;
    current = context;
    return 0;
}

API int cuMemAlloc_v2(uintptr_t *address, size_t bytes) {
    if (!current) return cudaInvalidContext;
    if (bytes == 0) return cudaInvalidValue;
    void *memory = NULL;
    if (posix_memalign(&memory, 256, bytes)) return 2;
    memset(memory, 0x7F, bytes);  // not zero: whoever reads what was not written finds large numbers
    allocations++;
    *address = (uintptr_t)memory;
    return 0;
}

API int cuMemFree_v2(uintptr_t address) {
    if (!current) return cudaInvalidContext;
    allocations--;
    free((void *)address);
    return 0;
}

static void *work(void *argument) {
    stream *s = argument;
    pthread_mutex_lock(&s->lock);
    for (;;) {
        while (!s->first && !s->ending) pthread_cond_wait(&s->changed, &s->lock);
        task *t = s->first;
        if (!t) break;
        s->first = t->next;
        if (!s->first) s->last = NULL;
        s->busy = 1;
        pthread_mutex_unlock(&s->lock);
        t->run(t);
        free(t);
        pthread_mutex_lock(&s->lock);
        s->busy = 0;
        pthread_cond_broadcast(&s->changed);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static void append(stream *s, task *t) {
    t->next = NULL;
    if (s->last) s->last->next = t;
    else s->first = t;
    s->last = t;
    pthread_cond_broadcast(&s->changed);
}

static int stream_put(stream *s, task *t) {
    int result = !current ? cudaInvalidContext : 0;
    pthread_mutex_lock(&s->lock);
    if (s->launching) result = cudaIllegalState;
    if (result == 0) append(s, t);
    pthread_mutex_unlock(&s->lock);
    if (result != 0) free(t);
    return result;
}

int stream_begin_launch(stream *s) {
    pthread_mutex_lock(&s->lock);
    int free_now = !s->launching;
    s->launching = 1;
    pthread_mutex_unlock(&s->lock);
    return free_now;
}

void stream_end_launch(stream *s, task *t) {
    pthread_mutex_lock(&s->lock);
    s->launching = 0;
    if (t) append(s, t);
    pthread_mutex_unlock(&s->lock);
}

API int cuStreamCreate(stream **created, unsigned flags) {
    if (!current) return cudaInvalidContext;
    if (flags > 1) return cudaInvalidValue;
    stream *s = calloc(1, sizeof *s);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    pthread_create(&s->thread, NULL, work, s);
    streams++;
    *created = s;
    return 0;
}

API int cuStreamDestroy_v2(stream *s) {
    if (!current) return cudaInvalidContext;
    pthread_mutex_lock(&s->lock);
    s->ending = 1;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    free(s);
    streams--;
    return 0;
}

API int cuStreamQuery(stream *s) {
    pthread_mutex_lock(&s->lock);
    int idle = !s->first && !s->busy;
    pthread_mutex_unlock(&s->lock);
    return idle ? 0 : cudaNotReady;
}

typedef struct {
    task head;
    void *into;
    const void *from;
    size_t bytes;
} copy_task;

static void run_copy(task *t) {
    copy_task *c = (copy_task *)t;
    memmove(c->into, c->from, c->bytes);
}

static int copy(void *into, const void *from, size_t bytes, stream *s) {
    copy_task *c = malloc(sizeof *c);
    *c = (copy_task){{NULL, run_copy}, into, from, bytes};
    return stream_put(s, &c->head);
}

API int cuMemcpyHtoDAsync_v2(uintptr_t into, const void *from, size_t bytes, stream *s) { return copy((void *)into, from, bytes, s); }
API int cuMemcpyDtoHAsync_v2(void *into, uintptr_t from, size_t bytes, stream *s) { return copy(into, (void *)from, bytes, s); }
API int cuMemcpyDtoDAsync_v2(uintptr_t into, uintptr_t from, size_t bytes, stream *s) { return copy((void *)into, (void *)from, bytes, s); }

// It cannot translate PTX: what it has is this one function, which it gives for a text that defines it.
API int cuModuleLoadData(void **module, const char *image) {
    if (!current) return cudaInvalidContext;
    if (strncmp(image, ".version", 8) || !strstr(image, ".entry add_f32(")) return 218;
    modules++;
    *module = &the_module;
    return 0;
}

API int cuModuleUnload(void *module) {
    if (!current || module != &the_module) return cudaInvalidContext;
    modules--;
    return 0;
}

API int cuModuleGetFunction(void **function, void *module, const char *name) {
    *function = &the_function;
    return module == &the_module && !strcmp(name, "add_f32") ? 0 : cudaNotFound;
}

typedef struct {
    task head;
    const float *left, *right;
    float *into;
    uint64_t count, stride;
} add_task;

// As the kernel does: each of the launch's threads goes on in strides. One thread after the other.
static void run_add(task *t) {
    add_task *a = (add_task *)t;
    for (uint64_t thread = 0; thread < a->stride; thread++)
        for (uint64_t i = thread; i < a->count; i += a->stride) a->into[i] = a->left[i] + a->right[i];
}

API int cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared,
                       stream *s, void **arguments, void **extra) {
    if (function != &the_function || !gx || gy != 1 || gz != 1 || !bx || bx > 1024 || by != 1 || bz != 1 || shared || extra)
        return cudaInvalidValue;
    int fails = atomic_exchange(&fail_launch, 0);
    if (fails) return fails;
    add_task *a = malloc(sizeof *a);
    *a = (add_task){{NULL, run_add},
                    *(const float **)arguments[0],
                    *(const float **)arguments[1],
                    *(float **)arguments[2],
                    *(uint64_t *)arguments[3],
                    (uint64_t)gx * bx};
    return stream_put(s, &a->head);
}
