using Orchestrator.Pretraining.Evaluation.Metrics;
using Orchestrator.Shared.Randomness;

namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>The rows of each class, and in which order a draw takes them.</summary>
internal sealed class ClassMembers
{
    private readonly List<int>[] members;

    private ClassMembers(int classes)
    {
        members = new List<int>[classes];
        for (var k = 0; k < classes; k++)
        {
            members[k] = [];
        }
    }

    public int Classes => members.Length;

    /// <summary>Each row in its one class.</summary>
    public static ClassMembers Of(ReadOnlySpan<int> labels, int classes)
    {
        var found = new ClassMembers(classes);
        for (var i = 0; i < labels.Length; i++)
        {
            found.members[labels[i]].Add(i);
        }

        return found;
    }

    /// <summary>Each row in every class that it is known to have.</summary>
    public static ClassMembers Of(LabelMatrix labels)
    {
        var found = new ClassMembers(labels.Classes);
        for (var i = 0; i < labels.Rows; i++)
        {
            for (var k = 0; k < labels.Classes; k++)
            {
                if (labels[i][k] == 1)
                {
                    found.members[k].Add(i);
                }
            }
        }

        return found;
    }

    public int Count(int @class) => members[@class].Count;

    /// <summary>The first rows of a class in a draw's order: fewer are the beginning of more.</summary>
    public IEnumerable<int> First(int @class, int count, ulong seed, int draw) =>
        Shuffled([.. members[@class]], count, new PhiloxStream(seed, DrawPurpose.ProbeSplit, draw, @class));

    /// <summary>All rows of a class in a stream's order.</summary>
    public IEnumerable<int> All(int @class, PhiloxStream stream) => Shuffled([.. members[@class]], Count(@class), stream);

    /// <summary>The first of some rows in a stream's order, by Fisher and Yates, as far as needed.</summary>
    public static int[] Shuffled(int[] rows, int count, PhiloxStream stream)
    {
        for (var i = 0; i < count; i++)
        {
            var other = i + stream.NextInt32(rows.Length - i);
            (rows[i], rows[other]) = (rows[other], rows[i]);
        }

        return rows[..count];
    }
}
