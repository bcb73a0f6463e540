using Orchestrator.Cli.Demo;
using Xunit;

namespace Orchestrator.Cli.Tests.Demo;

public sealed class StateFolderTests
{
    [Fact]
    public void Folder_in_use_is_refused_until_it_is_let_go()
    {
        using var folder = new TemporaryFolder();
        var first = StateFolder.Open(folder.Path);
        var e = Assert.Throws<CliException>(() => StateFolder.Open(folder.Path));
        Assert.Contains("in use", e.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.BadInput, e.ExitCode);
        first.Close(keep: false);
        StateFolder.Open(folder.Path).Close(keep: false);
        Assert.True(Directory.Exists(folder.Path));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Temporary_folder_goes_unless_someone_should_look_into_it(bool keep)
    {
        var state = StateFolder.Open(null);
        Assert.True(state.IsTemporary && Directory.Exists(state.Storage));
        state.Close(keep);
        Assert.Equal(keep, Directory.Exists(state.FullName));
        if (keep)
        {
            Directory.Delete(state.FullName, recursive: true);
        }
    }

    [Fact]
    public void Folder_that_cannot_be_made_is_refused()
    {
        using var file = new TemporaryFile("");
        var e = Assert.Throws<CliException>(() => StateFolder.Open(Path.Combine(file.Path, "below-a-file")));
        Assert.Contains("cannot use the state folder", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"pid": 1}""")]
    [InlineData("""{"pid": "rubbish"}""")]
    [InlineData("no json")]
    public async Task Coordinator_file_that_names_none_of_ours_is_not_waited_for(string content)
    {
        using var folder = new TemporaryFolder();
        var state = StateFolder.Open(folder.Path);
        await File.WriteAllTextAsync(Path.Combine(state.Coordinator, "coordinator.json"), content, TestContext.Current.CancellationToken);
        await state.WaitForLastCoordinatorAsync(TimeProvider.System, TestContext.Current.CancellationToken);
        state.Close(keep: false);
    }
}
