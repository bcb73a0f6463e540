using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Shared.Protocol;
using TorchSharp;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// The life of a batch, readable in one place: views and teacher of each shard, statistics of the whole batch, student and backward of each
/// shard, the exchange of gradients, which begins while the last of these run, the commit. It commits or it does not: until the whole reduced
/// gradient is there and finite, nothing of the state has changed.
/// </summary>
public sealed class TrainStep : IDisposable
{
    // Of what the step counts over the shards, before the digest of its samples, which travels with it.
    private const int Counts = 3;

    private readonly TrainingParts parts;
    private readonly IPretrainingMethod method;
    private readonly PreparedShards data;
    private readonly TrainingState state;
    private readonly RunSchedule schedule;
    private readonly ShardGang gang;
    private readonly ShardReplicas replicas;
    private readonly GradientPool gradients;
    private readonly GradientExchange exchange;
    private readonly Commit commit;
    private readonly ProcessGroup group;
    private readonly ShardSums sums;
    private readonly DamageCount damage;
    private readonly StepHealth health;
    private readonly NonFiniteRule nonFinite;
    private readonly NonFiniteSearch search;
    private readonly StepAudit audit;
    private readonly ShardRecomputation recomputation;
    private readonly StateComparison states;
    private readonly ShardWork[] local;

    /// <summary>The local shards, and after them the one of another rank that is computed only to be compared.</summary>
    private ShardWork[] computed;
    private long aimedAt = -1;

    /// <param name="parts">What outlives a generation: state, replicas, threads.</param>
    /// <param name="states">Tells, where ranks compute different gradients, whether they had the same weights.</param>
    /// <param name="group">The generation's process group: says which shards are local.</param>
    public TrainStep(TrainingParts parts, StateComparison states, ProcessGroup group)
    {
        (method, data, state, schedule) = (parts.Method, parts.Data, parts.State, parts.Schedule);
        (gang, replicas, gradients) = (parts.Gang, parts.Replicas, parts.Gradients);
        (this.parts, this.states, this.group) = (parts, states, group);
        exchange = new GradientExchange(
            group,
            gradients,
            group.WorldSize == 1 ? [GradientBucket.Whole(parts.State.Layout)] : parts.Buckets,
            parts.Wire
        );
        commit = new Commit(parts);
        damage = new DamageCount(parts.State, parts.Schedule, parts.MaxDamaged);
        sums = new ShardSums(group);
        nonFinite = new NonFiniteRule(parts.State, parts.NonFinite, parts.CheckpointEvery);
        local = [.. Enumerable.Range(group.Range.Start, group.Range.Count).Select(parts.CreateWork)];
        health = new StepHealth(method, gang, sums, local);
        search = new NonFiniteSearch(parts, commit, group, local);
        audit = new StepAudit(parts, commit);
        recomputation = new ShardRecomputation(parts, group);
        computed = local;
    }

    /// <summary>One optimizer step on the calling thread.</summary>
    /// <param name="moment">Told at each boundary, on this thread.</param>
    /// <param name="committed">Told what the commit made, on this thread.</param>
    /// <exception cref="CollectiveException">A peer was lost; nothing was committed.</exception>
    /// <exception cref="StepAbortedException">Asked to stop; nothing was committed.</exception>
    /// <exception cref="NonFiniteException">A loss or a gradient is not finite, and the run may not go on without the step; nothing was committed, on any rank.</exception>
    /// <exception cref="Data.DataException">The data cannot be read, or more of it is damaged than the spec tolerates; nothing was committed.</exception>
    /// <exception cref="CorruptionException">Ranks differ where they may not: what this one holds is not to be trusted.</exception>
    public StepRow Run(Action<StepMoment>? moment, Action<CommittedStep>? committed = null)
    {
        recomputation.Begin(state.Step);
        try
        {
            return Attempt(moment, committed);
        }
        catch (ShardDisputedException)
        {
            // Who computes from other weights computes right, and its memory erred.
            states.Check(group);
            gradients.Reclaim();
            recomputation.BeginAgain();
            return Attempt(moment, committed);
        }
    }

    public void Dispose()
    {
        gradients.Reclaim();
        recomputation.Dispose();
        exchange.Dispose();
        sums.Dispose();
        foreach (var work in local)
        {
            work.Dispose();
        }
    }

