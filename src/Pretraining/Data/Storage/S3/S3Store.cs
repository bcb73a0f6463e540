using System.Globalization;
using System.Net;
using Amazon.S3;
using Amazon.S3.Model;

namespace Orchestrator.Pretraining.Data.Storage.S3;

/// <summary>
/// A bucket of an S3-compatible object store, or what is below a prefix of it. Keys are paths; a folder is where a key goes on behind a slash. An
/// outage is waited out (<see cref="S3Requests.Patience"/>). Reads name an object, not a version of it: a data set does not change while a run
/// uses it, or the stamps and fingerprints of the next one that opens it differ.
/// </summary>
public sealed class S3Store : IDataStore
{
    private readonly S3Address address;

    /// <param name="address">The data root.</param>
    /// <param name="warn">Told of outages, seldom, from any thread.</param>
    /// <exception cref="DataException">Neither region nor endpoint is known.</exception>
    public S3Store(S3Address address, S3Options options, Action<string>? warn = null)
        : this(address, options, S3Clients.Create(options), S3Requests.Patience, warn) { }

    internal S3Store(S3Address address, S3Options options, IAmazonS3 client, TimeSpan patience, Action<string>? warn)
    {
        this.address = address;
        var endpoint = options.Endpoint?.ToString() ?? $"AWS ({client.Config.RegionEndpoint?.SystemName})";
        Name = options.Endpoint is null ? address.ToString() : $"{address} at {endpoint}";
        Requests = new S3Requests(
            client,
            address.Bucket,
            endpoint,
            patience,
            new RareNotice(warn, TimeProvider.System),
            TimeProvider.System
        );
    }

    public string Name { get; }

    internal S3Requests Requests { get; }

    public StoredKind KindOf(string path, string key)
    {
        var objectKey = address.KeyOf(path, key);
        return IsObject(objectKey) && Head(objectKey) is not null ? StoredKind.File
            : S3Listing.HasKeys(Requests, address, address.PrefixOf(path)) ? StoredKind.Folder
            : StoredKind.Nothing;
    }

    public StoredTree List(string folder)
    {
        var prefix = address.PrefixOf(folder);
        var (entries, hasKeys) = S3Listing.Of(Requests, address, prefix);
        return hasKeys
            ? new StoredTree([.. entries.Select(entry => new StoredFile(entry.Path, entry.Length))], [S3Listing.StampOf(folder, entries)])
            : throw new DataException($"'{folder}' cannot be listed: no key of '{Name}' begins with '{prefix}'; upload the data there")
            {
                IsUnreadable = true,
            };
    }

    public StoredStamp? Stamp(string path)
    {
        var key = path.Length == 0 ? "" : address.KeyOf(path);
        if (IsObject(key) && Head(key) is { } head)
        {
            return new StoredStamp(path, string.Create(CultureInfo.InvariantCulture, $"{head.ContentLength} {head.ETag}"), IsSettled: true);
        }

        var (entries, hasKeys) = S3Listing.Of(Requests, address, address.PrefixOf(path));
        return hasKeys ? S3Listing.StampOf(path, entries) : null;
    }

    public long? LengthOf(string path) => Head(address.KeyOf(path))?.ContentLength;

    public ReadOnlyMemory<byte> ReadAll(string path, long length)
    {
        var key = address.KeyOf(path);
        return Requests.Ask(
            key,
            async (client, attempt) =>
            {
                using var found = await client.GetObjectAsync(
                    new GetObjectRequest { BucketName = address.Bucket, Key = key },
                    attempt.Token
                );
                return found.ContentLength == length
                    ? await attempt.ReadAsync(found.ResponseStream, checked((int)length))
                    : throw Changed($"has {found.ContentLength} bytes, and had {length} when the data set was listed", path);
            }
        );
    }

    public ReadOnlyMemory<byte> Read(string path, long offset, int length) => ReadPart(path, offset, length, null);

    public Stream OpenRead(string path)
    {
        var key = address.KeyOf(path);
        var head = Requests.Ask(key, (client, attempt) => client.GetObjectMetadataAsync(HeadOf(key), attempt.Token));
        return new StoreStream(head.ContentLength, (offset, length) => ReadPart(path, offset, length, head.ETag));
    }

    public void Dispose() => Requests.Dispose();

    /// <param name="etag">Of the content that the part must be of; null: of any.</param>
    private ReadOnlyMemory<byte> ReadPart(string path, long offset, int length, string? etag)
    {
        if (length == 0)
        {
            return default;
        }

        var key = address.KeyOf(path);
        var request = new GetObjectRequest
        {
            BucketName = address.Bucket,
            Key = key,
            ByteRange = new ByteRange(offset, offset + length - 1),
        };
        var isThere = Requests.AskUnless(
            key,
            async (client, attempt) =>
            {
                using var found = await client.GetObjectAsync(request, attempt.Token);
                return found.ContentLength != length
                        ? throw Changed(
                            $"ends at byte {offset + found.ContentLength}, and bytes up to {offset + length} were to be read",
                            path
                        )
                    : etag is not null && found.ETag != etag ? throw Changed("was written anew while it was read", path)
                    : await attempt.ReadAsync(found.ResponseStream, length);
            },
            no => no.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable,
            out var bytes
        );
        return isThere ? bytes : throw Changed($"ends before byte {offset}, and bytes up to {offset + length} were to be read", path);
    }

    private GetObjectMetadataResponse? Head(string key) =>
        Requests.AskUnless(
            key,
            (client, attempt) => client.GetObjectMetadataAsync(HeadOf(key), attempt.Token),
            S3Faults.IsMissingObject,
            out var head
        )
            ? head
            : null;

    private GetObjectMetadataRequest HeadOf(string key) => new() { BucketName = address.Bucket, Key = key };

    // The root itself is none.
    private static bool IsObject(string key) => key.Length > 0 && !key.EndsWith('/');

    private DataException Changed(string how, string path) =>
        new($"'{path}' of '{Name}' {how}; restore it, or start the run anew") { IsUnreadable = true };
}
