using System.IO.Hashing;
using System.Text;

namespace Orchestrator.Pretraining.Evaluation.Sharing;

/// <summary>
/// The pieces of one evaluation in storage that its workers share: a file a piece, whole or not there, and beside it a claim that says who is at it. A claim keeps
/// others from computing the same; nothing rests on it. What storage refuses is computed again, never an error.
/// </summary>
/// <param name="path">The evaluation's folder, of workers that compute the same bits.</param>
/// <param name="worker">Who looks.</param>
public sealed class PieceFolder(string path, string worker)
{
    private const int HashLength = 16;

    /// <summary>Who looks.</summary>
    public string Worker => worker;

    /// <summary>Whether the evaluation goes on: who reports it opens the folder and takes it away.</summary>
    public bool IsOpen => Directory.Exists(path);

    public void Open() => Try(() => Directory.CreateDirectory(path));

    /// <summary>The evaluation is over.</summary>
    public void Delete() =>
        Try(() =>
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
        });

    /// <summary>A piece and who computed it; null while there is none that is whole.</summary>
    public (string Worker, byte[] Saved)? Read(string piece)
    {
        byte[]? bytes = null;
        Try(() => bytes = File.Exists(Of(piece)) ? File.ReadAllBytes(Of(piece)) : null);
        if (
            bytes is null
            || bytes.Length <= HashLength
            || !XxHash128.Hash(bytes.AsSpan(HashLength)).AsSpan().SequenceEqual(bytes.AsSpan(0, HashLength))
        )
        {
            return null;
        }

        var author = bytes[HashLength];
        return (Encoding.UTF8.GetString(bytes, HashLength + 1, author), bytes[(HashLength + 1 + author)..]);
    }

    public void Write(string piece, byte[] saved)
    {
        var author = Encoding.UTF8.GetBytes(worker);
        byte[] body = [(byte)author.Length, .. author, .. saved];
        var temporary = Path.Combine(path, $"{piece}.{worker}.writing");
        Try(() =>
        {
            using (var stream = new FileStream(temporary, FileMode.Create))
            {
                stream.Write(XxHash128.Hash(body));
                stream.Write(body);
            }

            File.Move(temporary, Of(piece), overwrite: true);
        });
    }

    /// <summary>Says that this worker is at a piece.</summary>
    /// <returns>Whether nobody else is: what it left behind when it was here before is its own.</returns>
    public bool Claim(string piece)
    {
        var mine = true;
        Try(() =>
        {
            try
            {
                using var stream = new FileStream(ClaimOf(piece), FileMode.CreateNew);
                stream.Write(Encoding.UTF8.GetBytes(worker));
            }
            catch (IOException) when (File.Exists(ClaimOf(piece)))
            {
                mine = Claimant(piece) == worker;
            }
        });
        return mine;
    }

    /// <summary>Who is at a piece; null for nobody.</summary>
    public string? Claimant(string piece)
    {
        string? claimant = null;
        Try(() => claimant = File.Exists(ClaimOf(piece)) ? File.ReadAllText(ClaimOf(piece)) : null);
        return claimant;
    }

    /// <summary>When who is at a piece said so last, by storage's clock: only that it changes means something. Null: nobody is.</summary>
    public DateTime? ClaimedAt(string piece)
    {
        DateTime? at = null;
        Try(() => at = File.Exists(ClaimOf(piece)) ? File.GetLastWriteTimeUtc(ClaimOf(piece)) : null);
        return at;
    }

    /// <summary>Says again that this worker is at a piece, or that it is now.</summary>
    public void Renew(string piece) => Try(() => File.WriteAllText(ClaimOf(piece), worker));

    /// <summary>This worker is not at a piece any more.</summary>
    public void Release(string piece) => Try(() => File.Delete(ClaimOf(piece)));

    private string Of(string piece) => Path.Combine(path, piece + ".piece");

    private string ClaimOf(string piece) => Path.Combine(path, piece + ".claim");

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that has been taken away, a disk that is full: the worker computes what it cannot read.
        }
    }
}
