using System.Globalization;
using Orchestrator.Benchmarks;
using Orchestrator.Benchmarks.AllReduce;
using Orchestrator.Benchmarks.Coordinator;
using Orchestrator.Benchmarks.ExactSum;
using Orchestrator.Benchmarks.Micro;
using Orchestrator.Benchmarks.Scaling;
using Orchestrator.Benchmarks.Scheduling;
using Orchestrator.Benchmarks.Step;

// One class a benchmark: Run takes the rest of the arguments, prints one line of JSON, and returns the exit status.
try
{
    return args switch
    {
        ["loader", .. var rest] => LoaderBenchmark.Run(rest),
        ["corruption", .. var rest] => CorruptionBenchmark.Run(rest),
        ["index", .. var rest] => IndexBenchmark.Run(rest),
        ["volumes", .. var rest] => VolumeBenchmark.Run(rest),
        ["audio", .. var rest] => AudioBenchmark.Run(rest),
        ["precision", .. var rest] => PrecisionBenchmark.Run(rest),
        ["copy", .. var rest] => CopyBenchmark.Run(rest),
        ["elastic", _, _, _, _, _] => await ElasticBenchmark.RunAsync(args[1..]),
        ["recovery", .. var rest] => await RecoveryBenchmark.RunAsync(rest),
        ["coordinator", .. var rest] => await CoordinatorBenchmark.RunAsync(rest),
        ["checkpoint", _, ..] => CheckpointBenchmark.Run(args[1..]),
        ["allreduce", .. var rest] => AllReduceBenchmark.Run(rest),
        [AllReduceBenchmark.RankVerb, var rank, .. var rest] => AllReduceBenchmark.RunRank(
            int.Parse(rank, CultureInfo.InvariantCulture),
            rest
        ),
        ["micro", .. var rest] => MicroBenchmark.Run(rest),
        ["step", .. var rest] => StepBenchmark.Run(rest),
        [StepBenchmark.RankVerb, var rank, .. var rest] => StepBenchmark.RunRank(int.Parse(rank, CultureInfo.InvariantCulture), rest),
        ["scheduler", .. var rest] => SchedulerBenchmark.Run(rest),
        ["profile", .. var rest] => ProfileBenchmark.Run(rest),
        ["optimizer", .. var rest] => OptimizerBenchmark.Run(rest),
        ["exact-sum", .. var rest] => ExactSumBenchmark.Run(rest),
        ["leaks", .. var rest] => LeaksBenchmark.Run(rest),
        ["scaling", .. var rest] => ScalingBenchmark.Run(rest),
        [ScalingRank.Verb, var rank, .. var rest] => ScalingRank.Run(int.Parse(rank, CultureInfo.InvariantCulture), rest),
        _ => Usage(),
    };
}
catch (BadWordsException wrong)
{
    await Console.Error.WriteLineAsync($"{args[0]}: {wrong.Message}");
    return 2;
}

static int Usage()
{
    Console.Error.WriteLine(
        """
        dotnet run -c Release --project benchmarks -- BENCHMARK [arguments], pinned to one core (taskset -c 0):
          loader FOLDER [seconds] [jitter probability] [reduced | whole]    JPEG files to normalized views of 224 px
          corruption [seconds]                                              group masking of a 224 px view, beside a step's network
          index [entries]                                                   first pass over a folder tree, and a later start
          volumes FOLDER [seconds]                                          slices of volumes that are opened for them, and that are open
          audio                                                             log-mel filter bank and resampling
          precision [seconds]                                               a shard's forward and backward pass in fp32 and in bf16
          copy [rounds]                                                     a ViT-B's state over loopback, beside a bare socket
          elastic SPEC DATA-ROOT CLI-FOLDER WORKERS STEPS                   an undisturbed step in a cluster, beside a loop of steps alone
          recovery [--kills 5] [--schedules 3] [--workers 3] [--json]       from a worker's SIGKILL to the next step, in clusters of real processes; not pinned
          coordinator [--workers 1000] [--runs 10000] [--seconds 30] [--state DIR] [--program DLL] [--json]
                                                                            a coordinator under simulated workers and stored runs, and after SIGKILL; not pinned
          allreduce --world N --mib M --transport memory|shm|rings|tcp [--wire fp32|bf16] [--rounds R] [--warm-up C] [--hosts H [--interleaved]] [--lanes L] [--json]
                                                                            a sum over ranks; not pinned
          micro [--filter TEXT] [--json]                                    single kernels, by BenchmarkDotNet
          step [--backbone vit-small] [--image 224] [--patch 16] [--batch 32] [--shards 8] [--precision fp32] [--world 1] [--threads T] [--steps 8] [--profile FOLDER] [--bucket-mib 8] [--json]
                                                                            a whole step of GMML over noise, and its matrix products bare; not pinned
          profile [--method gmml|asit|mim-clustering] [--backbone vit-small] [--batch 16] [--shards 4] [--threads 2] [--steps 6] [--json]
                                                                            where a step's time goes, over noise; not pinned
          optimizer [--threads 2] [--rounds 40] [--json]                    clip, AdamW and EMA of a ViT-S, beside a copy of memory; not pinned
          leaks [--steps 1000] [--method M] [--json]                        memory, tensors and managed bytes of long small runs; not pinned
          exact-sum [--spec samples/gmml-fashion.yaml] [--data-root samples] [--steps 300] [--floats 4194304]
                                                                            gradients added as whole numbers, beside the float tree: an experiment
          scaling [--step-ms 100] [--wire fp32|bf16] [--parameters 85.8] [--latency-us 25] [--cores 8] [--threads 1] [--bucket-mib 25] [--measured FILE] [--json]
                                                                            sums over up to 16 ranks here, and a model of 1,024 on other networks; not pinned
          scheduler [--runs 10000] [--workers 1000] [--load 0.95] [--seed 1] [--json]
                                                                            a lab's runs through the coordinator's decisions, in simulated time; not pinned
          checkpoint FOLDER [rounds]                                        a ViT-B's state to disk and back, beside the same bytes plainly
        """
    );
    return 2;
}
