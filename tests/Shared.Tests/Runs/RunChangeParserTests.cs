using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Shared.Tests.Runs;

public sealed class RunChangeParserTests
{
    [Fact]
    public void Each_part_may_be_left_out_and_null_removes_a_label()
    {
        var all = RunChangeParser
            .Parse("""{"priority":-5,"workers":{"min":1,"max":4},"labels":{"team":"vision","a.b/c":null,"n":5},"note":"two\nlines"}""")
            .Change!;
        Assert.Equal((-5, 1, 4, "two\nlines"), (all.Priority, all.MinWorkers, all.MaxWorkers, all.Note));
        Assert.Equal(["a.b/c=", "n=5", "team=vision"], all.Labels.Select(l => $"{l.Key}={l.Value}"));
        Assert.Null(all.Labels["a.b/c"]);
        var none = RunChangeParser.Parse("""{"labels":{"null":"null","empty":""}}""").Change!;
        Assert.Equal((null, null, null, null), (none.Priority, none.MinWorkers, none.MaxWorkers, none.Note));
        Assert.Equal(("null", ""), (none.Labels["null"], none.Labels["empty"]));
        Assert.Equal("", RunChangeParser.Parse("""{"note":null}""").Change!.Note);
    }

    [Theory]
    [InlineData("""{"priority":101}""", "priority: 101 – must be a whole number from -100 to 100")]
    [InlineData("""{"priority":"high"}""", "priority: high – must be")]
    [InlineData("""{"workers":{"min":0}}""", "workers.min: 0 – must be a whole number from 1 to 4096")]
    [InlineData("""{"workers":{"min":3,"max":2}}""", "workers.max: 2 – must not be below workers.min, 3")]
    [InlineData("""{"workers":{"maxx":2}}""", "workers.maxx: 2 – unknown key; did you mean max?")]
    [InlineData("""{"prioriy":1}""", "prioriy: 1 – unknown key; did you mean priority?")]
    [InlineData("""{"labels":{"a b":"c"}}""", "labels.a b: c – a label's key must be 1 to 63")]
    [InlineData("""{"labels":{"a":"b\u0007"}}""", "labels.a: b\u0007 – a label's value must be at most 256")]
    [InlineData("""{"labels":{"a":["b"]}}""", "labels.a: [b] – must be a single value")]
    [InlineData("""{"labels":"team"}""", "labels: team – must be a mapping")]
    [InlineData("""{"note":"a\u0000b"}""", "note: a\0b – must be at most 1000 characters, without control")]
    [InlineData("{}", "(document): changes nothing: give one of priority")]
    [InlineData("[]", "(document): a change is one YAML or JSON mapping")]
    [InlineData("", "(document): a change is one YAML or JSON mapping")]
    public void What_is_wrong_is_told_by_its_path(string document, string says) =>
        Assert.StartsWith(says, RunChangeParser.Parse(document).Errors[0].ToString(), StringComparison.Ordinal);

    [Fact]
    public void Bounds_of_texts_are_as_documented()
    {
        string Note(int length) => $$"""{"note":"{{new string('x', length)}}"}""";
        string Label(int key, int value) => $$"""{"labels":{"{{new string('k', key)}}":"{{new string('v', value)}}"} }""";
        Assert.NotNull(RunChangeParser.Parse(Note(1000)).Change);
        Assert.Null(RunChangeParser.Parse(Note(1001)).Change);
        Assert.NotNull(RunChangeParser.Parse(Label(63, 256)).Change);
        Assert.Null(RunChangeParser.Parse(Label(64, 1)).Change);
        Assert.Null(RunChangeParser.Parse(Label(1, 257)).Change);
    }

    [Theory]
    [InlineData("team", "label: team – must be key=value.")]
    [InlineData("a b=c", "label: a b=c – a label's key")]
    [InlineData("team=vision,team=speech", "label: team=speech – team stands twice")]
    public void A_label_of_an_address_that_cannot_be_is_told(string texts, string says) =>
        Assert.StartsWith(says, RunLabels.Read(texts.Split(',')).Problem, StringComparison.Ordinal);

    [Fact]
    public void Labels_of_an_address_keep_what_follows_the_first_equals_sign()
    {
        var labels = RunLabels.Read(["team=vision", "query=a=b", "team=vision", "empty="]).Labels!;
        Assert.Equal(["empty=", "query=a=b", "team=vision"], labels.Select(l => $"{l.Key}={l.Value}"));
        Assert.Contains("at most 32", RunLabels.Read([.. Enumerable.Range(0, 33).Select(i => $"k{i}=")]).Problem, StringComparison.Ordinal);
    }
}
