using System.Runtime.Serialization;
using Akka.Actor;
using MessagePack;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Serialization;
using Xunit;

namespace Orchestrator.Shared.Tests.Serialization;

public sealed class ControlMessageSerializerTests : IAsyncLifetime
{
    private readonly ActorSystem system = ActorSystem.Create("serializer");
    private ControlMessageSerializer serializer = null!;

    public ValueTask InitializeAsync()
    {
        serializer = new ControlMessageSerializer((ExtendedActorSystem)system);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync() => await system.Terminate();

    private static readonly GenerationRecord Record = new()
    {
        Run = "r1",
        Number = 3,
        Members = [new GenerationMember("w1", 5, "127.0.0.1", 4000, 0, 2), new GenerationMember("w2", 6, "127.0.0.1", 4001, 2, 2)],
        Shards = 4,
        BaseStep = 17,
        BaseDigest = "ab",
        BaseStateGeneration = 2,
        Sources = [new GenerationSource("w1", "127.0.0.1", 4000)],
        CheckpointPath = "runs/r1/checkpoints/x",
    };

    /// <summary>One of each message of the protocol.</summary>
    public static IReadOnlyList<IControlMessage> Messages { get; } =
    [
        new WorkerStatus
        {
            WorkerId = "w1",
            Incarnation = 5,
            Sequence = 9,
            Proof = [1, 2],
            Run = "r1",
            Promised = 4,
            Generation = 3,
            Phase = WorkerPhase.Held,
            Held = new HeldState(17, "ab", 3),
            ProgressStep = 17,
            StartedStep = 17,
            Suspect = new Suspicion("w2", "closed", true, 1.5),
            Failure = new WorkerFailure(FailureKind.Data, "no such file"),
            Draining = true,
            WaitsFor = ["w2"],
            Fingerprint = "f",
            DataHost = "h",
            DataPort = 1,
            Device = "cpu",
            ProcessId = 7,
            MetricsUrl = "http://127.0.0.1:1",
            BytesSent = new Dictionary<string, long> { ["gradient"] = 5 },
            CheckpointsRead = 1,
            Evaluation = "e",
            Version = "1",
            Epoch = 2,
            TotalSteps = 2500,
            Trouble = new CheckpointTrouble(20, true, "late"),
            Damaged = new DamagedCheckpoint("p", "torn"),
            ShardTime = new ShardTime(0.25, 4, 20),
            DataFingerprint = "dd",
        },
        new CheckpointWritten("r1", "w1", 5, 3, 17, "ab", 3, "p", "m", "w"),
        new StepMetrics(
            "r1",
            "w1",
            3,
            [
                new StepRow
                {
                    Step = 16,
                    Epoch = 0.5,
                    Losses = [new LossTerm("loss", 1.25)],
                    LearningRate = 0.001,
                    GradientNorm = 2,
                    Samples = 64,
                    Seconds = 0.05,
                    Phases = new Dictionary<string, double> { ["data"] = 0.01 },
                    Generation = 3,
                    Audit = new AuditRow("aa", "bb", null),
                },
                new StepRow
                {
                    Step = 17,
                    Epoch = 0.5,
                    Losses = [new LossTerm("loss", double.NaN)],
                    LearningRate = 0.001,
                    GradientNorm = 0,
                    Samples = 64,
                    Seconds = 0.05,
                    Phases = new Dictionary<string, double>(),
                    Generation = 3,
                    NonFinite = new NonFiniteRow
                    {
                        What = "loss term reconstruction (NaN)",
                        Shards = [new NonFiniteShard(2, "views", [17, 19], 3)],
                        OtherShards = 1,
                        Count = 2,
                        BackTo = 8,
                    },
                },
            ]
        ),
        new EvaluationReported("r1", "w1", 5, "e", "{}", null),
        new StatusAck("r1", 2, 9, 16, null),
        new Prepare("r1", 2, 4, 19),
        new Form("r1", 2, Record, [1, 2, 3], "{}", [0.05, 0.06], "dd"),
        new Start("r1", 2, 3),
        new Follow("r1", 2, Record, [1, 2, 3], "{}", new GenerationSource("a", "127.0.0.1", 4000)),
        new WriteCheckpoint("r1", 2, 4, 17),
        new CheckpointSettled("r1", 2, 3, 17, true, "better", ["old"]),
        new Leave("r1", 2, 5, "completed"),
        new Evaluate("r1", 2, "e", "{}", "p", "a", "head", "{}", true),
        new StopHelping("r1", 2, "e"),
        new Verify(
            "r1",
            2,
            "verify-16@r1",
            "{}",
            ["p"],
            new StepRow
            {
                Step = 16,
                Epoch = 0.5,
                Losses = [new LossTerm("loss", 1.25)],
                LearningRate = 0.001,
                GradientNorm = 2,
                Samples = 64,
                Seconds = 0.05,
                Phases = new Dictionary<string, double>(),
                Generation = 3,
                Audit = new AuditRow("aa", "bb", "cc"),
            }
        ),
        new EvaluationSettled("r1", 2, "e", ["old"]),
        new HeadAsked(),
        new HeadTold("http://127.0.0.1:8080", 3),
    ];

    [Fact]
    public void Every_message_of_the_protocol_round_trips()
    {
        Assert.Equal(ControlMessageSerializer.Manifests.Values.ToHashSet(), Messages.Select(m => m.GetType()).ToHashSet());
        foreach (var message in Messages)
        {
            var back = serializer.FromBinary(serializer.ToBinary(message), serializer.Manifest(message));
            Assert.Equivalent(message, back, strict: true);
        }
    }

    /// <summary>Manifests and keys are the wire: a change here is a change of the protocol, and needs its version.</summary>
    [Fact]
    public void Manifests_and_keys_are_the_approved_ones()
    {
        var lines = ControlMessageSerializer.Manifests.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => $"{m.Key}: {Keys(m.Value)}");
        var approved = Path.Combine(AppContext.BaseDirectory, "Serialization", "control-messages.approved.txt");
        Assert.Equal(File.ReadAllText(approved).TrimEnd(), string.Join("\n", lines));
    }

