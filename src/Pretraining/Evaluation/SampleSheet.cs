using Orchestrator.Pretraining.Corruption;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>
/// What a run shows its network: columns of samples; rows from above: the whole sample, then each view of the first epoch, clean and, where the
/// student sees it corrupted, corrupted. Local views stand in the corner of their cells. The batch-mate of a replacement is the neighbor in the picture.
/// </summary>
public static class SampleSheet
{
    /// <summary>The sheet as a PNG file's bytes.</summary>
    /// <param name="samples">Numbers of samples, 1 or more.</param>
    /// <exception cref="DataException">A sample is damaged, or the corruption cannot be drawn on views of their size.</exception>
    public static byte[] Draw(RunSpec spec, IDataSet data, IReadOnlyList<int> samples)
    {
        var global = ViewGroup.Global(spec);
        ViewGroup[] groups = ViewGroup.Local(spec) is { } local ? [global, local] : [global];
        CorruptionProblems.ThrowIfAny(spec);
        var values = Render(spec, data, samples, groups);
        var pictures = new ViewPicture(spec, data.ViewSize);
        var sheet = new PictureSheet(pictures.Size, 1 + groups.Sum(group => group.Count * (group.IsCorrupted ? 2 : 1)), samples.Count);
        var whole = new float[data.ViewSize.Length];
        var renderer = data.CreateRenderer();
        for (var i = 0; i < samples.Count; i++)
        {
            renderer.RenderAligned(samples[i], whole);
            sheet.Paint(0, i, pictures.Of(whole));
        }

        var (row, start) = (1, 0);
        foreach (var group in groups)
        {
            row = Paint(spec, samples, group, values, start, sheet, row);
            start += group.Count * group.Size.Length;
        }

        return sheet.Encode();
    }

    /// <summary>All views of each sample, one after the other.</summary>
    private static float[][] Render(RunSpec spec, IDataSet data, IReadOnlyList<int> samples, ViewGroup[] groups)
    {
        var renderer = data.CreateRenderer();
        var length = groups.Sum(group => group.Count * group.Size.Length);
        return
        [
            .. samples.Select(sample =>
            {
                var views = new float[length];
                renderer.Render(sample, spec.Seed, 0, sample, groups[0].Count, views, groups.Length > 1 ? groups[1].Count : 0);
                return views;
            }),
        ];
    }

    /// <summary>Paints the views of one size.</summary>
    /// <param name="start">Where they begin among a sample's values.</param>
    /// <returns>The row after them.</returns>
    private static int Paint(
        RunSpec spec,
        IReadOnlyList<int> samples,
        ViewGroup group,
        float[][] values,
        int start,
        PictureSheet sheet,
        int row
    )
    {
        var masking = group.IsCorrupted ? new GroupMasking(group.Size, spec.Options.Corruption!) : null;
        var pictures = new ViewPicture(spec, group.Size);
        var (shown, mask) = (new float[group.Size.Length], new byte[group.Size.Area]);
        for (var view = 0; view < group.Count; view++, row += masking is null ? 1 : 2)
        {
            for (var i = 0; i < samples.Count; i++)
            {
                var clean = View(i, view);
                sheet.Paint(row, i, pictures.Of(clean), pictures.Size);
                if (masking is not null)
                {
                    var mate = samples.Count > 1 ? View((i + 1) % samples.Count, view) : [];
                    masking.Corrupt(clean, mate, spec.Seed, 0, samples[i], group.First + view, shown, mask);
                    sheet.Paint(row + 1, i, pictures.Of(shown), pictures.Size);
                }
            }
        }

        return row;

        ReadOnlySpan<float> View(int sample, int view) => values[sample].AsSpan(start + (view * group.Size.Length), group.Size.Length);
    }
}
