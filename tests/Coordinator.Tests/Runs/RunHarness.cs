using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Tests.Runs;

/// <summary>A run's pure transitions with a clock of its own: does what the actor does, without a journal. Workers are statuses that the test moves on.</summary>
public sealed class RunHarness
{
    private readonly Dictionary<string, WorkerStatus> workers = new(StringComparer.Ordinal);
    private long offers;

    public RunHarness(
        int min = 1,
        int max = 4,
        int steps = 100,
        bool probes = false,
        int everySteps = 10,
        int recompute = 100,
        string straggler = "{}"
    )
    {
        var spec = RunSpecParser
            .Parse(
                $$"""
                method: gmml
                data: { images: a, labels: b, holdOut: 100 }
                budget: { steps: {{steps}} }
                batch: { size: 64, shards: 8 }
                workers: { min: {{min}}, max: {{max}} }
                checkpoint: { everySteps: {{everySteps}} }
                audit: { everySteps: 10, recomputeEverySteps: {{recompute}} }
                straggler: {{straggler}}
                {{(probes ? "probes: [ { protocol: knn } ]" : "")}}
                """
            )
            .Spec!;
        State = new RunState
        {
            Run = "r-1",
            Spec = spec,
            SpecJson = RunSpecJson.Write(spec),
            RunKey = new byte[32],
            CreatedAt = Now,
            Timers = new RunTimers(),
        };
        Take(new RowsStored(new RunProgress(0, "none", null, []), [], []));
        Take(new Recovered());
    }

