using System.Security.Cryptography.X509Certificates;

namespace Orchestrator.Shared.Certificates;

/// <summary>Takes or refuses who shows a certificate, by the authority of <paramref name="source"/> at that moment. Thread safe.</summary>
/// <param name="refused">Told who was refused and why, on any thread, once in a while for each.</param>
public sealed class PeerJudge(MutualTlsSource source, TimeProvider time, Action<string, string> refused)
{
    private readonly RefusalNotes notes = new(time);

    /// <summary>What this side shows, with its key.</summary>
    /// <exception cref="MutualTlsException">There is none that can be used.</exception>
    public X509Certificate2 Certificate => source.Current().Certificate;

    /// <param name="chain">As it was shown.</param>
    /// <param name="peer">Its address.</param>
    public bool Takes(X509Certificate2? certificate, X509Chain? chain, string peer)
    {
        var problem = source.Current().Problem(certificate, chain?.ChainPolicy.ExtraStore);
        if (problem is not null && notes.IsDue($"{peer} {problem}"))
        {
            refused(peer, problem);
        }

        return problem is null;
    }
}
