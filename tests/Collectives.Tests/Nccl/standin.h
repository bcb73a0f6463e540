// A stand-in for libcuda and libnccl that the tests build: the device is the host's memory, a stream is a thread. It is strict where
// the real ones are undefined, so that code which only works by luck fails here. Two parts of one library: driver.c and nccl.c.
#pragma once
#include <pthread.h>
#include <stdint.h>

#define API __attribute__((visibility("default")))

// What a stream does, in order. Each has its arguments behind this head, and is freed by the stream.
typedef struct task {
    struct task *next;
    void (*run)(struct task *);
} task;

typedef struct stream {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    task *first, *last;
    int busy;       // a task runs
    int launching;  // NCCL has been told to put work here and has not yet: nobody else may
    int ending;
} stream;

enum { cudaInvalidValue = 1, cudaNoDevice = 100, cudaInvalidContext = 201, cudaIllegalState = 401, cudaNotFound = 500, cudaNotReady = 600 };

// Whether the calling thread has made a device current.
int standin_has_context(void);

// From NCCL's own threads: between these, stream_put of others is an illegal state.
int stream_begin_launch(stream *s);
void stream_end_launch(stream *s, task *t);