    public DateTimeOffset Now { get; private set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public RunState State { get; private set; }

    /// <summary>The journal.</summary>
    public List<IRunEvent> Events { get; } = [];

    /// <summary>Everything sent, with the number of events that stood in the journal then.</summary>
    public List<(string Worker, IControlMessage Message, int Journaled)> Sent { get; } = [];

    public GenerationRecord Generation => State.Generation!;

    public void Take(RunInput input)
    {
        for (var decision = RunTransitions.Decide(State, input, Now); ; decision = RunTransitions.Decide(State, new Tick(), Now))
        {
            State = decision.State;
            Sent.AddRange(decision.Messages.Select(m => (m.WorkerId, m.Message, Events.Count)));
            if (decision.Events.Count == 0)
            {
                return;
            }

            foreach (var persisted in decision.Events)
            {
                Events.Add(persisted);
                State = RunApply.Apply(State, persisted);
            }
        }
    }

    /// <summary>Time passes, and every worker sends its heartbeats.</summary>
    public void Pass(double seconds) => Pass(seconds, [.. workers.Keys]);

    /// <summary>Time passes in quarters of a second; only the workers named send their heartbeats.</summary>
    public void Pass(double seconds, params string[] speaking)
    {
        for (var end = Now + TimeSpan.FromSeconds(seconds); Now < end; )
        {
            Now += TimeSpan.FromSeconds(0.25);
            if (Now.Millisecond == 0)
            {
                foreach (var id in workers.Keys.Where(speaking.Contains).ToArray())
                {
                    Say(id, s => s);
                }
            }

            Take(new Tick());
        }
    }

    /// <summary>The journal is read by a new coordinator: what is not in it is lost.</summary>
    public void RestartCoordinator()
    {
        var fresh = new RunState
        {
            Run = State.Run,
            Spec = State.Spec,
            SpecJson = State.SpecJson,
            RunKey = State.RunKey,
            CreatedAt = State.CreatedAt,
            Timers = State.Timers,
        };
        State = Events.Aggregate(fresh, RunApply.Apply);
        // As the actor has it: what the store holds comes later.
        Take(new Recovered());
        Take(new RowsStored(new RunProgress(0, "none", null, []), [], []));
    }

    public WorkerStatus Worker(string id) => workers[id];

    public void Offer(params string[] ids)
    {
        foreach (var id in ids.Where(id => !workers.ContainsKey(id)))
        {
            workers[id] = Idle(id);
        }

        Take(new Offered(++offers, [.. ids.Select(id => workers[id])]));
    }

    /// <summary>The worker's next status.</summary>
    public void Say(string id, Func<WorkerStatus, WorkerStatus> change, bool keptOut = false)
    {
        var before = workers.GetValueOrDefault(id) ?? Idle(id);
        workers[id] = change(before) with { Sequence = before.Sequence + 1 };
        Take(new Heard(workers[id], keptOut));
    }

    /// <summary>Answers Prepare: stopped, under the newest number.</summary>
    public void Promise(string id, long? heldStep = null, string? digest = null, bool keptOut = false) =>
        Say(
            id,
            s =>
                s with
                {
                    Run = State.Run,
                    Promised = State.PreparedNumber,
                    Phase = WorkerPhase.Held,
                    Held = heldStep is { } step ? new HeldState(step, digest ?? $"d{step}", s.Generation) : null,
                    ProgressStep = heldStep ?? s.ProgressStep,
                    Suspect = null,
                },
            keptOut
        );

    /// <summary>Follows the newest generation, so many steps behind.</summary>
    public void Follow(string id, long step, long lag = 0) =>
        Say(
            id,
            s => s with { Run = State.Run, Phase = WorkerPhase.Following, Follows = Generation.Number, Lag = lag, ProgressStep = step }
        );

    public void Ready(string id) =>
        Say(
            id,
            s =>
                s with
                {
                    Run = State.Run,
                    Promised = Generation.Number,
                    Generation = Generation.Number,
                    Phase = WorkerPhase.Ready,
                    Held = null,
                    Corruption = null,
                }
        );

    public void Run(string id, long step) =>
        Say(
            id,
            s =>
                s with
                {
                    Run = State.Run,
                    Promised = Generation.Number,
                    Generation = Generation.Number,
                    Phase = WorkerPhase.Running,
                    Held = null,
                    ProgressStep = step,
                    StartedStep = step,
                }
        );

    /// <summary>Runs on, with so long a shard over the last steps.</summary>
    public void Pace(string id, long step, double shardSeconds, int steps = 20, int threads = 1)
    {
        workers[id] = workers[id] with { ShardTime = new ShardTime(shardSeconds, threads, steps) };
        Run(id, step);
    }

    public void Stop(string id, string suspect, bool whileForming = false) =>
        Say(
            id,
            s =>
                s with
                {
                    Generation = Generation.Number,
                    Phase = WorkerPhase.Stopped,
                    Suspect = new Suspicion(suspect, "connection closed", whileForming, 0.1),
                }
        );

    /// <summary>A new process under the same name.</summary>
    public void Restart(string id) => Say(id, s => Idle(id) with { Incarnation = s.Incarnation + 1, Sequence = 0 });

    /// <summary>From submission to a generation of these workers that trains.</summary>
    public RunHarness Trains(params string[] ids)
    {
        Offer(ids);
        foreach (var id in ids)
        {
            Promise(id);
        }

        foreach (var id in ids)
        {
            Ready(id);
        }

        foreach (var id in ids)
        {
            Run(id, Generation.BaseStep);
        }

        return this;
    }

    public CheckpointWritten Checkpoint(string id, long step, string? digest = null, long token = 1) =>
        new(
            State.Run,
            id,
            1,
            token,
            step,
            digest ?? $"d{step}",
            token,
            $"runs/r-1/checkpoints/step-{step:D9}.t{token}.{id}-1",
            "m",
            $"w{step}"
        );

    /// <summary>A checkpoint whose steps' rows are stored already, as they are when workers are heard of.</summary>
    public void Announce(CheckpointWritten checkpoint)
    {
        if ((State.Progress?.Next ?? 0) < checkpoint.Step)
        {
            Take(new RowsStored(new RunProgress(checkpoint.Step, "sha", 3, [Row(checkpoint.Step - 1)]), [], []));
        }

        Take(new CheckpointAnnounced(checkpoint));
    }

    public IReadOnlyList<T> SentTo<T>(string id) => [.. Sent.Where(s => s.Worker == id).Select(s => s.Message).OfType<T>()];

    public int Count<T>() => Events.OfType<T>().Count();

    public static WorkerStatus Idle(string id) =>
        new()
        {
            WorkerId = id,
            Incarnation = 1,
            Sequence = 1,
            Proof = [],
            Fingerprint = "f",
            DataHost = "127.0.0.1",
            DataPort = 4000,
            Device = "cpu",
            ProcessId = 1,
        };

    public static StepRow Row(long step, long generation = 1, double loss = 1) =>
        new()
        {
            Step = step,
            Epoch = 0,
            Losses = [new LossTerm("loss", loss)],
            LearningRate = 0.1,
            GradientNorm = 1,
            Samples = 64,
            Seconds = 0.1,
            Phases = new Dictionary<string, double>(),
            Generation = generation,
        };

    /// <summary>A row of a step that was skipped: its loss is not a number.</summary>
    public static StepRow Refused(long step) =>
        Row(step, loss: double.NaN) with
        {
            GradientNorm = 0,
            NonFinite = new NonFiniteRow
            {
                What = "loss term reconstruction (NaN), gradient of backbone.cls_token",
                Shards = [new NonFiniteShard(2, "views", [17, 19], 3)],
                Count = 1,
            },
        };
}
