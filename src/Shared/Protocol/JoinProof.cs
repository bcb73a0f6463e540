using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Shared.Protocol;

/// <summary>A worker proves that it knows the join token without sending it: HMAC-SHA256(token, "join" ‖ worker ‖ incarnation ‖ data address).</summary>
public static class JoinProof
{
    public static byte[] Of(string token, string workerId, long incarnation, string dataHost, int dataPort) =>
        HMACSHA256.HashData(
            Encoding.UTF8.GetBytes(token),
            Encoding.UTF8.GetBytes($"join\n{workerId}\n{incarnation}\n{dataHost}\n{dataPort}")
        );

    public static bool Holds(string token, WorkerStatus status) =>
        CryptographicOperations.FixedTimeEquals(
            Of(token, status.WorkerId, status.Incarnation, status.DataHost, status.DataPort),
            status.Proof
        );
}
