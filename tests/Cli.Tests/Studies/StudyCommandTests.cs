using System.Text.Json;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Cli.Tests.Studies;

public sealed class StudyCommandTests
{
    [Fact]
    public async Task A_quick_study_is_reported_stamped_and_given_again_answers_at_once()
    {
        await using var cluster = await FakeStudyCluster.StartAsync();
        cluster.Figure = name => name.StartsWith("mim-clustering-sinkhorn", StringComparison.Ordinal) ? 0.6 : 0.5;
        using var folder = new TemporaryFolder();
        string[] words =
        [
            "study",
            "label-efficient",
            Sample.MimClustering,
            "--budget",
            "quick",
            "--out",
            folder.Path,
            "--server",
            cluster.Url,
        ];
        var typed = await Typed.RunAsync(words);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        var page = await File.ReadAllTextAsync(Path.Combine(folder.Path, "report.md"));
        Assert.Contains("**TOO SMALL TO CONCLUDE", page, StringComparison.Ordinal);
        Assert.Contains("| mim-clustering-sinkhorn | **60.0** |", page, StringComparison.Ordinal);
        Assert.Contains("| random init (contrastive and 8 more) | 20.0 |", page, StringComparison.Ordinal);
        Assert.Contains("| random init (mim) | 20.0 |", page, StringComparison.Ordinal);
        Assert.Contains("| pixels | 30.0 |", page, StringComparison.Ordinal);
        Assert.Contains("n = 1 seed, fewer than 3: nothing can be concluded", page, StringComparison.Ordinal);
        Assert.All(
            ["report.html", "report.json", "ranks.svg", "losses.svg", "study.json"],
            f => Assert.True(File.Exists(Path.Combine(folder.Path, f)))
        );

        var asked = cluster.Requests.Count;
        var again = await Typed.RunAsync([.. words, "--json"]);
        Assert.True(again.Code == ExitCode.Ok, again.ToString());
        Assert.Equal(asked, cluster.Requests.Count);
        var report = JsonDocument.Parse(again.Out).RootElement;
        Assert.Equal("mim-clustering-sinkhorn", report.GetProperty("ranks")[0].GetProperty("cell").GetString());
        Assert.Equal(10, report.GetProperty("runs").GetArrayLength());
        Assert.Equal(
            2,
            report.GetProperty("runs")[0].GetProperty("figures").GetProperty("default")[1].GetProperty("draws").GetArrayLength()
        );

        var other = await Typed.RunAsync([.. words[..3], .. words[5..]]);
        Assert.Equal(ExitCode.BadInput, other.Code);
        Assert.Contains("holds another study", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_cell_ends_with_1_and_stands_in_the_report()
    {
        await using var cluster = await FakeStudyCluster.StartAsync();
        cluster.Phase = (name, _) => name.StartsWith("fill=zeros", StringComparison.Ordinal) ? RunPhase.Failed : RunPhase.Completed;
        using var folder = new TemporaryFolder();
        var typed = await Typed.RunAsync(
            "study",
            "ablate",
            Sample.Gmml,
            "--vary",
            "options.corruption.fill=noise,zeros",
            "--seeds",
            "1",
            "--out",
            folder.Path,
            "--server",
            cluster.Url
        );
        Assert.True(typed.Code == ExitCode.Failed, typed.ToString());
        Assert.Contains("fill=zeros, seed 0: it is Failed (3 attempts)", typed.Error, StringComparison.Ordinal);
        var page = await File.ReadAllTextAsync(Path.Combine(folder.Path, "report.md"));
        Assert.Contains("| fill=zeros | 0 | r-", page, StringComparison.Ordinal);
        Assert.DoesNotContain("TOO SMALL", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bad_input_ends_with_2_before_anything_is_sent()
    {
        await using var cluster = await FakeStudyCluster.StartAsync();
        using var file = new TemporaryFile("");
        foreach (
            var (says, args) in new (string, string[])[]
            {
                ("is of method gmml", ["label-efficient", Sample.Gmml]),
                ("cannot read the spec", ["label-efficient", "no-such-file.yaml"]),
                ("--seeds 0: must be 1 to 100", ["label-efficient", Sample.MimClustering, "--seeds", "0"]),
                ("is a file; give a folder", ["label-efficient", Sample.MimClustering, "--out", file.Path]),
                ("--budget long: must be quick or full", ["label-efficient", Sample.MimClustering, "--budget", "long"]),
                ("cannot read the spec none.yaml", ["label-efficient", Sample.MimClustering, "--evaluation", "none.yaml"]),
                ("give --vary", ["ablate", Sample.Gmml]),
                ("unknown key", ["ablate", Sample.Gmml, "--vary", "options.no=1,2"]),
            }
        )
        {
            var typed = await Typed.RunAsync(["study", .. args, "--server", cluster.Url]);
            Assert.True(typed.Code == ExitCode.BadInput, typed.ToString());
            Assert.Contains(says, typed.Error, StringComparison.Ordinal);
        }

        Assert.Empty(cluster.Requests);
    }
}
