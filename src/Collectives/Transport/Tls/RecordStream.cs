using System.Buffers.Binary;

namespace Orchestrator.Collectives.Transport.Tls;

/// <summary>
/// What is below TLS: reads from the wire as much as there is, and hands it out record by record, so that the stream above never holds more than the record
/// that it was asked for, and what has come and was not handed out is known here.
/// </summary>
/// <param name="receive">From the wire; 0 where it has ended.</param>
/// <param name="send">To the wire, all of it.</param>
internal sealed class RecordStream(RecordStream.Receiving receive, RecordStream.Sending send) : Stream
{
    // Four records.
    private readonly byte[] buffer = new byte[64 << 10];
    private int start;
    private int end;
    private int left;

    public delegate int Receiving(Span<byte> into);

    public delegate void Sending(ReadOnlySpan<byte> bytes);

    /// <summary>What the wire threw last; the stream above wraps it.</summary>
    public Exception? ReceiveFailure { get; private set; }

    public Exception? SendFailure { get; private set; }

    /// <summary>The wire has ended.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>What came is no TLS, but Hello.</summary>
    public bool CameHello { get; private set; }

    /// <summary>What came is no TLS, and nothing else that is known.</summary>
    public bool CameRubbish { get; private set; }

    /// <summary>What has come and was not handed out; it begins with a record where nothing of one has been.</summary>
    public ReadOnlySpan<byte> Waiting => buffer.AsSpan(start, end - start);

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> into)
    {
        if (into.Length == 0 || (left == 0 && !BeginRecord()) || (start == end && !Fill()))
        {
            return 0;
        }

        int taken = Math.Min(Math.Min(into.Length, left), end - start);
        buffer.AsSpan(start, taken).CopyTo(into);
        start += taken;
        left -= taken;
        return taken;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            send(bytes);
        }
        catch (Exception failure)
        {
            SendFailure = failure;
            throw;
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // Nothing is kept back.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private bool BeginRecord()
    {
        while (end - start < TlsMismatch.Head)
        {
            if (!Fill())
            {
                return false;
            }
        }

        ReadOnlySpan<byte> head = buffer.AsSpan(start, TlsMismatch.Head);
        if (!TlsMismatch.IsRecord(head))
        {
            CameHello = TlsMismatch.IsHello(head);
            CameRubbish = !CameHello;
            throw new IOException(CameHello ? TlsMismatch.OtherHasNone : "what came is no TLS");
        }

        // However long it claims to be: the stream above knows the bound.
        left = TlsMismatch.Head + BinaryPrimitives.ReadUInt16BigEndian(head[3..]);
        return true;
    }

    private bool Fill()
    {
        buffer.AsSpan(start, end - start).CopyTo(buffer);
        (start, end) = (0, end - start);
        try
        {
            int read = receive(buffer.AsSpan(end));
            end += read;
            HasEnded |= read == 0;
            return read > 0;
        }
        catch (Exception failure)
        {
            ReceiveFailure = failure;
            throw;
        }
    }
}
