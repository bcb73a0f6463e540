namespace Orchestrator.Worker.Agent;

/// <summary>Which contact point the next status goes to: the same one while it answers, the next one when a status has no answer for 2 s.</summary>
/// <param name="Contacts">host:port of each coordinator, at least one.</param>
/// <param name="Index">The current one.</param>
/// <param name="UnansweredSince">When the first status went out that has no answer yet.</param>
public sealed record ContactRotation(IReadOnlyList<string> Contacts, int Index, DateTimeOffset? UnansweredSince)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public string Current => Contacts[Index];

    public ContactRotation Answered() => UnansweredSince is null ? this : this with { UnansweredSince = null };

    /// <summary>A status is about to leave.</summary>
    public ContactRotation Asking(DateTimeOffset now)
    {
        if (UnansweredSince is not { } since)
        {
            return this with { UnansweredSince = now };
        }

        return now - since < Patience ? this : this with { Index = (Index + 1) % Contacts.Count, UnansweredSince = now };
    }
}
