using System.Numerics.Tensors;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Objectives;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Pretraining.Methods.Distillation;

/// <summary>
/// The clustering loss of one kind of tokens: cross-entropy of the student's prototype assignments against the teacher's, and with ME-MAX the
/// entropy of the student's mean assignment over the global batch. Class tokens are compared across the two views, and those of local views with
/// both (DINO's multi-crop: 2 · (1 + n) pairs a sample), patch tokens within the same view (ASiT, MC-SSL). Means go over the global batch.
/// </summary>
/// <param name="prototypes">K.</param>
/// <param name="acrossViews">The teacher's view is the other one.</param>
/// <param name="localViews">n: local views of a sample whose tokens are compared too.</param>
/// <param name="weight">Of the cross-entropy.</param>
/// <param name="entropyWeight">Of ME-MAX; 0: none.</param>
/// <param name="studentTemperature">τ of the student.</param>
/// <param name="assignment">Makes the teacher's targets.</param>
/// <param name="tokens">A shard's memory of these tokens.</param>
internal sealed class TokenTerm(
    int prototypes,
    bool acrossViews,
    int localViews,
    double weight,
    double entropyWeight,
    double studentTemperature,
    ITeacherAssignment assignment,
    Func<ShardTokens, TokenMemory> tokens
)
{
    private readonly double[] entropyGradient = new double[prototypes];
    private double entropy;

    /// <summary>K.</summary>
    public int Prototypes => prototypes;

    /// <summary>Numbers of the state that the assignment keeps.</summary>
    public int CenterLength => assignment.CenterLength;

    /// <summary>Whether the student's mean assignment has to be known before its loss.</summary>
    public bool NeedsStudentMean => entropyWeight > 0;

    /// <summary>The teacher's targets, and the student's mean assignment with its entropy, of the global batch.</summary>
    public void Exchange(StepContext step, HostBuffer<float> center)
    {
        assignment.Assign(step, Of, center);
        if (!NeedsStudentMean)
        {
            return;
        }

        var sums = step.Sums.Sum(prototypes, (i, vector) => Of(step.Local[i]).StudentSums.CopyTo(vector));
        var rows = StudentRows(step);
        var mean = new double[prototypes];
        for (var k = 0; k < prototypes; k++)
        {
            mean[k] = sums[k] / rows;
        }

        entropy = MeanEntropy.ValueAndGradient(mean, entropyGradient);
    }

    /// <summary>Sums the student's probabilities of a shard, for <see cref="Exchange"/>.</summary>
    /// <param name="logits"><c>[rows, K]</c>.</param>
    /// <param name="local">Of local views, <c>[n · samples, K]</c>.</param>
    public void CountStudent(TokenMemory memory, ReadOnlySpan<float> logits, ReadOnlySpan<float> local)
    {
        Array.Clear(memory.StudentSums);
        MeanEntropy.AddProbabilities(logits, (float)studentTemperature, memory.StudentSums);
        MeanEntropy.AddProbabilities(local, (float)studentTemperature, memory.StudentSums);
    }

    /// <summary>A shard's parts of both losses, and the logits' gradient.</summary>
    /// <param name="logits">Student, <c>[rows, K]</c>.</param>
    /// <param name="gradient"><c>[rows, K]</c>, overwritten.</param>
    public (double Clustering, double Entropy) Loss(ShardWork work, StepContext step, ReadOnlySpan<float> logits, Span<float> gradient)
    {
        var memory = Of(work);
        var scale = PairScale(step);
        var half = logits.Length / 2;
        var sum = 0.0;
        for (var view = 0; view < 2; view++)
        {
            sum += PrototypeCrossEntropy.SumAndGradient(
                logits.Slice(view * half, half),
                memory.Targets.AsSpan(TeacherOf(view) * half, half),
                prototypes,
                (float)studentTemperature,
                (float)scale,
                gradient.Slice(view * half, half)
            );
        }

        AddEntropyGradient(step, logits, gradient);
        // V is a power of two, so the shards' equal parts add up to the whole exactly.
        return (scale * sum, entropyWeight * entropy / step.Shards);
    }

    /// <summary>A shard's part of the cross-entropy of local views, each against both of the teacher's, and the logits' gradient, with the entropy's.</summary>
    /// <param name="logits">Student, <c>[n · samples, K]</c>, view-major.</param>
    /// <param name="gradient">As the logits, overwritten.</param>
    public double LocalLoss(ShardWork work, StepContext step, ReadOnlySpan<float> logits, Span<float> gradient)
    {
        var targets = Of(work).Targets;
        var half = targets.Length / 2;
        // Cross-entropy is linear in its target: one pass serves both of the teacher's views.
        var both = new float[half];
        TensorPrimitives.Add(targets.AsSpan(0, half), targets.AsSpan(half, half), both);
        var scale = PairScale(step);
        var sum = 0.0;
        for (var start = 0; start < logits.Length; start += half)
        {
            sum += PrototypeCrossEntropy.SumAndGradient(
                logits.Slice(start, half),
                both,
                prototypes,
                (float)studentTemperature,
                (float)scale,
                gradient.Slice(start, half)
            );
        }

        AddEntropyGradient(step, logits, gradient);
        return scale * sum;
    }

    /// <summary>Numbers of a shard's <see cref="AddHealth"/>.</summary>
    public int HealthLength => prototypes + 1;

    /// <summary>Adds how the teacher assigned a shard, and how often the student agrees.</summary>
    /// <param name="logits">Student, <c>[rows, K]</c>.</param>
    public void AddHealth(ShardWork work, ReadOnlySpan<float> logits, Span<double> sums)
    {
        var targets = Of(work).Targets.AsSpan();
        var half = logits.Length / 2;
        for (var view = 0; view < 2; view++)
        {
            AssignmentHealth.Add(targets.Slice(TeacherOf(view) * half, half), logits.Slice(view * half, half), sums);
        }
    }

    /// <summary>The figures of the global batch.</summary>
    /// <param name="prefix">Of their names.</param>
    public IEnumerable<HealthFigure> Health(ReadOnlySpan<double> sums, StepContext step, string prefix)
    {
        var (share, used, agreement) = AssignmentHealth.Of(sums, Rows(step));
        return
        [
            new HealthFigure(prefix + HealthFigures.AssignmentEntropy, share),
            new HealthFigure(prefix + HealthFigures.PrototypesUsed, used),
            new HealthFigure(prefix + HealthFigures.Agreement, agreement),
        ];
    }

    /// <summary>Running statistics, after use.</summary>
    public void AfterCommit(Span<float> center) => assignment.AfterCommit(center);

    /// <summary>The term of class tokens or of patch tokens, as a spec has it.</summary>
    public static TokenTerm Of(MethodOptions options, bool patch)
    {
        var prototypes = patch ? options.PatchPrototypes!.Value : options.Prototypes!.Value;
        var collapse = options.AvoidCollapse!.Value;
        return new TokenTerm(
            prototypes,
            acrossViews: !patch,
            patch ? 0 : options.LocalViews?.Count ?? 0,
            (patch ? options.Weights!.Patch : options.Weights!.Clustering)!.Value,
            options.Weights.Entropy ?? 0,
            options.Temperatures!.Student,
            collapse switch
            {
                AvoidCollapse.Centering => new CenteredAssignment(prototypes, options.Momentum!.Center!.Value),
                AvoidCollapse.Sinkhorn or AvoidCollapse.MeMaxSinkhorn => new SinkhornAssignment(
                    prototypes,
                    options.Sinkhorn!,
                    options.Head!.NormalizePrototypes
                ),
                _ => new SharpenedAssignment(prototypes),
            },
            memory => patch ? memory.Patch! : memory.Class!
        );
    }

    /// <summary>Weight by the pairs of the global batch: 2 · (1 + n) a sample, and without local views one a token.</summary>
    private double PairScale(StepContext step) => weight / (Rows(step) * (1 + localViews));

    /// <summary>The student's tokens in the global batch, those of local views included.</summary>
    private double StudentRows(StepContext step) => Rows(step) * (2 + localViews) / 2;

    private void AddEntropyGradient(StepContext step, ReadOnlySpan<float> logits, Span<float> gradient)
    {
        if (NeedsStudentMean)
        {
            var scale = (float)(entropyWeight / StudentRows(step));
            MeanEntropy.AddLogitGradient(logits, (float)studentTemperature, entropyGradient, scale, gradient);
        }
    }

    /// <summary>Tokens of the whole-size views of the global batch.</summary>
    private double Rows(StepContext step) => (double)Of(step.Local[0]).Rows * step.Shards;

    /// <summary>The view whose targets a student's view is compared with.</summary>
    private int TeacherOf(int view) => acrossViews ? 1 - view : view;

    private TokenMemory Of(ShardWork work) => tokens(work.Memory<ShardTokens>());
}
