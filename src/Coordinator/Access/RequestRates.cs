using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Orchestrator.Coordinator.Settings;

namespace Orchestrator.Coordinator.Access;

/// <summary>How many requests a token, or an address without one, may make.</summary>
public sealed class RequestRates : IDisposable
{
    private const int FailuresAtOnce = 20;

    private readonly HttpLimits limits;

    public RequestRates(CoordinatorOptions options)
    {
        limits = options.Http.Limits;
        Failures = PartitionedRateLimiter.Create<string, string>(address =>
            RateLimitPartition.GetTokenBucketLimiter(address, _ => Bucket(FailuresAtOnce, 1))
        );
        Requests = PartitionedRateLimiter.Create<HttpContext, string>(Partition);
    }

    /// <summary>Tokens by address that do not count: a burst of 20, then one a second. Who has a good token is never held up by them.</summary>
    public PartitionedRateLimiter<string> Failures { get; }

    public PartitionedRateLimiter<HttpContext> Requests { get; }

    /// <summary>Of IPv6 the network: who has one has 2⁶⁴ addresses.</summary>
    public static string AddressOf(HttpContext context) => Network(context.Connection.RemoteIpAddress ?? IPAddress.None);

    public static string Network(IPAddress address)
    {
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(address))
        {
            return address.ToString();
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return $"{new IPAddress(bytes)}/64";
    }

    public void Dispose()
    {
        Failures.Dispose();
        Requests.Dispose();
    }

    private RateLimitPartition<string> Partition(HttpContext context)
    {
        var caller = context.Features.Get<Caller>();
        if (caller is { IsAnonymous: false })
        {
            return Limited($"token {caller.Token}");
        }

        // Whoever asks for a process's health is not to be told that it asks too often; and who is on the machine of a coordinator without tokens can end it anyway.
        var isHealth = context.Request.Path.StartsWithSegments("/healthz") || context.Request.Path.StartsWithSegments("/readyz");
        var isLocal = caller is not null && context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address);
        return isHealth || isLocal ? RateLimitPartition.GetNoLimiter("") : Limited($"address {AddressOf(context)}");
    }

    private RateLimitPartition<string> Limited(string key) =>
        RateLimitPartition.GetTokenBucketLimiter(key, _ => Bucket(limits.Burst, limits.RequestsPerSecond));

    private static TokenBucketRateLimiterOptions Bucket(int most, int perSecond) =>
        new()
        {
            TokenLimit = most,
            TokensPerPeriod = perSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 0,
        };
}
