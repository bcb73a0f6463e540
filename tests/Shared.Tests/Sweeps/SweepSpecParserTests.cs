using Orchestrator.Shared.Runs;
using Orchestrator.Shared.Sweeps;
using Xunit;

namespace Orchestrator.Shared.Tests.Sweeps;

public sealed class SweepSpecParserTests
{
    private const string Spec = "spec: { method: gmml, data: { images: a }, budget: { steps: 1000 } }\n";
    private const string Random = $"{Spec}search: random\ntrials: 5\n";
    private const string Asha = $"{Spec}search: asha\ntrials: 5\nfields: {{ seed: {{ integer: [0, 9] }} }}\n";

    private static SweepSpec Valid(string document)
    {
        var result = SweepSpecParser.Parse(document);
        Assert.True(result.Spec is not null, string.Join("\n", result.Errors));
        return result.Spec;
    }

    private static IReadOnlyList<SpecError> Errors(string document)
    {
        var result = SweepSpecParser.Parse(document);
        Assert.Null(result.Spec);
        return result.Errors;
    }

    [Fact]
    public void A_grid_has_every_combination_and_the_usual_rest()
    {
        var sweep = Valid($"{Spec}search: grid\nfields: {{ seed: {{ values: [0, 1, 2] }}, batch.size: {{ values: [64, 128] }} }}");
        Assert.Equal(
            ("sweep", SweepSearch.Grid, 6, 4, "loss", SweepMode.Min),
            (sweep.Name, sweep.Search, sweep.Trials, sweep.Parallel, sweep.Metric, sweep.Mode)
        );
        Assert.Equal(["batch.size", "seed"], sweep.Fields.Select(f => f.Path));
        Assert.Empty(sweep.Rungs);
    }

    [Fact]
    public void JSON_is_taken_as_well() =>
        Assert.Equal(
            2,
            Valid(
                """{"spec":{"method":"gmml","data":{"images":"a"}},"search":"grid","fields":{"optimizer.baseLearningRate":{"values":[0.001,0.002]}}}"""
            ).Trials
        );

    [Fact]
    public void What_is_written_out_is_read_back_to_the_same_sweep_however_its_keys_are_ordered()
    {
        var sweep = Valid(
            $"name: lr\n{Random}seed: 7\nparallel: 2\nmetric: reconstruction\nmode: max\nfields:\n  optimizer.baseLearningRate: {{ logUniform: [1e-4, 1e-2] }}\n"
                + "  optimizer.clip: { uniform: [0, 1] }\n  checkpoint.keep: { integer: [4, 12] }\n  options.corruption.area: { values: [[0.1, 0.3], [0.4, 0.6]] }\n"
        );
        var json = SweepSpecJson.Write(sweep);
        var back = SweepSpecParser.ReadBack(json).Spec!;
        Assert.Equal(json, SweepSpecJson.Write(back));
        Assert.Equivalent(sweep, back, strict: true);
        Assert.Equal(json, SweepSpecJson.Write(Valid(json)));
    }

    [Theory]
    [InlineData("{ rungs: [100, 300, 900], eta: 3 }", "100 300 900", 3)]
    [InlineData("{ minSteps: 100 }", "100 300 900", 3)]
    [InlineData("{ minSteps: 100, eta: 2 }", "100 200 400 800", 2)]
    [InlineData("{ minSteps: 999, eta: 2 }", "999", 2)]
    [InlineData("{ minSteps: 250, eta: 4 }", "250", 4)]
    public void Rungs_are_given_or_begin_at_minSteps_and_stay_below_the_budget(string asha, string rungs, int eta)
    {
        var sweep = Valid($"{Asha}asha: {asha}");
        Assert.Equal((rungs, eta), (string.Join(' ', sweep.Rungs), sweep.Asha!.Eta));
        Assert.Equal(sweep.Rungs, SweepSpecParser.ReadBack(SweepSpecJson.Write(sweep)).Spec!.Rungs);
    }

