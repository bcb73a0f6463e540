using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Shared.Tests.Runs;

public sealed class RunCloneTests
{
    private static readonly RunSpec Source = RunSpecParser
        .Parse(
            """
            method: gmml
            data: { images: a, labels: b, holdOut: 100 }
            name: small
            seed: 7
            budget: { steps: 100 }
            batch: { size: 64, shards: 8 }
            probes: [ { protocol: knn }, { protocol: linear } ]
            """
        )
        .Spec!;

    private static SpecResult Clone(string request) => RunClone.Parse(request, RunSpecJson.Write(Source));

    [Fact]
    public void With_nothing_set_it_is_the_same_spec()
    {
        Assert.Equal(RunSpecJson.Hash(Source), RunSpecJson.Hash(Clone("").Spec!));
        Assert.Equal(RunSpecJson.Hash(Source), RunSpecJson.Hash(Clone("{}").Spec!));
    }

    [Fact]
    public void Fields_are_set_by_path_as_texts_or_values_and_null_takes_the_default()
    {
        var spec = Clone(
            """
            {"set":{"optimizer.baseLearningRate":"0.001","optimizer.weightDecay":"[0.1, 0.2]","seed":3,"probes[1].protocol":"low-shot",
                    "budget":{"steps":50},"checkpoint.keep":null,"audit.everySteps":"5"},"name":"the second"}
            """
        ).Spec!;
        Assert.Equal((0.001, new Interval(0.1, 0.2)), (spec.Optimizer.BaseLearningRate, spec.Optimizer.WeightDecay));
        Assert.Equal((3UL, 50, "the second", 5), (spec.Seed, spec.Budget.Steps!.Value, spec.Name, spec.Audit.EverySteps));
        Assert.Equal([ProbeProtocol.Knn, ProbeProtocol.LowShot], spec.Probes.Select(p => p.Protocol));
        Assert.Equal(
            Source with
            {
                Seed = 3,
            },
            Clone("set: { seed: 3 }").Spec! with
            {
                Data = Source.Data,
                Budget = Source.Budget,
                Batch = Source.Batch,
                Workers = Source.Workers,
                Backbone = Source.Backbone,
                Options = Source.Options,
                Optimizer = Source.Optimizer,
                NonFinite = Source.NonFinite,
                Checkpoint = Source.Checkpoint,
                Straggler = Source.Straggler,
                Audit = Source.Audit,
                Probes = Source.Probes,
            }
        );
    }

    [Theory]
    [InlineData("""{"set":{"optimizer.learningRate":"0.001"}}""", "optimizer.learningRate: 0.001 – unknown key; did you mean")]
    [InlineData("""{"set":{"seed":"x"}}""", "seed: x – must be a whole number")]
    [InlineData("""{"set":{"workers.min":"9"}}""", "workers.max")]
    [InlineData("""{"set":{"probes[2].protocol":"knn"}}""", "set.probes[2].protocol: knn – is no path")]
    [InlineData("""{"set":{"seed.x[0]":"1"}}""", "set.seed.x[0]: 1 – is no path")]
    [InlineData("""{"set":{"..":"1"}}""", "set...: 1 – is no path")]
    [InlineData("""{"set":{"seed":"[1"}}""", "set.seed: [1 – is no YAML value")]
    [InlineData("""{"name":""}""", "name:  – must be 1 to 100")]
    [InlineData("""{"sett":{}}""", "sett: {…} – unknown key; did you mean set?")]
    [InlineData("""{"set":[]}""", "set: [] – must be a mapping")]
    [InlineData("[1]", "(document): a clone is one YAML or JSON mapping")]
    public void What_cannot_be_is_told_by_its_path(string request, string says) =>
        Assert.StartsWith(says, Clone(request).Errors[0].ToString(), StringComparison.Ordinal);

    [Fact]
    public void Neither_many_fields_nor_deep_paths_nor_nested_aliases_are_taken()
    {
        Assert.Contains(
            "at most 64",
            Clone($"set: {{{string.Join(", ", Enumerable.Range(0, 65).Select(i => $"k{i}: 1"))}}}").Errors[0].Problem,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "is no path",
            Clone($$"""{"set":{"{{string.Join('.', Enumerable.Repeat("a", 17))}}":"1"} }""").Errors[0].Problem,
            StringComparison.Ordinal
        );
        var bomb =
            "[&a [x,x,x,x,x,x,x,x], &b [*a,*a,*a,*a,*a,*a,*a,*a], &c [*b,*b,*b,*b,*b,*b,*b,*b], &d [*c,*c,*c,*c,*c,*c,*c,*c], &e [*d,*d,*d,*d,*d,*d,*d,*d], &f [*e,*e,*e,*e,*e,*e,*e,*e], *f]";
        Assert.Contains("is no YAML value", Clone($$"""{"set":{"seed":"{{bomb}}"} }""").Errors[0].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_alias_stands_for_is_not_put_into_itself()
    {
        var errors = Clone(
            """
            set:
              probes: &p [ &x [1, 2] ]
              "probes[0][0]": *x
              "probes[0][1]": *x
            """
        ).Errors;
        Assert.NotEmpty(errors);
        Assert.All(errors, error => Assert.InRange(error.ToString().Length, 1, 1000));
    }
}
