using System.Runtime.Serialization;
using Akka.Actor;
using MessagePack;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Serialization;
using Orchestrator.Coordinator.Sweeps;
using Orchestrator.Shared.Protocol;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Serialization;

public sealed class JournalSerializerTests : IAsyncLifetime
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
    private readonly ActorSystem system = ActorSystem.Create("journal");
    private JournalSerializer serializer = null!;

    /// <summary>One of each event.</summary>
    public static IReadOnlyList<IJournalEvent> Events { get; } =
    [
        new HeadAdopted(3, At),
        new RunSubmitted(
            "r-1",
            "{}",
            [1, 2, 3],
            "key",
            "sha",
            At,
            "ada",
            new Dictionary<string, string>(StringComparer.Ordinal) { ["team"] = "vision" },
            "r-0"
        )
        {
            Trial = new TrialOf("s-1", 3),
        },
        new RunAdopted(4, At),
        new GenerationPrepared(2, "cause", true, At, 17, At),
        new GenerationFormed(
            new GenerationRecord
            {
                Run = "r-1",
                Number = 2,
                Members = [new GenerationMember("a", 1, "h", 1, 0, 8)],
                Shards = 8,
                BaseStep = 5,
                BaseDigest = "d",
                BaseStateGeneration = 1,
                Sources = [new GenerationSource("a", "h", 1)],
                CheckpointPath = "p",
            },
            "f",
            "cause",
            true,
            1,
            At,
            At
        ),
        new GenerationResumed(2, 0.7, At),
        new CheckpointCompleted(1, 20, "d", 1, "p", "m", "w", "a", 100, At),
        new CheckpointDamaged("p", 20, "a", "why", At),
        new CorruptionFound(CorruptionKind.Computation, 12, ["a#1"], true, 9, 5, "path", 3, "why", At),
        new DataAgreed("d", "a", At),
        new WorkerExcluded("a", 1, "why", At),
        new CancelRequested(At, "ada", true),
        new RunTrained(100, "d", "w", "p", "l", 2.5, 0.5, 0, At, "a"),
        new EvaluationCompleted("k", "a", "{}", null, At),
        new RunEvaluated("evaluate-20-0123@r-1", "a", "{}", "text", At),
        new RunCompleted(100, "d", "p", At),
        new RunFailed("why", 3, At),
        new RunCanceled(3, null, At),
        new RunNoted("kind", "text", At),
        new RunChanged(
            5,
            1,
            4,
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["team"] = "vision", ["old"] = null },
            "a note",
            "ada",
            At
        ),
        new PauseRequested("ada", At),
        new PauseLifted("bob", null, At),
        new RunRetried("ada", At),
        new SweepSubmitted("s-1", "{}", "key", "sha", "vision", At, "ada"),
        new SweepAdopted(2, At),
        new TrialStarted(3, "r-1", At),
        new RungDecided(3, 1, 300, 0.25, 2, 7, 2, true, At),
        new TrialEnded(3, Outcome.Failed, 40, null, "why", At),
        new SweepStopping(true, "why", At),
        new SweepEnded(Outcome.Canceled, "why", At),
    ];

    public ValueTask InitializeAsync()
    {
        serializer = new JournalSerializer((ExtendedActorSystem)system);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync() => await system.Terminate();

    [Fact]
    public void Every_event_of_the_journal_round_trips()
    {
        Assert.Equal(JournalSerializer.Manifests.Values.ToHashSet(), Events.Select(e => e.GetType()).ToHashSet());
        foreach (var journaled in Events)
        {
            Assert.Equivalent(
                journaled,
                serializer.FromBinary(serializer.ToBinary(journaled), serializer.Manifest(journaled)),
                strict: true
            );
        }
    }

    /// <summary>As versions wrote them that had fewer keys.</summary>
    [Fact]
    public void Events_of_an_earlier_version_are_read_with_what_they_have()
    {
        var at = MessagePackSerializer.Serialize(At, JournalSerializer.Options);
        Assert.Equal(new CancelRequested(At), serializer.FromBinary([0x91, .. at], "cancel-requested.1"));
        var submitted = (RunSubmitted)
            serializer.FromBinary(
                [0x97, 0xa3, .. "r-1"u8, 0xa2, .. "{}"u8, 0xc4, 1, 7, 0xc0, 0xa1, .. "s"u8, .. at, 0xa3, .. "ada"u8],
                "run-submitted.1"
            );
        Assert.Equal(("r-1", "ada", null, null), (submitted.Run, submitted.User, submitted.Labels, submitted.ClonedFrom));
    }

    /// <summary>Manifests and keys are what journals on disk hold: keys are added, never changed.</summary>
    [Fact]
    public void Manifests_and_keys_are_the_approved_ones()
    {
        var lines = JournalSerializer
            .Manifests.OrderBy(m => m.Key, StringComparer.Ordinal)
            .Select(m =>
                $"{m.Key}: {string.Join(" ", m.Value.GetProperties().Select(p => (p.Name, Key: p.GetCustomAttributes(typeof(KeyAttribute), false).Cast<KeyAttribute>().SingleOrDefault()?.IntKey)).Where(p => p.Key is not null).OrderBy(p => p.Key).Select(p => $"{p.Key}={p.Name}"))}"
            );
        var approved = Path.Combine(AppContext.BaseDirectory, "Serialization", "journal-events.approved.txt");
        Assert.Equal(File.ReadAllText(approved).TrimEnd(), string.Join("\n", lines));
    }

    /// <summary>As a coordinator wrote it that knew no users and no sweeps: six values in a row.</summary>
    [Fact]
    public void A_run_that_was_submitted_before_there_were_sweeps_is_read()
    {
        var bytes = serializer.ToBinary(new RunSubmitted("r-1", "{}", [1, 2, 3], "key", "sha", At));
        Assert.Equal(0x9a, bytes[0]);
        // Without those that came later, which are null here.
        byte[] six = [0x96, .. bytes[1..^4]];
        Assert.Equivalent(
            new RunSubmitted("r-1", "{}", [1, 2, 3], "key", "sha", At),
            serializer.FromBinary(six, "run-submitted.1"),
            strict: true
        );
    }

    /// <summary>Numbers of outcomes are on disk.</summary>
    [Fact]
    public void Outcomes_have_their_numbers() =>
        Assert.Equal(
            [(Outcome.Completed, 0), (Outcome.Failed, 1), (Outcome.Canceled, 2)],
            Enum.GetValues<Outcome>().Select(o => (o, (int)o))
        );

    [Fact]
    public void Nothing_else_is_journaled() => Assert.Throws<SerializationException>(() => serializer.ToBinary(new Tick()));
}
