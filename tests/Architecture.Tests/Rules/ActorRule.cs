using System.Text.RegularExpressions;

namespace Orchestrator.Architecture.Tests.Rules;

/// <summary>An actor is a sealed class in a file of its own name, and asks nobody: answers come by PipeTo.</summary>
public static partial class ActorRule
{
    /// <param name="sources">The code under src.</param>
    public static Checked Check(IReadOnlyList<TextFile> sources) =>
        Checked.Each(
            sources.SelectMany(file => Actors().Matches(file.Text).Select(m => (File: file, Match: m))),
            actor => Violation(actor.File, actor.Match)
        );

    private static string? Violation(TextFile file, Match actor)
    {
        var name = actor.Groups["name"].Value;
        return !actor.Groups["modifiers"].Value.Split(' ').Contains("sealed", StringComparer.Ordinal)
                ? $"{file.Path}: the actor {name} is not sealed"
            : file.Name != name + ".cs" || !name.EndsWith("Actor", StringComparison.Ordinal)
                ? $"{file.Path}: the actor {name} belongs into a file {name}.cs, and ends in Actor"
            : Asks().IsMatch(file.Text) ? $"{file.Path}: the actor {name} asks; it should tell, and get the answer as a message"
            : null;
    }

    [GeneratedRegex(
        @"(?<modifiers>(?:\b(?:public|internal|private|protected|sealed|abstract|static|partial)\s+)*)class\s+(?<name>\w+)(?:<[^>]*>)?(?:\s*\((?:[^()]|\([^()]*\))*\))?\s*:\s*[^{;]*\b(?:ReceiveActor|UntypedActor|ReceivePersistentActor|UntypedPersistentActor|ActorBase|PersistentActor)\b",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Actors();

    [GeneratedRegex(@"\.Ask(<[^>]*>)?\(", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Asks();
}
