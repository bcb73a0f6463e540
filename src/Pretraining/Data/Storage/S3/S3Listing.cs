using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Amazon.S3.Model;

namespace Orchestrator.Pretraining.Data.Storage.S3;

/// <summary>The objects below a prefix.</summary>
internal static class S3Listing
{
    /// <summary>Lists page after page, 1,000 keys each as the protocol has it.</summary>
    /// <returns>In ordinal order of their paths, whatever the store's; and whether it had any key at all, also of those left out.</returns>
    /// <exception cref="DataException">It cannot be listed.</exception>
    public static (IReadOnlyList<S3Entry> Entries, bool HasKeys) Of(S3Requests requests, S3Address address, string prefix)
    {
        var entries = new List<S3Entry>();
        var keys = 0L;
        string? token = null;
        do
        {
            var page = Page(requests, address, prefix, token, null);
            foreach (var item in page.S3Objects ?? [])
            {
                keys++;
                if (S3Address.PathOf(item.Key, prefix) is { } path)
                {
                    entries.Add(new S3Entry(path, item.Size ?? 0, item.ETag ?? ""));
                }
            }

            token = page.IsTruncated == true ? page.NextContinuationToken : null;
        } while (token is not null);
        entries.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return (entries, keys > 0);
    }

    /// <summary>Whether a key begins so.</summary>
    public static bool HasKeys(S3Requests requests, S3Address address, string prefix) =>
        Page(requests, address, prefix, null, 1).S3Objects is { Count: > 0 };

    /// <summary>Another stamp when an object came, went or was written anew: SHA-256 of every path, length and ETag.</summary>
    /// <param name="folder">Relative to the root.</param>
    public static StoredStamp StampOf(string folder, IReadOnlyList<S3Entry> entries)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(long)];
        foreach (var entry in entries)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{entry.Path}\0{entry.ETag}\0"));
            BinaryPrimitives.WriteInt64LittleEndian(length, entry.Length);
            hash.AppendData(length);
        }

        return new StoredStamp(folder.Trim('/'), Convert.ToHexStringLower(hash.GetHashAndReset()), IsSettled: true);
    }

    private static ListObjectsV2Response Page(S3Requests requests, S3Address address, string prefix, string? token, int? most)
    {
        var request = new ListObjectsV2Request { BucketName = address.Bucket, Prefix = prefix };
        if (token is not null)
        {
            request.ContinuationToken = token;
        }

        if (most is not null)
        {
            request.MaxKeys = most;
        }

        return requests.Ask(prefix, (client, attempt) => client.ListObjectsV2Async(request, attempt.Token));
    }
}
