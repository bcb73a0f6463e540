using Orchestrator.Pretraining.Corruption;
using Orchestrator.Pretraining.Data;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>
/// What a run shows its network: columns of samples; rows from above: the whole sample, then each view of the first epoch, clean and, where the method corrupts, corrupted.
/// The batch-mate of a replacement is the neighbor in the picture.
/// </summary>
public static class SampleSheet
{
    /// <summary>The sheet as a PNG file's bytes.</summary>
    /// <param name="samples">Numbers of samples, 1 or more.</param>
    /// <exception cref="DataException">A sample is damaged, or the corruption cannot be drawn on views of their size.</exception>
    public static byte[] Draw(RunSpec spec, IDataSet data, IReadOnlyList<int> samples)
    {
        if (spec.Options.Corruption is { } corruption && GroupMasking.Problems(data.ViewSize, corruption) is [var problem, ..])
        {
            throw new DataException($"options.corruption: {problem}.");
        }

        var views = spec.Options.Views;
        var length = data.ViewSize.Length;
        var renderer = data.CreateRenderer();
        var masking = spec.Options.Corruption is { } options ? new GroupMasking(data.ViewSize, options) : null;
        var rowsOfView = masking is null ? 1 : 2;
        var pictures = new ViewPicture(spec, data.ViewSize);
        var sheet = new PictureSheet(pictures.Size, 1 + (rowsOfView * views), samples.Count);
        var clean = new float[samples.Count][];
        var (shown, mask) = (new float[length], new byte[data.ViewSize.Area]);
        for (var i = 0; i < samples.Count; i++)
        {
            clean[i] = new float[views * length];
            renderer.RenderAligned(samples[i], shown);
            Paint(0, i);
            renderer.Render(samples[i], spec.Seed, 0, samples[i], views, clean[i]);
        }

        for (var i = 0; i < samples.Count; i++)
        {
            for (var view = 0; view < views; view++)
            {
                var values = clean[i].AsSpan(view * length, length);
                var mate = samples.Count > 1 ? clean[(i + 1) % samples.Count].AsSpan(view * length, length) : [];
                values.CopyTo(shown);
                Paint(1 + (rowsOfView * view), i);
                if (masking is not null)
                {
                    masking.Corrupt(values, mate, spec.Seed, 0, samples[i], view, shown, mask);
                    Paint(2 + (2 * view), i);
                }
            }
        }

        return sheet.Encode();

        void Paint(int row, int column) => sheet.Paint(row, column, pictures.Of(shown));
    }
}