    private StepRow Attempt(Action<StepMoment>? moment, Action<CommittedStep>? committed)
    {
        if (aimedAt != state.Step)
        {
            data.Aim(group.Range, state.Step);
        }

        // Until the step is committed, what was taken for it has to be made again.
        aimedAt = -1;
        computed = recomputation.Twin is { } twin ? [.. local, twin] : local;
        try
        {
            var row = Compute(moment, committed);
            aimedAt = state.Step;
            return row;
        }
        finally
        {
            ReturnViews();
        }
    }

    private StepRow Compute(Action<StepMoment>? moment, Action<CommittedStep>? committed)
    {
        var timer = new StepTimer(gang.ThreadCount, state.Step, parts.Trace);
        var step = Context();
        moment?.Invoke(StepMoment.Begun);
        gang.ForEach(computed.Length, (thread, i) => Prepare(computed[i], thread, step, timer));
        moment?.Invoke(StepMoment.ViewsReady);
        var begun = Stopwatch.GetTimestamp();
        var counts = sums.Sum(Counts + SampleDigest.Lanes, (i, vector) => Count(local[i], vector));
        (masked, maskedLocal, var damagedCount) = (counts[0], counts[1], counts[2]);
        var samples = SampleDigest.Hex(counts[Counts..]);
        var damaged = damage.Check(group, damagedCount, local);
        method.ExchangeStatistics(step);
        timer.Add("statistics", begun);
        moment?.Invoke(StepMoment.StatisticsExchanged);
        exchange.Begin(timer);
        gang.ForEach(
            computed.Length,
            (thread, i) => Backward(computed[i], thread, step, timer),
            meanwhile: exchange.SumWhileComputing,
            whenBack: exchange.End
        );
        moment?.Invoke(StepMoment.BackwardDone);
        begun = gang.BackSince;
        recomputation.Compare(step.Step);
        var losses = sums.Sum(method.LossTerms.Count, (i, vector) => local[i].Losses.CopyTo(vector)).ToArray();
        var figures = health.Of(step);
        var gradient = exchange.Finish();
        timer.Add("exchange", begun);
        moment?.Invoke(StepMoment.GradientsExchanged);
        gang.ThrowIfAborted();
        begun = Stopwatch.GetTimestamp();
        var bad = FindNonFinite(step, losses, gradient);
        timer.Add("optimizer", begun);
        var gradientDigest = bad is null ? audit.Gradient(gradient, timer) : null;
        begun = Stopwatch.GetTimestamp();
        var norm = 0.0;
        if (bad is null)
        {
            norm = commit.Apply(gradient, state.Step);
            method.AfterCommit(step);
            nonFinite.Applied(state.Step + 1);
        }
        else
        {
            bad = nonFinite.Refuse(state.Step, bad);
        }

        damage.Commit(state.Step, damagedCount);
        timer.Add("optimizer", begun);
        var weightsDigest = audit.Weights(timer);
        state.SetStep(state.Step + 1, state.Generation);
        committed?.Invoke(new CommittedStep(step.Step, bad is null ? gradient.Host : null, Statistics()));
        gradients.Reclaim();
        parts.Trace?.EndStep();
        moment?.Invoke(StepMoment.Committed);
        return Row(step, losses, norm, timer) with
        {
            Damaged = damaged.Count == 0 ? null : damaged,
            Health = bad is null ? figures : null,
            NonFinite = bad,
            Audit = new AuditRow(samples, gradientDigest, weightsDigest),
        };
    }

    private SlotValues[] Statistics() => [.. state.Statistics.Select(slot => new SlotValues(slot.Name, slot.Buffer.Span.ToArray()))];

    private void ReturnViews()
    {
        foreach (var work in computed)
        {
            if (work.Prepared is { } views)
            {
                work.Prepared = null;
                data.Return(views);
            }
        }
    }

    private static void Count(ShardWork work, Span<double> counts)
    {
        var views = work.Views;
        (counts[0], counts[1], counts[2]) = (views.MaskedCount, views.Local?.MaskedCount ?? 0, views.Damaged.Count);
        SampleDigest.Write(work.Shard, views.Samples, counts[Counts..]);
    }

    /// <summary>Masked values of the global batch, in whole-size views.</summary>
    private double masked;

    /// <summary>Masked values of the global batch, in local views.</summary>
    private double maskedLocal;

