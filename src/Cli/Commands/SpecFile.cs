using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Commands;

/// <summary>Reads a spec from a file, so that what is wrong is told before anything is sent or started.</summary>
public static class SpecFile
{
    /// <summary>The document as written.</summary>
    public static string Read(string path)
    {
        try
        {
            var file = new FileInfo(path);
            // Four bytes a character at most: the parser tells the limit in characters.
            return file is { Exists: true, Length: > 4 * RunSpecParser.MaxLength }
                ? throw CliException.BadInput(
                    $"{path} is no run spec",
                    $"it has {file.Length} bytes, a spec has at most {RunSpecParser.MaxLength} characters"
                )
                : File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.BadInput(
                $"cannot read the spec {path}",
                e.Message,
                "give the path of a YAML or JSON file; samples/ has some to start from"
            );
        }
    }

    /// <summary>The spec, resolved, or every error that stands in it.</summary>
    public static RunSpec Parse(string path, string document)
    {
        var result = RunSpecParser.Parse(document);
        return result.Spec ?? throw Refused(path, result.Errors);
    }

    public static CliException Refused(string path, IReadOnlyList<SpecError> errors) =>
        new(
            ExitCode.BadInput,
            $"{path} is no valid run spec: {errors.Count} {(errors.Count == 1 ? "error" : "errors")}",
            [.. errors.Select(e => e.ToString())],
            "correct them and try again; docs/spec.md has every key"
        );
}
