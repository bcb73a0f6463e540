using System.Text.Json.Nodes;

namespace Orchestrator.Cli.Studies.Plans;

/// <summary>One of the things that a study compares.</summary>
/// <param name="Name">Within the study.</param>
/// <param name="Document">Its spec, but for name and seed.</param>
public sealed record StudyCell(string Name, JsonObject Document);
