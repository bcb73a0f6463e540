using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Collectives;
using Orchestrator.Collectives.Transport.Tcp;
using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;
using Orchestrator.Worker.Checkpoints;
using Orchestrator.Worker.Ranks;
using Orchestrator.Worker.Telemetry;
using Xunit;

namespace Orchestrator.Worker.Tests.Fakes;

/// <summary>One worker's rank with everything around it real but the trainer and the storage.</summary>
internal sealed class RankRig : IDisposable
{
    public const string Run = "r-1";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly BlockingCollection<AgentEvent> said = [];
    private readonly FrameListener listener = new("127.0.0.1", 0);
    private readonly CheckpointWriter writer;
    private readonly RankThread rank;

    public RankRig(string name, FakeStore? store = null, FakeTrainers? trainers = null, RankTimes? times = null)
    {
        Name = name;
        Store = store ?? new FakeStore();
        Trainers = trainers ?? new FakeTrainers();
        times ??= new RankTimes
        {
            Connect = TimeSpan.FromSeconds(5),
            Copy = TimeSpan.FromSeconds(2),
            WriteAgain = TimeSpan.FromMilliseconds(50),
        };
        var traffic = new FrameTraffic();
        Metrics = new WorkerMetrics(traffic);
        writer = new CheckpointWriter(Store, name, 7, times.WriteAgain, said.Add, Metrics, NullLogger.Instance);
        rank = new RankThread(
            new RankSurroundings
            {
                WorkerId = name,
                Listener = listener,
                Traffic = traffic,
                Trainers = Trainers,
                Store = Store,
                Writer = writer,
                Log = Log,
                Metrics = Metrics,
                Report = said.Add,
                Logger = NullLogger.Instance,
                Times = times,
            }
        );
    }

    public string Name { get; }
    public int Port => listener.EndPoint.Port;
    public FakeStore Store { get; }
    public FakeTrainers Trainers { get; }
    public StepLog Log { get; } = new();
    public WorkerMetrics Metrics { get; }
    public int CheckpointsRead => rank.CheckpointsRead;

    public void Post(AgentEffect order) => rank.Post(order);

    /// <summary>The next event of a type that fits; others before it are skipped.</summary>
    public T Await<T>(Func<T, bool>? fits = null)
        where T : AgentEvent
    {
        while (said.TryTake(out var happened, Patience))
        {
            if (happened is T wanted && (fits is null || fits(wanted)))
            {
                return wanted;
            }
        }

        throw new Xunit.Sdk.XunitException(
            $"{Name} did not say {typeof(T).Name} within {Patience.TotalSeconds} s; it waits for {string.Join(", ", rank.WaitsFor)}"
        );
    }

    public HeldState? Hold(long number)
    {
        Post(new StopRank(number, null));
        return Await<RankHeld>(held => held.Number == number).Held;
    }

    public void Dispose()
    {
        rank.Dispose();
        writer.Dispose();
        listener.Dispose();
    }

    /// <summary>Gives every rig its Form of a generation.</summary>
    public static Form Form(
        long number,
        IReadOnlyList<RankRig> members,
        int steps,
        HeldState? from = null,
        IReadOnlyList<RankRig>? sources = null,
        string? checkpoint = null,
        int checkpointEvery = 1000,
        string? data = null
    )
    {
        var cut = ShardPlan.Cut(4, members.Count);
        var record = new GenerationRecord
        {
            Run = Run,
            Number = number,
            Members = [.. members.Select((rig, i) => new GenerationMember(rig.Name, 7, "127.0.0.1", rig.Port, cut.Take(i).Sum(), cut[i]))],
            Shards = 4,
            BaseStep = from?.Step ?? 0,
            BaseDigest = from?.Digest ?? "",
            BaseStateGeneration = from?.StateGeneration ?? 0,
            Sources = [.. (sources ?? []).Select(rig => new GenerationSource(rig.Name, "127.0.0.1", rig.Port))],
            CheckpointPath = checkpoint,
        };
        var form = new Form(
            Run,
            1,
            record,
            Enumerable.Repeat((byte)number, 32).ToArray(),
            FakeTrainer.SpecOf(steps, checkpointEvery),
            [],
            data
        );
        for (var i = 0; i < members.Count; i++)
        {
            members[i].Post(new FormRank(form, i));
        }

        return form;
    }

    /// <summary>Waits until all are ready, and starts them.</summary>
    public static void Start(long number, params RankRig[] members)
    {
        foreach (var rig in members)
        {
            Assert.Equal(number, rig.Await<RankReady>().Generation);
        }

        foreach (var rig in members)
        {
            rig.Post(new StartRank(number));
        }
    }
}
