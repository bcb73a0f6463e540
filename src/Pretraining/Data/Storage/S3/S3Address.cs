using System.Text.RegularExpressions;

namespace Orchestrator.Pretraining.Data.Storage.S3;

/// <summary>A data root in an object store, <c>s3://bucket/prefix</c>: which keys are below it, and as what paths.</summary>
public sealed partial record S3Address
{
    private const string Scheme = "s3://";
    private readonly string prefix;

    private S3Address(string bucket, string prefix) => (Bucket, this.prefix) = (bucket, prefix);

    public string Bucket { get; }

    /// <summary>Whether a data root is one of an object store, well written or not.</summary>
    public static bool IsMeant(string root) => root.StartsWith(Scheme, StringComparison.Ordinal);

    /// <summary>Reads a data root.</summary>
    /// <returns>The address, or what is wrong with it.</returns>
    public static (S3Address? Address, string? Problem) Parse(string root)
    {
        if (!IsMeant(root))
        {
            return (null, $"must begin with {Scheme}");
        }

        var slash = root.IndexOf('/', Scheme.Length);
        var bucket = slash < 0 ? root[Scheme.Length..] : root[Scheme.Length..slash];
        if (!Buckets().IsMatch(bucket))
        {
            return (null, $"must be {Scheme}BUCKET or {Scheme}BUCKET/PREFIX; a bucket's name has 3 to 63 of a-z, 0-9, dot and dash");
        }

        var segments = slash < 0 ? [] : root[(slash + 1)..].TrimEnd('/').Split('/');
        return segments is [] or [""] ? (new S3Address(bucket, ""), null)
            : segments.Any(segment => segment is "" or "." or "..") ? (null, "must have no empty parts, '.' or '..' in its prefix")
            : (new S3Address(bucket, string.Join('/', segments) + '/'), null);
    }

    /// <summary>The key of an object.</summary>
    /// <param name="path">Relative to the root.</param>
    /// <exception cref="DataException">It could leave the root.</exception>
    public string KeyOf(string path, string field = "the path")
    {
        DataPath.RequireRelative(path, field);
        return prefix + string.Join('/', path.Split('/').Where(segment => segment is not ("" or ".")));
    }

    /// <summary>What the keys of a folder's objects begin with.</summary>
    /// <param name="folder">Relative to the root; empty: the root itself.</param>
    /// <exception cref="DataException">It could leave the root.</exception>
    public string PrefixOf(string folder)
    {
        var key = folder.Length == 0 ? prefix : KeyOf(folder);
        return key.Length == 0 || key.EndsWith('/') ? key : key + '/';
    }

    /// <summary>
    /// The path of a key below a folder; null where it is none: a part of it begins with a dot, or it has a form that no file has (<c>a//b</c>, <c>a/</c>).
    /// </summary>
    /// <param name="folderPrefix">From <see cref="PrefixOf"/>.</param>
    public static string? PathOf(string key, string folderPrefix)
    {
        var path = key[folderPrefix.Length..];
        return path.Split('/').Any(segment => segment.Length == 0 || segment.StartsWith('.')) ? null : path;
    }

    public override string ToString() => $"{Scheme}{Bucket}/{prefix}".TrimEnd('/');

    [GeneratedRegex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    private static partial Regex Buckets();
}
