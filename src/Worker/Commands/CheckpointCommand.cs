using Orchestrator.Pretraining.Checkpoints;

namespace Orchestrator.Worker.Commands;

/// <summary><c>checkpoint verify PATH</c>: proves that a checkpoint is whole.</summary>
internal static class CheckpointCommand
{
    public static int Run(IReadOnlyList<string> words, TextWriter output, TextWriter errors)
    {
        if (words is not ["verify", var path])
        {
            errors.WriteLine("usage: checkpoint verify PATH");
            return ExitCode.BadInput;
        }

        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        try
        {
            var manifest = CheckpointFolder.Verify(Path.GetDirectoryName(full)!, Path.GetFileName(full));
            output.WriteLine(
                $"whole: run {manifest.Run}, step {manifest.Step}, {manifest.Files.Count} files, {manifest.Files.Sum(file => file.Bytes)} bytes"
            );
            output.WriteLine($"stateSha256    {manifest.Digest}");
            output.WriteLine($"weightsSha256  {manifest.WeightsSha256}");
            return ExitCode.Done;
        }
        catch (CheckpointException e)
        {
            errors.WriteLine($"checkpoint: {e.Message}");
            return ExitCode.Failed;
        }
    }
}
