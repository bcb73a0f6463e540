using Orchestrator.Cli.Chaos;
using Orchestrator.Cli.Commands;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Demo;

/// <summary>What a demo will do: every option resolved and checked against the spec before anything starts.</summary>
public sealed record DemoPlan
{
    private const int UsualWorkers = 2;
    private const string Sample = "samples/mim-clustering-fashion.yaml";

    public required RunSpec Spec { get; init; }

    /// <summary>Canonical JSON of the spec with its overrides: what is submitted, the same bytes for any number of workers.</summary>
    public required string Document { get; init; }
    public required int Workers { get; init; }

    /// <summary>Shard threads a worker: the cores, shared out.</summary>
    public required int ShardThreads { get; init; }

    /// <summary>Absolute.</summary>
    public required string DataRoot { get; init; }

    /// <summary>Absolute; null: a temporary folder.</summary>
    public string? State { get; init; }
    public long? KillAt { get; init; }

    /// <summary>Faults that the run is to meet; null: none.</summary>
    public DemoChaos? Chaos { get; init; }
    public bool Keep { get; init; }

    /// <summary>Names of the worker processes: worker-1 ….</summary>
    public IEnumerable<string> WorkerNames => Enumerable.Range(1, Workers).Select(n => $"worker-{n}");

    /// <summary>The one that kills itself: the last.</summary>
    public string? Victim => KillAt is null ? null : $"worker-{Workers}";

    /// <param name="folders">Where to look for the sample: each and the folders above it.</param>
    public static DemoPlan Create(DemoSettings settings, IReadOnlyList<string> folders, int cores)
    {
        var file = Path.GetFullPath(settings.Spec ?? FindSample(folders));
        var spec = SpecFile.Parse(file, SpecFile.Read(file));
        spec = spec with
        {
            Budget = settings.Steps is { } steps ? new BudgetSpec(null, steps) : spec.Budget,
            Seed = settings.Seed ?? spec.Seed,
        };
        var document = RunSpecJson.Write(spec);
        // What was overridden is checked like what was written.
        spec = SpecFile.Parse($"{file} with its overrides", document);
        var workers = CheckWorkers(settings, spec);
        CheckKill(settings, spec, workers);
        CheckChaos(settings, spec, workers);
        var dataRoot = Path.GetFullPath(settings.DataRoot ?? Path.GetDirectoryName(file)!);
        if (!Directory.Exists(dataRoot))
        {
            throw CliException.BadInput(
                $"--data-root {settings.DataRoot}: there is no such folder",
                next: $"give the folder in which {spec.Data.Source} lies"
            );
        }

        return new DemoPlan
        {
            Spec = spec,
            Document = document,
            Workers = workers,
            ShardThreads = Math.Max(1, cores / workers),
            DataRoot = dataRoot,
            State = settings.State is null ? null : Path.GetFullPath(settings.State),
            KillAt = settings.KillAt,
            Chaos = settings.Chaos is { } seeds
                ? new DemoChaos(
                    DemoChaos.Parse(seeds)!,
                    new ChaosCounts(settings.Kills ?? 3, settings.Pauses ?? 1, settings.CoordinatorKills ?? 0),
                    settings.ChaosReports is { } folder ? new ChaosReportFolder(Path.GetFullPath(folder)) : null
                )
                : null,
            Keep = settings.Keep,
        };
    }

    private static int CheckWorkers(DemoSettings settings, RunSpec spec)
    {
        var (min, max) = (spec.Workers.Min, spec.Workers.Max);
        var workers = settings.Workers ?? Math.Clamp(UsualWorkers, min, max);
        if (spec.Workers.Device != DeviceKind.Cpu)
        {
            throw CliException.BadInput(
                "the demo's workers lend CPUs",
                "workers.device of this spec is another",
                "set workers: { device: cpu } in the spec"
            );
        }

        if (workers > max)
        {
            // The spec's rules hold max at or below the shards: a worker without a shard of its own would have nothing to do.
            var why =
                workers > spec.Batch.Shards
                    ? $"the spec cuts a step into batch.shards = {spec.Batch.Shards} shards, and each worker needs one of its own"
                    : $"workers.max of the spec is {max}";
            throw CliException.BadInput(
                $"--workers {workers} is too many",
                why,
                $"take --workers {max} or fewer, or a spec that allows more"
            );
        }

        return workers >= min
            ? workers
            : throw CliException.BadInput(
                $"--workers {workers} is too few",
                $"workers.min of the spec is {min}",
                $"take --workers {min} or more"
            );
    }

    private static void CheckKill(DemoSettings settings, RunSpec spec, int workers)
    {
        if (settings.KillAt is not { } step)
        {
            return;
        }

        if (workers - 1 < Math.Max(1, spec.Workers.Min))
        {
            throw CliException.BadInput(
                $"--kill-at {step} would leave {workers - 1} workers",
                $"the run needs {spec.Workers.Min} to go on",
                $"take --workers {spec.Workers.Min + 1} or more"
            );
        }

        // A budget in epochs becomes steps when a worker has counted the samples.
        if (spec.Budget.Steps is { } steps && step >= steps)
        {
            throw CliException.BadInput(
                $"--kill-at {step} never comes",
                $"the run has steps 0 to {steps - 1}",
                "give a step within the budget"
            );
        }
    }

    private static void CheckChaos(DemoSettings settings, RunSpec spec, int workers)
    {
        if (settings.Chaos is not null && workers <= spec.Workers.Min)
        {
            throw CliException.BadInput(
                $"--chaos needs more than {workers} {(workers == 1 ? "worker" : "workers")}",
                $"the run needs {spec.Workers.Min} to go on",
                $"take --workers {spec.Workers.Min + 1} or more"
            );
        }
    }

    private static string FindSample(IReadOnlyList<string> folders)
    {
        foreach (var folder in folders)
        {
            for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
            {
                if (Path.Combine(at.FullName, Sample) is var file && File.Exists(file))
                {
                    return file;
                }
            }
        }

        throw CliException.BadInput(
            $"{Sample} was not found",
            "it is looked for above the program and above the current folder",
            "give a spec with --spec FILE"
        );
    }
}
