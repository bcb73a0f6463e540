namespace Orchestrator.Architecture.Tests.Rules;

/// <summary>In Worker and Coordinator only shells know Akka: actors, their messages, serializers, hosting, and the links and gateways through which others reach actors.</summary>
public static class AkkaRule
{
    private static readonly string[] Folders = ["Serialization", "Hosting"];
    private static readonly string[] Endings = ["Actor.cs", "Protocol.cs", "Link.cs", "Gateway.cs"];

    /// <param name="sources">The code under src.</param>
    public static Checked Check(IReadOnlyList<TextFile> sources) =>
        Checked.Each(
            sources.Where(s => s.Room is "Worker" or "Coordinator" && KnowledgeRule.UsesAkka(s)),
            source =>
                Endings.Any(e => source.Name.EndsWith(e, StringComparison.Ordinal))
                // A part of an actor that is split over two files: HeadActor.Workers.cs.
                || source.Name.Contains("Actor.", StringComparison.Ordinal)
                || source.Folders.Any(f => Folders.Contains(f, StringComparer.Ordinal))
                    ? null
                    : $"{source.Path}: uses Akka; only actors, their protocols, serializers, hosting, links and gateways do"
        );
}
