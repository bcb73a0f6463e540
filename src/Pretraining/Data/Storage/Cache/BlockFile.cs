using System.IO.Hashing;
using System.Text;

namespace Orchestrator.Pretraining.Data.Storage.Cache;

/// <summary>A kept block on disk: its bytes, then XxHash128 of its key and its bytes. Its time of change is when it was last used.</summary>
internal static class BlockFile
{
    /// <summary>Bytes behind the content.</summary>
    public const int Trailer = 16;

    /// <summary>Ends of the names of files that are being written.</summary>
    public const string Unfinished = ".new";

    /// <summary>Reads a block and marks it as used.</summary>
    /// <param name="isDamaged">It is there, and is not what was written.</param>
    /// <returns>Null where it is not there, or is damaged.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static byte[]? Read(string path, BlockKey key, int length, DateTime now, out bool isDamaged)
    {
        isDamaged = false;
        try
        {
            using var file = File.OpenHandle(path, access: FileAccess.ReadWrite, share: FileShare.ReadWrite | FileShare.Delete);
            isDamaged = RandomAccess.GetLength(file) != length + Trailer;
            if (isDamaged)
            {
                return null;
            }

            var content = GC.AllocateUninitializedArray<byte>(length);
            Span<byte> trailer = stackalloc byte[Trailer];
            isDamaged = !Fill(file, content, 0) || !Fill(file, trailer, length) || !trailer.SequenceEqual(Checksum(key, content));
            if (isDamaged)
            {
                return null;
            }

            File.SetLastWriteTimeUtc(file, now);
            return content;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Writes a block whole or not at all, whoever else writes it.</summary>
    /// <exception cref="IOException">It cannot be written: the disk may be full.</exception>
    public static void Write(string path, BlockKey key, ReadOnlySpan<byte> content, DateTime now)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // Processes in containers may have one number: only a name of its own is no other's.
        var unfinished = $"{path}.{Guid.NewGuid():N}{Unfinished}";
        try
        {
            using (var file = File.OpenHandle(unfinished, FileMode.CreateNew, FileAccess.Write))
            {
                RandomAccess.Write(file, content, 0);
                RandomAccess.Write(file, Checksum(key, content), content.Length);
                File.SetLastWriteTimeUtc(file, now);
            }

            File.Move(unfinished, path, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    private static bool Fill(Microsoft.Win32.SafeHandles.SafeFileHandle file, Span<byte> bytes, long offset)
    {
        for (var filled = 0; filled < bytes.Length; )
        {
            var read = RandomAccess.Read(file, bytes[filled..], offset + filled);
            if (read == 0)
            {
                return false;
            }

            filled += read;
        }

        return true;
    }

    private static byte[] Checksum(BlockKey key, ReadOnlySpan<byte> content)
    {
        var hash = new XxHash128();
        hash.Append(Encoding.ASCII.GetBytes(key.Hex));
        hash.Append(content);
        return hash.GetCurrentHash();
    }
}
