using Orchestrator.Collectives;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Methods.Distillation;
using Orchestrator.Pretraining.Tests.Reference;
using Orchestrator.Pretraining.Training;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Methods.Distillation;

/// <summary>The multi-crop losses of DINO and MC-SSL through the product's own term, at V = 1 and 2: losses, gradients and centers of consecutive steps.</summary>
public sealed class TokenTermTests
{
    private const double StudentTemperature = 0.1;
    private const double CenterMomentum = 0.9;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_multi_crop_loss_is_dinos(int shards)
    {
        var file = VectorFile.Open("dino_loss");
        var temperatures = file.Floats("teacher_temp");
        Follows(
            file,
            new Names("loss", "student", "teacher", "center"),
            shards,
            64,
            4,
            4,
            file.Int64s("epochs").Select(e => (double)temperatures[e])
        );
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Ten_local_views_give_mc_ssls_class_loss(int shards) =>
        Follows(VectorFile.Open("mcssl_loss"), new Names("loss_cls", "s_cls", "t_cls", "center"), shards, 48, 2, 10, [0.04, 0.07, 0.07]);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Patch_tokens_of_the_same_view_give_mc_ssls_patch_loss(int shards) =>
        Follows(
            VectorFile.Open("mcssl_loss"),
            new Names("loss_data", "s_data", "t_data", "center_data"),
            shards,
            48,
            2,
            null,
            [0.04, 0.07, 0.07]
        );

    /// <param name="names">Of the vectors.</param>
    /// <param name="samples">Of the batch.</param>
    /// <param name="localViews">Of class tokens; null: patch tokens.</param>
    private static void Follows(
        VectorFile file,
        Names names,
        int shards,
        int prototypes,
        int samples,
        int? localViews,
        IEnumerable<double> temperatures
    )
    {
        var term = new TokenTerm(
            prototypes,
            acrossViews: localViews is not null,
            localViews ?? 0,
            weight: 1,
            entropyWeight: 0,
            StudentTemperature,
            new CenteredAssignment(prototypes, CenterMomentum),
            memory => memory.Class!
        );
        using var group = ProcessGroup.Alone(shards);
        using var sums = new ShardSums(group);
        using var center = new AlignedBuffer<float>(prototypes);
        foreach (var (step, temperature) in temperatures.Index())
        {
            var teacher = file.Floats($"step{step}.{names.Teacher}");
            // Numbers of one crop: its tokens by the prototypes.
            var crop = teacher.Length / 2;
            var works = Enumerable
                .Range(0, shards)
                .Select(shard => new ShardWork(
                    shard,
                    new ShardTokens(new TokenMemory(teacher.Length / prototypes / shards, prototypes, false), null)
                ))
                .ToList();
            foreach (var work in works)
            {
                Part(teacher, crop, work.Shard, shards).CopyTo(work.Memory<ShardTokens>().Class!.Logits, 0);
            }

            var context = Context(works, sums, samples, shards, temperature);
            term.Exchange(context, center.Host);
            var student = file.Floats($"step{step}.{names.Student}");
            var gradient = new float[student.Length];
            var loss = 0.0;
            foreach (var work in works)
            {
                var mine = Part(student, crop, work.Shard, shards);
                var grads = new float[mine.Length];
                var globals = 2 * crop / shards;
                loss += term.Loss(work, context, mine.AsSpan(0, globals), grads.AsSpan(0, globals)).Clustering;
                if (localViews is not null)
                {
                    loss += term.LocalLoss(work, context, mine.AsSpan(globals), grads.AsSpan(globals));
                }

                Put(grads, gradient, crop, work.Shard, shards);
            }

            term.AfterCommit(center.Span);
            file.AssertClose($"step{step}.{names.Loss}", [(float)loss]);
            file.AssertClose($"step{step}.grad_{names.Student}", gradient);
            file.AssertClose($"step{step}.{names.Center}", center.Span);
        }
    }

    /// <summary>A shard's samples of every crop of crop-major rows.</summary>
    private static float[] Part(float[] rows, int crop, int shard, int shards) =>
        [.. rows.Chunk(crop).SelectMany(one => one.AsSpan(shard * crop / shards, crop / shards).ToArray())];

    private static void Put(float[] part, float[] rows, int crop, int shard, int shards)
    {
        foreach (var (number, piece) in part.Chunk(crop / shards).Index())
        {
            piece.CopyTo(rows, (number * crop) + (shard * crop / shards));
        }
    }

    private static StepContext Context(IReadOnlyList<ShardWork> local, ShardSums sums, int samples, int shards, double temperature) =>
        new()
        {
            Step = 0,
            Epoch = 0,
            TeacherTemperature = temperature,
            BatchSize = samples,
            Shards = shards,
            Student = null!,
            Teacher = null,
            Local = local,
            Sums = sums,
            Centers = null,
            ForEachShard = action =>
            {
                foreach (var work in local)
                {
                    action(work);
                }
            },
            Gather = _ => throw new NotSupportedException(),
            Maximum = _ => throw new NotSupportedException(),
            MaskedScale = _ => throw new NotSupportedException(),
        };

    private sealed record Names(string Loss, string Student, string Teacher, string Center);
}
