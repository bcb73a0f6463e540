using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Orchestrator.Shared.Runs;

/// <summary>The one mapping that a YAML or JSON document is.</summary>
internal static class SpecRoot
{
    /// <param name="what">Of the document, with its article, for errors.</param>
    /// <param name="shortest">The keys that it cannot do without.</param>
    /// <param name="errors">What is wrong is added.</param>
    /// <returns>Null: it is no such document.</returns>
    public static YamlMappingNode? Read(string document, string what, string shortest, List<SpecError> errors)
    {
        if (document.Length > RunSpecParser.MaxLength)
        {
            return Refused($"{what} has at most {RunSpecParser.MaxLength} characters, this one has {document.Length}");
        }

        try
        {
            if (SpecBounds.Problem(document) is { } problem)
            {
                return Refused($"{what} {problem}");
            }

            var stream = new YamlStream();
            stream.Load(new StringReader(document));
            return stream.Documents.Count == 1 && stream.Documents[0].RootNode is YamlMappingNode mapping
                ? mapping
                : Refused($"{what} is one YAML or JSON mapping of keys to values; the shortest has {shortest}");
        }
        catch (YamlException e)
        {
            return Refused($"not YAML or JSON at line {e.Start.Line}, column {e.Start.Column}: {e.InnerException?.Message ?? e.Message}");
        }

        YamlMappingNode? Refused(string problem)
        {
            errors.Add(new SpecError("(document)", null, problem));
            return null;
        }
    }
}
