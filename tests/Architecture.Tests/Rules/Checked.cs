using Xunit;

namespace Orchestrator.Architecture.Tests.Rules;

/// <summary>What a rule found. A rule that found nothing to look at has failed: it would go on passing when what it guards is moved away.</summary>
/// <param name="Subjects">How many things were looked at.</param>
public sealed record Checked(int Subjects, IReadOnlyList<string> Violations)
{
    public IReadOnlyList<string> Problems => Subjects == 0 ? ["the rule found nothing to check", .. Violations] : Violations;

    /// <summary>Fails with every problem, a line each.</summary>
    public void AssertHolds() => Assert.True(Problems.Count == 0, string.Join('\n', Problems));

    /// <summary>Looks at each subject; null is no violation.</summary>
    public static Checked Each<T>(IEnumerable<T> subjects, Func<T, string?> violation)
    {
        var all = subjects.ToArray();
        return new Checked(all.Length, [.. all.Select(violation).OfType<string>()]);
    }
}
