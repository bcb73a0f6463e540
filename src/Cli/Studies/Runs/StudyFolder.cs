using System.Text.Json;
using Orchestrator.Cli.Studies.Plans;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Studies.Runs;

/// <summary>The folder in which a study is kept, used by one process at a time.</summary>
public sealed class StudyFolder : IDisposable
{
    private const string StateFile = "study.json";
    private static readonly JsonSerializerOptions Json = new(RunSpecJson.Options) { WriteIndented = true };
    private readonly FileStream lease;

    private StudyFolder(string path, FileStream lease)
    {
        Path = path;
        this.lease = lease;
    }

    /// <summary>Absolute.</summary>
    public string Path { get; }

    /// <summary>Makes it where it is not there.</summary>
    /// <exception cref="CliException">It cannot be used, or another process uses it.</exception>
    public static StudyFolder Open(string path)
    {
        var folder = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(folder);
            return new StudyFolder(
                folder,
                new FileStream(System.IO.Path.Combine(folder, "study.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.BadInput(
                $"--out {path} cannot be used",
                e.Message,
                "another study may be using it; wait for that one, or give another folder"
            );
        }
    }

    /// <summary>What is known of the study; null where nothing is.</summary>
    /// <exception cref="CliException">Another study lies there, or what is no state.</exception>
    public StudyState? Find(StudyPlan plan)
    {
        var file = System.IO.Path.Combine(Path, StateFile);
        if (!File.Exists(file))
        {
            return null;
        }

        StudyState? state;
        try
        {
            state = JsonSerializer.Deserialize<StudyState>(File.ReadAllText(file), Json);
        }
        catch (JsonException e)
        {
            throw CliException.BadInput(
                $"{file} is no state of a study",
                e.Message,
                "give another folder, or delete it: runs are found again"
            );
        }

        return state is { Version: StudyState.CurrentVersion } && state.Identity == plan.Identity
            ? state
            : throw CliException.BadInput(
                $"{Path} holds another study",
                "a study goes on with the same spec, cells, budget and evaluations; only --seeds may change",
                "give another folder by --out DIR"
            );
    }

    /// <summary>Whole or not at all.</summary>
    public void Keep(StudyState state) => Write(StateFile, JsonSerializer.Serialize(state, Json));

    /// <summary>Whole or not at all.</summary>
    public void Write(string name, string text)
    {
        var file = System.IO.Path.Combine(Path, name);
        File.WriteAllText(file + ".writing", text);
        File.Move(file + ".writing", file, overwrite: true);
    }

    public void Dispose() => lease.Dispose();
}