    private StepContext Context() =>
        new()
        {
            Step = state.Step,
            Epoch = schedule.Epoch(state.Step),
            TeacherTemperature = schedule.TeacherTemperature(state.Step),
            BatchSize = schedule.BatchSize,
            Shards = group.Shards,
            Student = replicas.Student(0),
            Teacher = replicas.Teacher(0),
            Local = computed,
            Sums = sums,
            Centers = state.Centers,
            ForEachShard = action => gang.ForEach(computed.Length, (_, i) => action(computed[i])),
            Gather = Gather,
            Maximum = Maximum,
            MaskedScale = views =>
                schedule.MaskedMeanOfShard
                    ? Inverse(views.MaskedCount * group.Shards)
                    : Inverse(views.Group.IsLocal ? maskedLocal : masked),
        };

    private float[] Gather(Func<ShardWork, float[]> values)
    {
        float[] mine = [.. local.SelectMany(values)];
        // Ranks hold the shards in their order.
        return
        [
            .. group
                .AllGather(FrameKind.Statistics, MemoryMarshal.AsBytes<float>(mine))
                .SelectMany(bytes => MemoryMarshal.Cast<byte, float>(bytes).ToArray()),
        ];
    }

    private float Maximum(Func<ShardWork, float> value)
    {
        Span<byte> mine = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(mine, local.Max(value));
        return group.AllGather(FrameKind.Statistics, mine).Max(bytes => BinaryPrimitives.ReadSingleLittleEndian(bytes));
    }

    private void Prepare(ShardWork work, int thread, StepContext step, StepTimer timer)
    {
        var begun = Stopwatch.GetTimestamp();
        work.Prepared = ReferenceEquals(work, recomputation.Twin)
            ? data.TakeOther(step.Step, work.Shard, thread)
            : data.Take(step.Step, work.Shard, thread, gang.ThrowIfAborted);
        timer.AddShared("data", begun, work.Shard);
        begun = Stopwatch.GetTimestamp();
        // As no_grad, and nothing is kept for gradients that might still be asked for.
        using (torch.inference_mode())
        using (torch.NewDisposeScope())
        {
            method.PrepareShard(work, replicas.Student(thread), replicas.Teacher(thread), step);
        }

        timer.AddShared("forward", begun, work.Shard);
    }

    private void Backward(ShardWork work, int thread, StepContext step, StepTimer timer)
    {
        var begun = Stopwatch.GetTimestamp();
        var gradient = gradients.Take();
        var leaving = exchange.Of(work.Shard, gradient);
        work.WantsFeatures = health.WantsFeatures(step.Step);
        work.Front = recomputation.Checks(work) ? null : leaving.Front;
        using (torch.NewDisposeScope())
        {
            method.BackwardShard(work, replicas.Student(thread, gradient), step);
        }

        work.Front = null;
        recomputation.Keep(work, gradient);
        if (ReferenceEquals(work, recomputation.Twin))
        {
            gradients.Give(gradient);
        }
        else
        {
            leaving.Finish();
        }

        timer.AddShared("backward", begun, work.Shard);
    }

    /// <summary>What of the whole batch is not finite, and where it comes from; null for a step that can be applied.</summary>
    private NonFiniteRow? FindNonFinite(StepContext step, double[] losses, FlatTensor gradient)
    {
        string[] terms =
        [
            .. method
                .LossTerms.Zip(losses)
                .Where(term => !double.IsFinite(term.Second))
                .Select(term => string.Create(CultureInfo.InvariantCulture, $"loss term {term.First} ({term.Second})")),
        ];
        if (commit.Measure(gradient, step.Step) && terms.Length == 0)
        {
            return null;
        }

        string?[] what = [.. terms, commit.NonFiniteTensors(gradient, step.Step)];
        return search.Find(step, string.Join(", ", what.OfType<string>()));
    }

    private StepRow Row(StepContext step, double[] losses, double norm, StepTimer timer)
    {
        var total = 0.0;
        foreach (var loss in losses)
        {
            total += loss;
        }

        var seconds = timer.Seconds;
        return new StepRow
        {
            Step = step.Step,
            Epoch = (step.Step + 1) / (double)schedule.StepsPerEpoch,
            Losses = [Term("loss", total), .. losses.Select((value, i) => Term(method.LossTerms[i], value))],
            LearningRate = schedule.LearningRate(step.Step),
            GradientNorm = norm,
            Samples = schedule.BatchSize,
            Seconds = seconds,
            Phases = timer.Read(),
            Generation = state.Generation,
        };
    }

    // Which bits a NaN has depends on the order of the operands and on the machine.
    private static LossTerm Term(string name, double value) => new(name, double.IsNaN(value) ? double.NaN : value);

    private static double Inverse(double count) => count > 0 ? 1 / count : 0;
}
