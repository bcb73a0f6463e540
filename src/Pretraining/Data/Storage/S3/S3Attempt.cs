namespace Orchestrator.Pretraining.Data.Storage.S3;

/// <summary>One try of a request; it ends when nothing comes for a while.</summary>
internal sealed class S3Attempt : IDisposable
{
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(15);
    private readonly CancellationTokenSource stalled = new(Stall);

    public CancellationToken Token => stalled.Token;

    /// <summary>Reads a body of this length, through its end: there the SDK compares the checksum.</summary>
    /// <exception cref="EndOfStreamException">It is shorter.</exception>
    public async Task<byte[]> ReadAsync(Stream body, int length)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(length);
        for (var filled = 0; filled < length; )
        {
            stalled.CancelAfter(Stall);
            var read = await body.ReadAsync(bytes.AsMemory(filled), Token);
            filled += read > 0 ? read : throw new EndOfStreamException($"the connection ended after {filled} of {length} bytes");
        }

        return await body.ReadAsync(new byte[1], Token) == 0
            ? bytes
            : throw new InvalidDataException($"the store sent more than the {length} bytes that it announced");
    }

    public void Dispose() => stalled.Dispose();
}
