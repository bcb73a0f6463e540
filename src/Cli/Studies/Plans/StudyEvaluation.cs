using System.Text.Json.Nodes;
using Orchestrator.Cli.Commands;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Studies.Plans;

/// <summary>How every run of a study is judged.</summary>
/// <param name="Name">Within the study.</param>
/// <param name="Document">As written.</param>
public sealed record StudyEvaluation(string Name, JsonObject Document)
{
    /// <summary>The word that stands for the usual evaluation.</summary>
    public const string Usual = "default";

    private const string Baselines = "baselines";

    /// <summary>The samples' protocol: unaligned views, 20 neighbors, and few labels (docs/methods.md).</summary>
    private const string UsualDocument = """
        { protocols: [knn, linear, low-shot], view: unaligned, neighbors: 20 }
        """;

    /// <param name="files">Paths, or <see cref="Usual"/>; none: that alone.</param>
    public static IReadOnlyList<StudyEvaluation> Read(IReadOnlyList<string> files)
    {
        var found = new List<StudyEvaluation>();
        foreach (var file in files.Count == 0 ? [Usual] : files)
        {
            var name = file == Usual ? Usual : Path.GetFileNameWithoutExtension(file);
            if (found.Exists(e => e.Name == name))
            {
                throw CliException.BadInput($"--evaluation {file}: another one is called {name} too", next: "give each file another name");
            }

            found.Add(new StudyEvaluation(name, SpecDocument.Parse(file, file == Usual ? UsualDocument : SpecFile.Read(file))));
        }

        return found;
    }

    /// <summary>What is sent.</summary>
    /// <param name="baselines">Whether pixels and the network as initialized are judged too, unless the document says that they never are.</param>
    public string With(bool baselines)
    {
        var document = Document.DeepClone().AsObject();
        document[Baselines] = baselines && document[Baselines]?.ToString() != "false";
        return document.ToJsonString();
    }

    /// <summary>What is wrong with it for a run; empty where nothing is.</summary>
    public IReadOnlyList<SpecError> Check(RunSpec run)
    {
        var read = EvaluationSpecParser.Parse(Document.ToJsonString(), run);
        if (read.Spec is not { } spec)
        {
            return read.Errors;
        }

        var data = spec.Data ?? run.Data;
        return data.Labels is null && !data.MayCarryLabels && spec.Protocols.Any(p => p != EvaluationProtocol.Segmentation)
            ? [new SpecError("data.labels", null, "is missing: the protocols need labels")]
            : [];
    }

    /// <summary>Network, features, views and data, in words.</summary>
    public string Text(RunSpec run)
    {
        var spec = EvaluationSpecParser.Parse(Document.ToJsonString(), run).Spec!;
        return $"{string.Join(", ", spec.Protocols.Select(p => SpecWords.Word(p)))}; {SpecWords.Word(spec.Network)}, features {SpecWords.Word(spec.Features)}, {SpecWords.Word(spec.View)} views of {(spec.Data ?? run.Data).Source}";
    }
}