    [Theory]
    [InlineData("asha: { rungs: [100, 1000] }", "asha.rungs", "[100, 1000]", "below the budget of every trial: 1000 steps")]
    [InlineData("asha: { minSteps: 1000 }", "asha.minSteps", "1000", "below the budget")]
    [InlineData("asha: { rungs: [300, 100] }", "asha.rungs", "[300, 100]", "each above the one before")]
    [InlineData("asha: { rungs: [100], minSteps: 10 }", "asha", "{…}", "one of minSteps and rungs")]
    [InlineData("asha: { minSteps: 10, eta: 1 }", "asha.eta", "1", "from 2 to 16")]
    [InlineData("", "asha", null, "is missing")]
    public void Bad_rungs_are_refused(string asha, string path, string? value, string problem)
    {
        var error = Assert.Single(Errors(Asha + asha));
        Assert.Equal((path, value), (error.Path, error.Value));
        Assert.Contains(problem, error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Rungs_need_a_budget_in_steps()
    {
        var error = Assert.Single(Errors(Asha.Replace("steps: 1000", "epochs: 10", StringComparison.Ordinal) + "asha: { minSteps: 10 }"));
        Assert.Equal("spec.budget", error.Path);
    }

    [Theory]
    [InlineData("optimizer.lerningRate: { values: [1] }", "fields.optimizer.lerningRate", "1", "unknown key (known here:")]
    [InlineData("optimizer.clipp: { values: [1] }", "fields.optimizer.clipp", "1", "did you mean clip?")]
    [InlineData("optimzer.clip: { values: [1] }", "fields.optimzer.clip", "{…}", "did you mean optimizer?")]
    [InlineData("seed: { values: [x] }", "fields.seed", "x", "whole number")]
    [InlineData("seed: { values: [] }", "fields.seed.values", "[]", "a list of 1 to 1000")]
    [InlineData("seed: { values: [1, 1] }", "fields.seed.values", "[1, 1]", "each value once")]
    [InlineData("seed: 3", "fields.seed", "3", "must be a mapping")]
    [InlineData("seed: { value: [1] }", "fields.seed.value", "[1]", "did you mean values?")]
    [InlineData("seed: { values: [1], integer: [1, 2] }", "fields.seed", "{…}", "must have one of")]
    [InlineData("seed: { integer: [1, 2] }", "fields.seed.integer", "[1, 2]", "a grid has values")]
    [InlineData("name: { values: [a] }", "fields.name", "{…}", "NAME-TRIAL")]
    [InlineData("project: { values: [a] }", "fields.project", "{…}", "same for all trials")]
    [InlineData("method.x: { values: [1] }", "fields.method.x", "{…}", "spec.method is no mapping")]
    [InlineData("probes[0].protocol: { values: [knn] }", "fields.probes[0].protocol", "{…}", "keys of a spec joined by dots")]
    public void A_bad_field_is_named_with_its_value_and_what_would_be_right(string field, string path, string value, string problem)
    {
        var errors = Errors($"{Spec}search: grid\nfields:\n  {field}\n");
        var error = errors.FirstOrDefault(e => e.Path == path);
        Assert.True(error is not null, string.Join("\n", errors));
        Assert.Equal(value, error.Value);
        Assert.Contains(problem, error.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("uniform: [2, 1]", "uniform", "the first below the second")]
    [InlineData("uniform: [1]", "uniform", "a pair [low, high]")]
    [InlineData("logUniform: [0, 1]", "logUniform", "positive numbers")]
    [InlineData("integer: [1.5, 3]", "integer", "whole numbers")]
    [InlineData("uniform: [a, 3]", "uniform", "must be a number")]
    public void A_bad_range_is_refused(string range, string key, string problem)
    {
        var error = Assert.Single(Errors($"{Random}fields: {{ optimizer.clip: {{ {range} }} }}"));
        Assert.Equal($"fields.optimizer.clip.{key}", error.Path);
        Assert.Contains(problem, error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_combination_that_makes_no_valid_run_refuses_the_sweep_and_is_named()
    {
        var errors = Errors($"{Spec}search: grid\nfields: {{ batch.size: {{ values: [64, 4] }}, batch.shards: {{ values: [8, 16] }} }}");
        Assert.Contains(errors, e => e.ToString().Contains("batch.shards=8, batch.size=4", StringComparison.Ordinal));
        Assert.Contains(errors, e => e.ToString().Contains("batch.shards=16, batch.size=4", StringComparison.Ordinal));
        Assert.All(errors, e => Assert.StartsWith("fields", e.Path, StringComparison.Ordinal));
    }

    [Fact]
    public void An_error_of_the_spec_is_the_specs_and_stands_once()
    {
        var errors = Errors("spec: { method: gmml, sede: 1 }\nsearch: grid\nfields: { seed: { values: [0, 1, 2] } }");
        Assert.Equal(["spec.data.images", "spec.sede"], errors.Select(e => e.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Everything_that_is_wrong_is_told_at_once()
    {
        var paths = Errors("name: x\nsearch: gird\nparallel: 0\nmetrics: loss\n").Select(e => e.Path).ToList();
        Assert.Equal(["spec", "search", "fields", "parallel", "metrics"], paths);
    }

    [Theory]
    [InlineData("search: grid\ntrials: 3\n", "trials", "a grid draws nothing")]
    [InlineData("search: grid\nseed: 3\n", "seed", "a grid draws nothing")]
    [InlineData("search: random\n", "trials", "is missing")]
    [InlineData("search: random\ntrials: 1001\n", "trials", "from 1 to 1000")]
    [InlineData("search: random\ntrials: 3\nasha: { minSteps: 3 }\n", "asha", "is for search: asha")]
    public void Keys_that_a_search_does_not_take_or_cannot_do_without_are_refused(string search, string path, string problem)
    {
        var error = Assert.Single(Errors($"{Spec}{search}fields: {{ seed: {{ values: [0, 1] }} }}"));
        Assert.Equal(path, error.Path);
        Assert.Contains(problem, error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void More_than_a_thousand_combinations_are_refused_with_their_number()
    {
        var values = string.Join(", ", Enumerable.Range(0, 40));
        var errors = Errors($"{Spec}search: grid\nfields: {{ seed: {{ values: [{values}] }}, checkpoint.keep: {{ values: [{values}] }} }}");
        Assert.Contains(errors, e => e.Path == "fields" && e.Problem.Contains("1600 combinations", StringComparison.Ordinal));
    }

    [Fact]
    public void A_field_within_another_is_refused() =>
        Assert.Contains(
            "lies within optimizer",
            Assert
                .Single(
                    Errors($"{Spec}search: grid\nfields: {{ optimizer: {{ values: [{{ clip: 1 }}] }}, optimizer.clip: {{ values: [1] }} }}")
                )
                .Problem,
            StringComparison.Ordinal
        );

    [Fact]
    public void A_document_that_is_long_deep_or_no_mapping_is_refused_unread()
    {
        Assert.Contains("at most 65536", Assert.Single(Errors(new string('#', 70_000))).Problem, StringComparison.Ordinal);
        Assert.Contains("nested deeper", Assert.Single(Errors(new string('[', 100))).Problem, StringComparison.Ordinal);
        Assert.Contains("spec, search and fields", Assert.Single(Errors("- a")).Problem, StringComparison.Ordinal);
        var long_ = string.Join(", ", Enumerable.Range(0, 6000).Select(i => $"a{i}"));
        Assert.Contains(
            Errors($"spec: {{ method: gmml, data: {{ images: a }}, x: [{long_}] }}\nsearch: grid\nfields: {{ seed: {{ values: [1] }} }}"),
            e => e.Path == "spec" && e.Problem.Contains("at most 16384", StringComparison.Ordinal)
        );
    }
}
