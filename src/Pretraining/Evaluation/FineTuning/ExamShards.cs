using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Evaluation.Exams;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Randomness;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation.FineTuning;

/// <summary>
/// Labeled exams: a step sees so many slices of each, drawn anew and in their order, each through a view of its own; of an exam with fewer all of them, and
/// padding. A function of (seed, pass, position among the labeled exams). Fewer exams than a batch are gone through several times in it, each time with other draws.
/// </summary>
internal sealed class ExamShards : ILabeledShards
{
    /// <summary>Numbers of a row: the exam's <see cref="Label"/> (smoothed), and 1 where the row <see cref="IsSlice"/>, 0 where it is padding.</summary>
    public const int Numbers = 2;
    public const int Label = 0;
    public const int IsSlice = 1;

    private readonly IReadOnlyList<Exam> labeled;
    private readonly float[] labels;
    private readonly ulong seed;
    private readonly int longest;
    private readonly ShardSampler sampler;
    private readonly PatchLayout patches;
    private readonly Lazy<Scratch>[] scratch;

    /// <param name="spec">Of the training: <see cref="FineTuneRunSpec"/>.</param>
    /// <param name="plane">Its data opened for it.</param>
    /// <param name="exams">Numbers of the training exams to learn from.</param>
    /// <param name="labels">Of all training exams.</param>
    /// <param name="threads">Threads that will fill shards.</param>
    public ExamShards(RunSpec spec, FineTuneSpec recipe, ExamPlane plane, int[] exams, bool[] labels, int threads)
    {
        labeled = [.. exams.Select(exam => plane.Training[exam])];
        this.labels = Array.ConvertAll(
            exams,
            exam => (float)((labels[exam] ? 1 - recipe.LabelSmoothing : 0) + (recipe.LabelSmoothing / 2))
        );
        (seed, longest) = (spec.Seed, labeled.Max(exam => exam.Count));
        sampler = FineTuneTraining.Sampler(spec, exams.Length);
        patches = new PatchLayout(plane.Data.ViewSize, spec.Backbone.Custom.Patch);
        scratch =
        [
            .. Enumerable
                .Range(0, threads)
                .Select(_ => new Lazy<Scratch>(() =>
                    new Scratch(plane.Data.CreateRenderer(), spec.Batch.MicroBatch, longest, plane.Data.ViewSize.Length)
                )),
        ];
    }

    public long StepsPerEpoch => sampler.StepsPerEpoch;

    public int Targets => Numbers;

    public double Fill(long step, int shard, int thread, ShardViews views)
    {
        var memory = scratch[thread].Value;
        var (places, exams) = (views.Group.Count, memory.Turns.Length);
        sampler.Turns(step, shard, memory.Turns);
        for (var i = 0; i < exams; i++)
        {
            var number = (int)(memory.Turns[i].Sample % labeled.Count);
            var slices = Drawn(memory, memory.Turns[i], labeled[number].Count, places);
            for (var place = 0; place < places; place++)
            {
                var row = (place * exams) + i;
                var isSlice = place < slices.Length;
                views.Turns[row] = memory.Turns[i];
                views.Targets[(row * Numbers) + Label] = labels[number];
                views.Targets[(row * Numbers) + IsSlice] = isSlice ? 1 : 0;
                var values = views.CleanValues.Slice(row * views.RowLength, views.RowLength);
                if (isSlice)
                {
                    Render(memory, memory.Turns[i], labeled[number].First, slices[place]);
                    patches.Patchify(memory.View, values);
                }
                else
                {
                    values.Clear();
                }
            }
        }

        return 0;
    }

    /// <summary>Slices of an exam, ascending: all, or as many as there are places, drawn without putting any back.</summary>
    private ReadOnlySpan<int> Drawn(Scratch memory, SampleTurn turn, int count, int places)
    {
        var all = memory.Slices.AsSpan(0, count);
        for (var slice = 0; slice < count; slice++)
        {
            all[slice] = slice;
        }

        if (count <= places)
        {
            return all;
        }

        var stream = new PhiloxStream(seed, DrawPurpose.ExamSlices, turn.Pass, turn.Sample);
        for (var i = 0; i < places; i++)
        {
            var chosen = i + stream.NextInt32(count - i);
            (all[i], all[chosen]) = (all[chosen], all[i]);
        }

        all[..places].Sort();
        return all[..places];
    }

    /// <summary>Each slice of each turn has a key of its own: its views are drawn apart from its neighbors'.</summary>
    private void Render(Scratch memory, SampleTurn turn, int first, int slice) =>
        memory.Renderer.Render(first + slice, seed, turn.Pass, (turn.Sample * longest) + slice, 1, memory.View);

    /// <summary>Buffers of one thread.</summary>
    private sealed class Scratch(IViewRenderer renderer, int microBatch, int longest, int length)
    {
        public IViewRenderer Renderer { get; } = renderer;
        public SampleTurn[] Turns { get; } = new SampleTurn[microBatch];
        public int[] Slices { get; } = new int[longest];
        public float[] View { get; } = new float[length];
    }
}
