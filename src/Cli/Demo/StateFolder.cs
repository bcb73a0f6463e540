using System.Diagnostics;
using System.Text.Json;

namespace Orchestrator.Cli.Demo;

/// <summary>
/// The folder in which a demo's cluster keeps everything: <c>coordinator/</c> (journal, ports), <c>storage/</c> (checkpoints, artifacts),
/// <c>workers/</c>, <c>logs/</c>. A lock file, held by the operating system for this process, keeps a second demo out.
/// </summary>
public sealed class StateFolder : IDisposable
{
    private static readonly TimeSpan LastCoordinatorEnds = TimeSpan.FromSeconds(15);

    private readonly FileStream held;

    private StateFolder(string path, bool isTemporary, FileStream held)
    {
        FullName = path;
        IsTemporary = isTemporary;
        this.held = held;
    }

    public string FullName { get; }

    /// <summary>Nobody named it: it is deleted at the end, unless someone should look into it.</summary>
    public bool IsTemporary { get; }
    public string Coordinator => Path.Combine(FullName, "coordinator");
    public string Storage => Path.Combine(FullName, "storage");

    public string Worker(string name) => Path.Combine(FullName, "workers", name);

    public string Log(string name) => Path.Combine(FullName, "logs", $"{name}.log");

    /// <summary>Makes the folder ready and takes its lock; null makes a temporary one.</summary>
    public static StateFolder Open(string? path)
    {
        var full = path ?? Directory.CreateTempSubdirectory("orchestrator-demo-").FullName;
        try
        {
            Directory.CreateDirectory(full);
            var state = new StateFolder(
                full,
                path is null,
                new FileStream(Path.Combine(full, "demo.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)
            );
            foreach (var folder in new[] { state.Coordinator, state.Storage })
            {
                Directory.CreateDirectory(folder);
            }

            return state;
        }
        catch (IOException e) when (File.Exists(Path.Combine(full, "demo.lock")) && Directory.Exists(full))
        {
            throw CliException.BadInput(
                $"the state folder {full} is in use",
                e.Message,
                "end the demo that uses it, or give another folder with --state DIR"
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.BadInput(
                $"cannot use the state folder {full}",
                e.Message,
                "give a folder that can be written to with --state DIR"
            );
        }
    }

    /// <summary>After a demo that was killed, its coordinator may need a moment to end, and its ports are needed again.</summary>
    public async Task WaitForLastCoordinatorAsync(TimeProvider time, CancellationToken cancellation)
    {
        if (LastCoordinator() is not { } last)
        {
            return;
        }

        using (last)
        {
            try
            {
                await last.WaitForExitAsync(cancellation).WaitAsync(LastCoordinatorEnds, time, cancellation);
            }
            catch (TimeoutException)
            {
                throw CliException.BadInput(
                    $"the state folder {FullName} is in use",
                    $"its coordinator, process {last.Id}, still runs",
                    "end it, or give another folder with --state DIR"
                );
            }
        }
    }

    /// <summary>Lets go of the lock; deletes a temporary folder.</summary>
    /// <param name="keep">Somebody should be able to look into it.</param>
    public void Close(bool keep)
    {
        held.Dispose();
        if (!IsTemporary || keep)
        {
            return;
        }

        try
        {
            Directory.Delete(FullName, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A rest in the system's folder for temporary files is the system's to clear.
        }
    }

    public void Dispose() => held.Dispose();

    /// <summary>The process that coordinator.json names, if it runs and is one of ours.</summary>
    private Process? LastCoordinator()
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Coordinator, "coordinator.json")));
            var id = document.RootElement.GetProperty("pid").GetInt32();
            var commandLine = $"/proc/{id}/cmdline";
            // A process id is given to another program some day.
            return File.Exists(commandLine) && File.ReadAllText(commandLine).Contains("Orchestrator.Coordinator", StringComparison.Ordinal)
                ? Process.GetProcessById(id)
                : null;
        }
        catch (Exception e)
            when (e is IOException or JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }
}
