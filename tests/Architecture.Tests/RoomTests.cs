using Orchestrator.Architecture.Tests.Rules;
using Xunit;

namespace Orchestrator.Architecture.Tests;

/// <summary>Who may reference and know whom.</summary>
public sealed class RoomTests
{
    private static readonly IReadOnlyList<TextFile> Projects = Repository.Files("src", ".csproj");
    private static readonly IReadOnlyList<TextFile> Sources = Repository.Files("src", ".cs");

    [Fact]
    public void References_equal_the_table() => ReferenceRule.Check(Projects).AssertHolds();

    /// <summary>Otherwise a project file would not tell the whole truth.</summary>
    [Fact]
    public void References_are_not_transitive() =>
        Assert.Contains(
            "<DisableTransitiveProjectReferences>true</DisableTransitiveProjectReferences>",
            Repository.File("Directory.Build.props").Text,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("Shared", "../Collectives/Collectives.csproj", "references [Collectives] instead of []")]
    [InlineData("Coordinator", "../Pretraining/Pretraining.csproj", "references [Pretraining] instead of [Shared]")]
    [InlineData("Elsewhere", "../Shared/Shared.csproj", "no such room in the table")]
    public void A_wrong_reference_is_found(string room, string reference, string problem)
    {
        var project = Project(room, $"""<ProjectReference Include="{reference}" />""");
        Assert.Contains(ReferenceRule.Check([project]).Problems, p => p.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void A_project_that_is_only_built_beside_another_is_no_reference()
    {
        var project = Project("Shared", """<ProjectReference Include="../Worker/Worker.csproj" ReferenceOutputAssembly="false" />""");
        Assert.DoesNotContain(ReferenceRule.Check([project]).Problems, p => p.StartsWith(project.Path, StringComparison.Ordinal));
    }

    [Fact]
    public void Packages_stay_out_of_rooms_that_may_not_know_them() => KnowledgeRule.Packages(Projects).AssertHolds();

    [Fact]
    public void Code_stays_out_of_rooms_that_may_not_know_it() => KnowledgeRule.Code(Sources).AssertHolds();

    [Theory]
    [InlineData("Coordinator", "TorchSharp-cpu", "using static TorchSharp.torch;")]
    [InlineData("Pretraining", "Akka.Remote", "using Akka.Actor;")]
    [InlineData("Pretraining", "prometheus-net", "using Prometheus;")]
    [InlineData("Cli", "Microsoft.AspNetCore.App", "global using Http = Microsoft.AspNetCore.Http;")]
    [InlineData("Collectives", "TorchSharp", "    using TorchSharp;")]
    public void Forbidden_knowledge_is_found(string room, string package, string code)
    {
        Assert.NotEmpty(KnowledgeRule.Packages([Project(room, $"""<PackageReference Include="{package}" />""")]).Problems);
        Assert.NotEmpty(KnowledgeRule.Code([new TextFile($"src/{room}/A.cs", $"{code}\nclass A;")]).Problems);
    }

    [Fact]
    public void Only_shells_know_Akka() => AkkaRule.Check(Sources).AssertHolds();

    [Theory]
    [InlineData("src/Worker/Ranks/RankThread.cs", false)]
    [InlineData("src/Coordinator/Runs/RunTransitions.cs", false)]
    [InlineData("src/Coordinator/Runs/RunActor.cs", true)]
    [InlineData("src/Coordinator/Serialization/JournalSerializer.cs", true)]
    public void Akka_in_a_decision_is_found(string path, bool allowed) =>
        Assert.Equal(allowed, AkkaRule.Check([new TextFile(path, "using Akka.Actor;")]).Problems.Count == 0);

    [Fact]
    public void Actors_are_sealed_and_do_not_ask() => ActorRule.Check(Sources).AssertHolds();

    [Theory]
    [InlineData("RunActor.cs", "public sealed class RunActor(string id) : ReceivePersistentActor { }", null)]
    [InlineData("RunActor.cs", "public class RunActor : ReceiveActor { }", "not sealed")]
    [InlineData("Run.cs", "internal sealed class Run : UntypedActor { }", "ends in Actor")]
    [InlineData("RunActor.cs", "sealed class RunActor : ReceiveActor { void F() { var x = other.Ask<int>(1); } }", "asks")]
    public void A_wrong_actor_is_found(string file, string code, string? problem)
    {
        var problems = ActorRule.Check([new TextFile($"src/Coordinator/Runs/{file}", code)]).Problems;
        Assert.Equal(problem is not null, problems.Any(p => p.Contains(problem ?? "", StringComparison.Ordinal)));
        Assert.Equal(problem is null, problems.Count == 0);
    }

    [Fact]
    public void A_rule_over_nothing_fails()
    {
        Assert.NotEmpty(ReferenceRule.Check([]).Problems);
        Assert.NotEmpty(KnowledgeRule.Packages([]).Problems);
        Assert.NotEmpty(KnowledgeRule.Code([]).Problems);
        Assert.NotEmpty(AkkaRule.Check([]).Problems);
        Assert.NotEmpty(ActorRule.Check([]).Problems);
        Assert.NotEmpty(NameRule.Check([]).Problems);
        Assert.NotEmpty(FileLengthRule.Check([]).Problems);
        Assert.NotEmpty(DocumentedPathRule.Check([], _ => true).Problems);
        Assert.NotEmpty(DocumentedSpecRule.Check([]).Problems);
        Assert.NotEmpty(MetricNamesRule.Agree([], [], []).Problems);
        Assert.NotEmpty(MetricNamesRule.SpelledOnce([]).Problems);
        Assert.NotEmpty(MetricNamesRule.Known([], [], []).Problems);
        Assert.NotEmpty(AlertRule.Check(new TextFile("a", "groups: []"), new TextFile("b", "tests: []"), []).Problems);
    }

    private static TextFile Project(string room, string item) =>
        new($"src/{room}/{room}.csproj", $"<Project><ItemGroup>{item}</ItemGroup></Project>");
}
