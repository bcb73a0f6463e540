using System.Text;
using Orchestrator.Protocol.Tests.Moves;
using Orchestrator.Protocol.Tests.World;

namespace Orchestrator.Protocol.Tests.Exploration;

/// <summary>
/// Every moment that can be reached within the bounds, breadth first, so that what it finds is shortest. Moments are told apart by 128 bits of hash.
/// I4 is looked at in the end: from each moment with enough well workers, moves that need no luck lead to completion.
/// </summary>
internal sealed class Explorer
{
    private readonly Bounds bounds;
    private readonly ProtocolRules rules;
    private readonly int mostStates;
    private readonly WorldKey key = new();
    private readonly Dictionary<UInt128, int> known = [];
    private readonly List<int> parents = [];
    private readonly List<string> moves = [];
    private readonly List<Standing> standings = [];
    private readonly List<(int From, int To)> withoutLuck = [];
    private readonly Queue<(ModelWorld World, int Index, int Depth)> frontier = [];

    private Explorer(Bounds bounds, ProtocolRules rules, int mostStates) =>
        (this.bounds, this.rules, this.mostStates) = (bounds, rules, mostStates);

    private enum Standing : byte
    {
        Free,
        MustComplete,
        Completed,
        NotFollowed,
    }

    /// <param name="prefix">How the moves begin, one after the other, from whose end on everything is explored; empty: from the first moment.</param>
    public static ExplorationResult Explore(
        Bounds bounds,
        ProtocolRules? rules = null,
        int mostStates = 3_000_000,
        params IReadOnlyList<string> prefix
    ) => new Explorer(bounds, rules ?? new ProtocolRules(), mostStates).Run(prefix);

    private ExplorationResult Run(IReadOnlyList<string> prefix)
    {
        var first = Setup.Of(bounds, rules);
        foreach (var text in prefix)
        {
            first = AllMoves.Of(first).First(m => m.Text.StartsWith(text, StringComparison.Ordinal)).After;
        }

        Reach(first, -1, string.Join("\n      ", prefix.Prepend("the run is submitted, the coordinator has taken it over")), 0);
        long transitions = 0;
        long highest = 0;
        var depth = 0;
        string? violation = null;
        while (violation is null && frontier.TryDequeue(out var next))
        {
            depth = next.Depth;
            highest = Math.Max(highest, next.World.Journal.PreparedNumber);
            foreach (var move in AllMoves.Of(next.World))
            {
                transitions++;
                if (move.After.Violation is { } broken)
                {
                    violation = Tell(broken, next.Index, move.Text);
                    break;
                }

                var index = Reach(move.After, next.Index, move.Text, next.Depth + 1);
                if (!move.IsLuck && index != next.Index)
                {
                    withoutLuck.Add((next.Index, index));
                }
            }
        }

        violation ??= Stuck() is { } stuck
            ? Tell(
                $"I4: {(bounds.TrainsAlone ? "all ranks are ready" : "enough workers are well")}, and nothing that needs no luck goes on to the end",
                stuck
            )
            : null;
        return new ExplorationResult(
            standings.Count,
            transitions,
            standings.Count(s => s == Standing.Completed),
            standings.Count(s => s == Standing.NotFollowed),
            standings.Count(s => s == Standing.MustComplete),
            highest,
            depth,
            violation
        );
    }

    /// <returns>The moment's number.</returns>
    private int Reach(ModelWorld world, int from, string move, int depth)
    {
        var hash = key.Of(world);
        if (known.TryGetValue(hash, out var index))
        {
            return index;
        }

        index = standings.Count;
        known.Add(hash, index);
        parents.Add(from);
        moves.Add(move);
        var standing =
            world.HasCompleted ? Standing.Completed
            : world.Journal.PreparedNumber > bounds.MostNumbers || index >= mostStates ? Standing.NotFollowed
            : world.CanComplete ? Standing.MustComplete
            : Standing.Free;
        standings.Add(standing);
        if (standing is Standing.Free or Standing.MustComplete)
        {
            frontier.Enqueue((world, index, depth));
        }

        return index;
    }

    /// <summary>The first moment that must lead to completion and does not; what was not followed is given the benefit of the doubt.</summary>
    private int? Stuck()
    {
        var into = withoutLuck.ToLookup(e => e.To, e => e.From);
        var leads = new bool[standings.Count];
        var open = new Stack<int>(
            Enumerable.Range(0, standings.Count).Where(i => standings[i] is Standing.Completed or Standing.NotFollowed)
        );
        while (open.TryPop(out var index))
        {
            if (!leads[index])
            {
                leads[index] = true;
                foreach (var from in into[index])
                {
                    open.Push(from);
                }
            }
        }

        var stuck = Enumerable.Range(0, standings.Count).Where(i => standings[i] == Standing.MustComplete && !leads[i]).ToArray();
        return stuck.Length == 0 ? null : stuck[0];
    }

    private string Tell(string invariant, int index, params string[] last)
    {
        var schedule = new Stack<string>(last);
        for (var i = index; i >= 0; i = parents[i])
        {
            schedule.Push(moves[i]);
        }

        var text = new StringBuilder(invariant).AppendLine().AppendLine($"within {bounds}, after");
        foreach (var (move, number) in schedule.Select((move, number) => (move, number)))
        {
            text.AppendLine($"{number, 4}  {move}");
        }

        return text.ToString();
    }
}
