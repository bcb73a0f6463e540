namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>
/// How many rows of each class make a share of a set: near the class's own share (largest remainders, Hamilton's method), at least one of each
/// class that there is.
/// </summary>
internal static class Stratification
{
    /// <summary>Rows to take of each class, in all round(n · fraction), ties to even, or one of each class if that is more.</summary>
    /// <param name="sizes">Rows of each class; a class without any is given none.</param>
    /// <param name="fraction">Above 0, at most 1.</param>
    public static int[] Counts(ReadOnlySpan<int> sizes, double fraction)
    {
        var (rows, classes) = (0, 0);
        var counts = new int[sizes.Length];
        var over = new double[sizes.Length];
        for (var k = 0; k < sizes.Length; k++)
        {
            rows += sizes[k];
            classes += sizes[k] > 0 ? 1 : 0;
            counts[k] = sizes[k] == 0 ? 0 : Math.Max(1, (int)(sizes[k] * fraction));
            over[k] = counts[k] - (sizes[k] * fraction);
        }

        var missing = Math.Max(classes, (int)Math.Round(rows * fraction)) - counts.Sum();
        for (; missing != 0; missing -= Math.Sign(missing))
        {
            Move(sizes, counts, over, Math.Sign(missing));
        }

        return counts;
    }

    /// <summary>One row more of the class that lacks most, or one less of the class that has most above its share; of equals the first.</summary>
    private static void Move(ReadOnlySpan<int> sizes, int[] counts, double[] over, int by)
    {
        var chosen = -1;
        for (var k = 0; k < counts.Length; k++)
        {
            var possible = by > 0 ? counts[k] < sizes[k] : counts[k] > 1;
            if (possible && (chosen < 0 || by * over[k] < by * over[chosen]))
            {
                chosen = k;
            }
        }

        counts[chosen] += by;
        over[chosen] += by;
    }
}
