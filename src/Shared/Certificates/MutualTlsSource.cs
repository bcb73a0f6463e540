using System.Security.Cryptography;

namespace Orchestrator.Shared.Certificates;

/// <summary>
/// The certificates of files that are looked at again every ten seconds, when they are asked for: who renews them restarts nothing for it. While what stands there
/// cannot be used, the last that could is. Thread safe.
/// </summary>
/// <param name="report">Told of each change, on any thread, and whether it is a good one.</param>
public sealed class MutualTlsSource(MutualTlsFiles files, TimeProvider time, Action<string, bool> report)
{
    /// <summary>How long changed files may go unnoticed.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private MutualTlsIdentity? current;
    private byte[] loaded = [];
    private byte[] told = [];
    private long lookedAt;

    /// <exception cref="MutualTlsException">There is none yet that can be used.</exception>
    public MutualTlsIdentity Current()
    {
        lock (gate)
        {
            if (current is null || time.GetElapsedTime(lookedAt) >= Interval)
            {
                lookedAt = time.GetTimestamp();
                Look();
            }

            return current!;
        }
    }

    private void Look()
    {
        byte[] content = [];
        try
        {
            content = SHA256.HashData([.. Bytes(files.Certificate), .. Bytes(files.Key), .. Bytes(files.Authority)]);
            if (content.AsSpan().SequenceEqual(loaded))
            {
                return;
            }

            current = files.Load(time.GetUtcNow());
            loaded = content;
            report(
                $"the certificate is {current.Certificate.Subject}, until {current.Certificate.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC",
                true
            );
        }
        catch (MutualTlsException e) when (current is not null)
        {
            // Tried again at every look, for it may count later; told once.
            if (!content.AsSpan().SequenceEqual(told))
            {
                told = content;
                report($"the certificates have changed and cannot be used, the last ones stay: {e.Message}", false);
            }
        }
    }

    private static byte[] Bytes(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Loading says what is wrong.
            return [];
        }
    }
}
