"""torchrun as a peer of recovery: how long from SIGKILL of one of three ranks until a step is done again, and how many steps are made again.

usage: torchrun_recovery.py FOLDER [kills] [milliseconds of a step] [steps between checkpoints]
Drives itself: starts torchrun with DDP over gloo on this file, kills ranks in turn, reads the ranks' log. Prints a line of JSON a kill, then one
with medians. As anybody would write it: a checkpoint of model, optimizer and step each few steps, which all ranks read when they are started again.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import time

RANKS = 3
WIDTH = 512
LAYERS = 4


def train(folder, milliseconds, every):
    import torch
    import torch.distributed as dist
    from torch.nn.parallel import DistributedDataParallel

    torch.set_num_threads(1)
    without_libuv()
    dist.init_process_group("gloo")
    rank = dist.get_rank()
    with open(f"{folder}/pid-{rank}", "w") as file:
        file.write(str(os.getpid()))
    torch.manual_seed(0)
    layers = []
    for _ in range(LAYERS):
        layers += [torch.nn.Linear(WIDTH, WIDTH), torch.nn.GELU()]
    network = torch.nn.Sequential(*layers)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4)
    step, saved = 0, f"{folder}/checkpoint.pt"
    if os.path.exists(saved):
        state = torch.load(saved, weights_only=True)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        step = state["step"]
    model = DistributedDataParallel(network)
    rows = rows_of(folder, milliseconds, model, torch, dist)
    restarts = int(os.environ["TORCHELASTIC_RESTART_COUNT"])
    log = open(f"{folder}/steps", "a", buffering=1) if rank == 0 else None
    while True:
        generator = torch.Generator().manual_seed(step * RANKS + rank)
        batch = torch.randn(rows, WIDTH, generator=generator)
        optimizer.zero_grad()
        model(batch).square().mean().backward()
        optimizer.step()
        step += 1
        if log:
            log.write(f"{step} {restarts} {time.time()}\n")
            if step % every == 0:
                state = {"network": network.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
                torch.save(state, saved + ".writing")
                os.replace(saved + ".writing", saved)


def rows_of(folder, milliseconds, model, torch, dist):
    """Rows that make a step so long, measured once: a rank that is started again takes them from the file."""
    path = f"{folder}/rows"
    if os.path.exists(path):
        with open(path) as file:
            return int(file.read())
    probe = 256
    for attempt in range(4):
        begun = time.time()
        model(torch.randn(probe, WIDTH)).square().mean().backward()
        took = time.time() - begun
    rows = torch.tensor([max(1, int(probe * milliseconds / 1000 / took))])
    dist.broadcast(rows, 0)
    dist.barrier()
    if dist.get_rank() == 0:
        with open(path + ".writing", "w") as file:
            file.write(str(rows.item()))
        os.replace(path + ".writing", path)
    return rows.item()


def lines(folder):
    try:
        with open(f"{folder}/steps") as file:
            words = [line.split() for line in file if line.endswith("\n")]
    except FileNotFoundError:
        return []
    return [(int(step), int(restarts), float(at)) for step, restarts, at in words]


def wait(folder, what, condition, process):
    for _ in range(12000):
        found = condition(lines(folder))
        if found:
            return found
        if process.poll() is not None:
            sys.exit(f"torchrun ended with {process.returncode} while {what} was waited for")
        time.sleep(0.01)
    sys.exit(f"{what} did not come within two minutes")


def without_libuv():
    """Debian's PyTorch is built without libuv, which torchrun's stores ask for without a way to say no."""
    import functools

    import torch.distributed as dist

    # The package has a function of that name, which hides the module.
    rendezvous = sys.modules["torch.distributed.rendezvous"]
    dist.TCPStore = rendezvous.TCPStore = functools.partial(dist.TCPStore, use_libuv=False)


def torchrun(arguments):
    without_libuv()
    from torch.distributed.run import main

    main(arguments)


def drive(folder, kills, milliseconds, every):
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(folder):
        os.remove(os.path.join(folder, name))
    process = subprocess.Popen(
        [sys.executable, os.path.abspath(__file__), "torchrun", "--standalone", "--local-addr", "127.0.0.1", "--nproc-per-node", str(RANKS), "--max-restarts", "1000"]
        + [os.path.abspath(__file__), folder, str(kills), str(milliseconds), str(every)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # A store of each restart's own: in the launcher's the ranks before have left their addresses, with which gloo's next meeting fails or hangs.
        env=dict(os.environ, OMP_NUM_THREADS="1", USE_LIBUV="0", TORCH_DISABLE_SHARE_RDZV_TCP_STORE="1"),
    )
    results = []
    try:
        for kill in range(kills):
            # At another place between two checkpoints each time.
            enough = every + 1 + 3 * kill % every
            wait(folder, "progress", lambda all: all and len([x for x in all if x[1] == all[-1][1]]) >= enough, process)
            time.sleep(milliseconds / 1000 * (0.2 + 0.6 * (kill % 5) / 4))
            with open(f"{folder}/pid-{kill % RANKS}") as file:
                victim = int(file.read())
            # Gloo may fail to connect after a restart, which costs another one.
            before, restart, _ = lines(folder)[-1]
            at = time.time()
            os.kill(victim, signal.SIGKILL)
            first = wait(folder, "a step after the kill", lambda all: [x for x in all if x[1] > restart], process)[0]
            caught = wait(folder, "a new step", lambda all: [x for x in all if x[1] > restart and x[0] > before], process)[0]
            results.append((first[2] - at, caught[2] - at, before - first[0] + 1))
            print(
                json.dumps(
                    {
                        "peer": "torchrun",
                        "kill": kill + 1,
                        "secondsToAStep": round(results[-1][0], 3),
                        "secondsToANewStep": round(results[-1][1], 3),
                        "stepsMadeAgain": results[-1][2],
                    }
                ),
                flush=True,
            )
        all = lines(folder)
        gaps = [b[2] - a[2] for a, b in zip(all, all[1:]) if a[1] == b[1]]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    import torch

    print(
        json.dumps(
            {
                "peer": "torchrun",
                "torch": torch.__version__,
                "kills": kills,
                "stepMilliseconds": round(1000 * statistics.median(gaps)),
                "secondsToAStep": round(statistics.median(r[0] for r in results), 3),
                "longest": round(max(r[0] for r in results), 3),
                "secondsToANewStep": round(statistics.median(r[1] for r in results), 3),
                "longestToANewStep": round(max(r[1] for r in results), 3),
                "stepsMadeAgain": sum(r[2] for r in results),
            }
        )
    )


if __name__ == "__main__":
    if sys.argv[1] == "torchrun":
        torchrun(sys.argv[2:])
        sys.exit()
    folder, kills, milliseconds, every = (sys.argv[1:] + ["10", "300", "10"][len(sys.argv) - 2 :])[:4]
    if "RANK" in os.environ:
        train(folder, float(milliseconds), int(every))
    else:
        drive(folder, int(kills), float(milliseconds), int(every))
