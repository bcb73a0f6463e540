namespace Orchestrator.Pretraining.Data.Storage;

/// <summary>A file of a store as a stream that can be sought in: what is read comes in parts of 1 MiB, what is passed over is not fetched.</summary>
internal sealed class StoreStream : Stream
{
    private const int PartBytes = 1 << 20;
    private readonly Func<long, int, ReadOnlyMemory<byte>> read;
    private ReadOnlyMemory<byte> part;
    private long partStart;

    /// <param name="length">Of the file, in bytes.</param>
    /// <param name="read">Reads so many bytes from an offset.</param>
    public StoreStream(long length, Func<long, int, ReadOnlyMemory<byte>> read) => (Length, this.read) = (length, read);

    /// <exception cref="DataException">The file is gone.</exception>
    public StoreStream(IDataStore store, string path)
        : this(
            store.LengthOf(path) ?? throw new DataException($"'{path}' is gone from the data root '{store.Name}'") { IsUnreadable = true },
            (offset, length) => store.Read(path, offset, length)
        ) { }

    public override bool CanRead => true;
    public override bool CanSeek => true;
    public override bool CanWrite => false;
    public override long Length { get; }
    public override long Position { get; set; }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (Position >= Length || buffer.IsEmpty)
        {
            return 0;
        }

        if (Position < partStart || Position >= partStart + part.Length)
        {
            part = read(Position, (int)Math.Min(PartBytes, Length - Position));
            partStart = Position;
        }

        var rest = part.Span[(int)(Position - partStart)..];
        var count = Math.Min(rest.Length, buffer.Length);
        rest[..count].CopyTo(buffer);
        Position += count;
        return count;
    }

    public override long Seek(long offset, SeekOrigin origin) =>
        Position = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => Position + offset,
            _ => Length + offset,
        };

    public override void Flush()
    {
        // Nothing is written.
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