    /// <summary>Rows stand in the coordinator's store for good: a key that is used is never given another meaning.</summary>
    [Fact]
    public void Keys_of_a_row_are_the_approved_ones()
    {
        Assert.Equal(
            "0=Step 1=Epoch 2=Losses 3=LearningRate 4=GradientNorm 5=Samples 6=Seconds 7=Phases 8=Generation 9=Damaged 10=Health 11=NonFinite 12=Audit",
            Keys(typeof(StepRow))
        );
        Assert.Equal("0=What 1=Shards 2=OtherShards 3=Count 4=BackTo", Keys(typeof(NonFiniteRow)));
        Assert.Equal("0=Samples 1=Gradient 2=Weights", Keys(typeof(AuditRow)));
        Assert.Equal("0=Shard 1=What 2=Samples 3=OtherSamples", Keys(typeof(NonFiniteShard)));
    }

    [Fact]
    public void An_unknown_manifest_is_refused() =>
        Assert.Contains(
            "unknown manifest evil",
            Assert.Throws<SerializationException>(() => serializer.FromBinary([0x90], "evil")).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void A_foreign_type_is_not_sent() => Assert.Throws<SerializationException>(() => serializer.ToBinary("a string"));

    [Fact]
    public void A_message_cut_anywhere_is_refused()
    {
        var whole = serializer.ToBinary(Messages[0]);
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Throws<SerializationException>(() => serializer.FromBinary(whole[..length], "status"));
        }
    }

    [Fact]
    public void Another_messages_payload_is_refused() =>
        Assert.Throws<SerializationException>(() => serializer.FromBinary(serializer.ToBinary(Messages[6]), "status"));

    private static string Keys(Type type) =>
        string.Join(
            " ",
            type.GetProperties()
                .Select(p =>
                    (p.Name, Key: p.GetCustomAttributes(typeof(KeyAttribute), false).Cast<KeyAttribute>().SingleOrDefault()?.IntKey)
                )
                .Where(p => p.Key is not null)
                .OrderBy(p => p.Key)
                .Select(p => $"{p.Key}={p.Name}")
        );
}
