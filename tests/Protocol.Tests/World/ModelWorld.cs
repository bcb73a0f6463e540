using System.Collections.Immutable;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Protocol.Tests.World;

/// <summary>Everything at one moment: processes, journal, storage, wires. Immutable.</summary>
internal sealed record ModelWorld
{
    public required Bounds Bounds { get; init; }
    public required ProtocolRules Rules { get; init; }

    /// <summary>What a coordinator finds that reads the journal now.</summary>
    public required RunState Journal { get; init; }

    /// <summary>Events in the journal.</summary>
    public int Appended { get; init; }
    public ImmutableArray<CoordinatorProcess> Coordinators { get; init; } = [];
    public ImmutableArray<WorkerProcess> Workers { get; init; } = [];
    public ImmutableArray<Part> Parts { get; init; } = [];
    public ImmutableArray<LateMessage> Late { get; init; } = [];

    /// <summary>Pairs that cannot reach one another on the data plane, in ordinal order.</summary>
    public ImmutableArray<(string Left, string Right)> DataCuts { get; init; } = [];

    /// <summary>Checkpoint files: path to the state in it.</summary>
    public ImmutableSortedDictionary<string, HeldState> Files { get; init; } =
        ImmutableSortedDictionary.Create<string, HeldState>(StringComparer.Ordinal);
    public Faults Left { get; init; }

    /// <summary>Content of each generation that was ever formed or taken, in words: a number has one.</summary>
    public ImmutableSortedDictionary<long, string> Contents { get; init; } = ImmutableSortedDictionary<long, string>.Empty;

    /// <summary>An invariant that this moment breaks.</summary>
    public string? Violation { get; init; }

    public bool IsOver => Journal.Trained is not null || Journal.End is not null;

    /// <summary>Best complete checkpoint, in completed steps; 0 without one.</summary>
    public long CheckpointStep => Journal.LastCheckpoint?.Step ?? 0;

    public int IndexOf(string workerId)
    {
        for (var i = 0; i < Workers.Length; i++)
        {
            if (string.Equals(Workers[i].Id, workerId, StringComparison.Ordinal))
            {
                return i;
            }
        }

        throw new ArgumentException($"No worker {workerId}.", nameof(workerId));
    }

    public ModelWorld With(int worker, WorkerProcess process) => this with { Workers = Workers.SetItem(worker, process) };

    public ModelWorld With(int worker, RankModel rank) => With(worker, Workers[worker] with { Rank = rank });

    /// <summary>A fault happens.</summary>
    public ModelWorld Spends(Func<Faults, Faults> kind) => this with { Left = kind(Left) with { Total = Left.Total - 1 } };

    public ModelWorld Breaks(string invariant) => Violation is null ? this with { Violation = invariant } : this;

    /// <summary>Null: the rank has given nothing in that generation.</summary>
    public long? PartOf(GenerationRecord record, GenerationMember member)
    {
        foreach (var part in Parts)
        {
            if (part.Generation == record.Number && part.WorkerId == member.WorkerId && part.Incarnation == member.Incarnation)
            {
                return part.Step;
            }
        }

        return null;
    }

    public bool AllGave(GenerationRecord record, long step) => record.Members.All(m => PartOf(record, m) >= step);

    public ModelWorld Gives(GenerationRecord record, WorkerProcess worker, long step) =>
        this with
        {
            Parts =
            [
                .. Parts
                    .Where(p => p.Generation != record.Number || p.WorkerId != worker.Id || p.Incarnation != worker.Incarnation)
                    .Append(new Part(record.Number, worker.Id, worker.Incarnation, step))
                    .OrderBy(p => p.Generation)
                    .ThenBy(p => p.WorkerId, StringComparer.Ordinal)
                    .ThenBy(p => p.Incarnation),
            ],
        };

    public bool AreCut(string one, string other) =>
        DataCuts.Length > 0 && DataCuts.Contains(string.CompareOrdinal(one, other) < 0 ? (one, other) : (other, one));

    /// <summary>Enough workers are well and reach one another and the coordinator, and nobody has paused the run: from here it has to complete.</summary>
    public bool CanComplete => Journal.Pause is null && Completes;

    private bool Completes => Bounds.TrainsAlone ? CanTrain : Largest([], 0) >= Bounds.Min;

    /// <summary>Where the exploration ends: the run is over, or a rank is at the last step where that is what has to be reached.</summary>
    public bool HasCompleted => (IsOver && Rules.JournalIsFence) || (Bounds.TrainsAlone && Workers.Any(w => w.Rank.Step == Bounds.Steps));

    /// <summary>All members of the newest generation are ready, and nothing asks them to stop.</summary>
    private bool CanTrain =>
        Journal.Generation is { } record
        && DataCuts.IsEmpty
        && record.Members.All(m =>
            Workers[IndexOf(m.WorkerId)] is { Moves: true, Rank: { Ready: true, Stop: null } } process && process.IsIn(record)
        );

    private int Largest(ImmutableArray<WorkerProcess> chosen, int from)
    {
        var best = chosen.Length;
        for (var i = from; i < Workers.Length; i++)
        {
            var next = Workers[i];
            if (next.IsReachable && !next.Agent.Draining && chosen.All(w => !AreCut(w.Id, next.Id)))
            {
                best = Math.Max(best, Largest(chosen.Add(next), i + 1));
            }
        }

        return best;
    }
}
