using Microsoft.AspNetCore.Http.HttpResults;

namespace Orchestrator.Coordinator.Api.Reference;

/// <summary>What an operation may answer, for the reference.</summary>
/// <param name="Value">A text, or what is written as JSON.</param>
internal sealed record AnswerExample(int Status, string MediaType, object Value);

/// <summary>A problem that an operation may answer, as its code makes it.</summary>
/// <param name="Headers">That come with it, name and example.</param>
internal sealed record RefusalExample(ProblemHttpResult Problem, IReadOnlyDictionary<string, string> Headers);

/// <summary>A body in JSON that an operation takes.</summary>
internal sealed record BodyExample(object Value);

/// <summary>A document that an operation takes as YAML or as JSON; read by a parser of its own, so not bound as a body is.</summary>
/// <param name="Schema">The record that the parser makes of it.</param>
/// <param name="Yaml">As a person would write it.</param>
/// <param name="Resolved">The same with every default.</param>
internal sealed record DocumentBody(Type Schema, string Description, string Yaml, object Resolved);

/// <summary>Headers that a good answer has, name and what they say.</summary>
internal sealed record AnswerHeader(int Status, string Name, string Description);
