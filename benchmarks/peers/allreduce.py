"""The all-reduce benchmark with torch.distributed over gloo: float32 in place, a process a rank, all on this machine.

usage: allreduce.py WORLD MIB [ROUNDS]      Prints one line of JSON, as ours is.
A call takes as long as it does on its slowest rank, and each begins with a barrier.
"""

import json
import os
import socket
import subprocess
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["USE_LIBUV"] = "0"
os.environ["GLOO_SOCKET_IFNAME"] = "lo"

world, mib = int(sys.argv[1]), float(sys.argv[2])
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else int(min(max(2048 / mib, 51), 501))
length = int(mib * 1024 * 1024 / 4)
warm_up = min(max((1 << 29) // max(4 * length, 1), 12), 3000)


def rank_body(rank, port):
    import torch
    import torch.distributed as dist

    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=world)
    values = torch.arange(length, dtype=torch.float32).remainder(7) * (rank + 1)
    dist.all_reduce(values)
    if not torch.equal(values, torch.arange(length, dtype=torch.float32).remainder(7) * (world * (world + 1) // 2)):
        raise RuntimeError("the sum is wrong")
    values.zero_()
    for _ in range(warm_up):
        dist.all_reduce(values)
    times = torch.empty(rounds, dtype=torch.float64)
    for i in range(rounds):
        dist.barrier()
        begun = time.perf_counter()
        dist.all_reduce(values)
        times[i] = time.perf_counter() - begun
    dist.all_reduce(times, op=dist.ReduceOp.MAX)
    if rank == 0:
        ordered = sorted(times.tolist())
        median = ordered[len(ordered) // 2]
        print(
            json.dumps(
                {
                    "transport": "gloo",
                    "world": world,
                    "mib": mib,
                    "medianMs": round(median * 1000, 4),
                    "bestMs": round(ordered[0] * 1000, 4),
                    "busGBps": round(2 * (world - 1) / world * 4 * length / median / 1e9, 3),
                }
            )
        )
    dist.barrier()
    dist.destroy_process_group()


if "RANK_PORT" in os.environ:
    rank_body(int(os.environ["RANK"]), int(os.environ["RANK_PORT"]))
else:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    ranks = [
        subprocess.Popen([sys.executable, *sys.argv], env={**os.environ, "RANK": str(rank), "RANK_PORT": str(free)})
        for rank in range(world)
    ]
    sys.exit(max(abs(process.wait()) for process in ranks))
