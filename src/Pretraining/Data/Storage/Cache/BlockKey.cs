using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Pretraining.Data.Storage.Cache;

/// <summary>What a kept block is of, as 64 hex digits: SHA-256 of the store, the version of its listing, the path and the part.</summary>
internal readonly record struct BlockKey
{
    private const string Format = "blocks/1";

    private BlockKey(string hex) => Hex = hex;

    public string Hex { get; }

    /// <param name="store">Name of the store: bucket, prefix and endpoint.</param>
    /// <param name="version">Stamp of the folder or file that the path was found by.</param>
    /// <param name="offset">Of the part; null: the whole file.</param>
    /// <param name="length">Of the part, or of the whole file.</param>
    public static BlockKey Of(string store, string version, string path, long? offset, long length) =>
        // No name has a NUL in it.
        new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Format}\0{store}\0{version}\0{path}\0{offset}\0{length}"))));
}
