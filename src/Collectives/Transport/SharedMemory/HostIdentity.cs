using System.Security.Cryptography;
using System.Text;
using Orchestrator.Collectives.Transport.Tcp;

namespace Orchestrator.Collectives.Transport.SharedMemory;

/// <summary>
/// What two processes that may share memory have in common: the machine's boot, the user, and the network (pods of one node have other networks, and no
/// memory in common). It only saves trying in vain; the proof is that the peer finds the segment.
/// </summary>
internal static class HostIdentity
{
    private const string BootId = "/proc/sys/kernel/random/boot_id";
    private const int KeyBytes = 8;
    private const string Network = "/proc/self/ns/net";

    /// <summary>This process's; empty where it cannot be told, and then nothing is shared.</summary>
    public static string Own { get; } = Read();

    /// <summary>16 hexadecimal digits that say no more than whether two identities are the same; empty for an empty one.</summary>
    public static string KeyOf(string identity) =>
        identity.Length == 0 ? "" : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)).AsSpan(0, KeyBytes));

    private static string Read()
    {
        try
        {
            if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess || !BitConverter.IsLittleEndian)
            {
                return "";
            }

            string identity = $"{File.ReadAllText(BootId).Trim()} {new FileInfo(Network).LinkTarget} {Environment.UserName}";
            return Encoding.UTF8.GetByteCount(identity) <= HelloCodec.MaxName ? identity : "";
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
