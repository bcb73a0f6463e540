namespace Orchestrator.Shared.Runs;

/// <summary>For whom a run trains: what quotas and fair share go by.</summary>
/// <param name="Project">Of the spec.</param>
/// <param name="User">Who submitted it.</param>
public sealed record RunOwner(string Project, string User)
{
    /// <summary>Whoever submits without a name.</summary>
    public const string Anonymous = "anonymous";

    /// <summary>What every name matches.</summary>
    public const string NamePattern = "^[A-Za-z0-9._@-]{1,64}$";

    public const string NameRule = "must be 1 to 64 of A–Z a–z 0–9 . _ - @";

    /// <summary>Whether a text may name a project or a user.</summary>
    public static bool IsName(string text) =>
        text.Length is >= 1 and <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '@');
}
