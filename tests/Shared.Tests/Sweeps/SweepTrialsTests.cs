using System.Globalization;
using Orchestrator.Shared.Sweeps;
using Xunit;

namespace Orchestrator.Shared.Tests.Sweeps;

public sealed class SweepTrialsTests
{
    private static SweepSpec Sweep(string rest) =>
        SweepSpecParser.Parse($"name: s\nspec: {{ method: gmml, data: {{ images: a }}, budget: {{ steps: 100 }}, seed: 5 }}\n{rest}").Spec!;

    private static SweepSpec Drawn(int trials, ulong seed = 7) =>
        Sweep(
            $$"""
            search: random
            trials: {{trials}}
            seed: {{seed}}
            fields:
              optimizer.baseLearningRate: { logUniform: [1e-4, 1e-2] }
              optimizer.clip: { uniform: [0.5, 1.5] }
              checkpoint.keep: { integer: [4, 12] }
              batch.size: { values: [64, 128] }
            """
        );

    private static double Number(SweepTrial trial, string path) =>
        double.Parse(trial.Values.Single(v => v.Path == path).Json, CultureInfo.InvariantCulture);

    [Fact]
    public void A_grid_goes_through_its_combinations_the_last_path_fastest()
    {
        var trials = SweepTrials.Of(Sweep("search: grid\nfields: { seed: { values: [0, 1] }, batch.size: { values: [64, 128] } }"));
        Assert.Equal(
            ["batch.size=64, seed=0", "batch.size=64, seed=1", "batch.size=128, seed=0", "batch.size=128, seed=1"],
            trials.Select(t => t.ToString())
        );
        Assert.Equal([0, 1, 2, 3], trials.Select(t => t.Number));
    }

    /// <summary>Whoever computes them, whenever: they stand in no journal. Expected: Philox4x32-10 written anew in Python, six digits.</summary>
    [Fact]
    public void Draws_are_what_they_always_were() =>
        Assert.Equal(
            [
                "batch.size=64, checkpoint.keep=7, optimizer.baseLearningRate=0.000445114, optimizer.clip=1.30772",
                "batch.size=128, checkpoint.keep=12, optimizer.baseLearningRate=0.000436292, optimizer.clip=1.39868",
                "batch.size=64, checkpoint.keep=9, optimizer.baseLearningRate=0.00140823, optimizer.clip=0.594035",
            ],
            SweepTrials.Of(Drawn(3)).Select(t => t.ToString())
        );

    [Fact]
    public void More_trials_begin_with_the_same_ones_and_another_seed_draws_others()
    {
        Assert.Equal(SweepTrials.Of(Drawn(3)).Select(t => t.ToString()), SweepTrials.Of(Drawn(8)).Take(3).Select(t => t.ToString()));
        Assert.NotEqual(SweepTrials.Of(Drawn(3)).Select(t => t.ToString()), SweepTrials.Of(Drawn(3, 8)).Select(t => t.ToString()));
    }

    [Fact]
    public void Draws_stay_within_their_ranges_and_fill_them()
    {
        var trials = SweepTrials.Of(Drawn(1000));
        var rates = trials.Select(t => Number(t, "optimizer.baseLearningRate")).Order().ToList();
        Assert.InRange(rates[0], 1e-4, 1.05e-4);
        Assert.InRange(rates[^1], 0.95e-2, 1e-2);
        // Each order of magnitude as likely.
        Assert.InRange(rates.Count(rate => rate < 1e-3), 450, 550);
        var clips = trials.Select(t => Number(t, "optimizer.clip")).ToList();
        Assert.All(clips, clip => Assert.InRange(clip, 0.5, 1.5));
        Assert.InRange(clips.Average(), 0.97, 1.03);
        Assert.Equal(Enumerable.Range(4, 9).Select(i => (double)i), trials.Select(t => Number(t, "checkpoint.keep")).Distinct().Order());
        Assert.InRange(trials.Count(t => Number(t, "batch.size") == 64), 450, 550);
    }

    [Fact]
    public void A_trial_is_the_spec_with_its_values_named_after_the_sweep()
    {
        var sweep = Drawn(2);
        var trial = SweepTrials.Of(sweep)[1];
        var spec = SweepTrials.Resolve(sweep, trial).Spec!;
        Assert.Equal(("s-1", 5UL, (int?)100), (spec.Name, spec.Seed, spec.Budget.Steps));
        Assert.Equal(Number(trial, "optimizer.baseLearningRate"), spec.Optimizer.BaseLearningRate);
        Assert.Equal(Number(trial, "batch.size"), spec.Batch.Size);
    }

    [Fact]
    public void Values_may_be_lists_and_words_and_what_depends_on_them_by_default_follows()
    {
        var sweep = Sweep(
            "search: grid\nfields: { options.corruption.fill: { values: [noise, [noise, zeros]] }, options.corruption.area: { values: [[0.1, 0.3]] } }"
        );
        var specs = SweepTrials.Of(sweep).Select(trial => SweepTrials.Resolve(sweep, trial).Spec!.Options.Corruption!).ToList();
        Assert.Equal([1, 2], specs.Select(c => c.Fill.Kinds.Count));
        Assert.All(specs, c => Assert.Equal((0.1, 0.3), (c.Area.Low, c.Area.High)));
        Assert.NotEqual(specs[0].Replace.Probability, specs[1].Replace.Probability);
    }
}
