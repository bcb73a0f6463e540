using Orchestrator.Collectives.Transport.Tcp;

namespace Orchestrator.Collectives.Transport.SharedMemory;

/// <summary>
/// How two ranks of a host come to share memory, in the round trip of Hello and its answer and one more message. The dialer's Hello says where its arena is; the answer names a segment that the listener
/// has just made, says where the listener's arena is, and whether it has mapped the dialer's; the dialer says whether it has mapped the segment and the listener's arena. What either
/// cannot map is done without: sums that do not lie in an arena go through the segment's rings, and without a segment by TCP.
/// </summary>
internal static class SharingHandshake
{
    /// <summary>The listener's side, which answers. Null where the segment is not shared.</summary>
    /// <param name="place">Null where the dialer shares no memory.</param>
    /// <param name="report">Told why something is not shared.</param>
    public static SharedPair? Offer(
        HandshakeSocket handshake,
        Hello hello,
        HelloAnswer answer,
        SharedMemoryPlace? place,
        Action<SharingLack, string> report
    )
    {
        SharedSegment? segment = place is null ? null : Make(place, problem => report(SharingLack.Segment, problem));
        if (segment is null)
        {
            handshake.Write(HelloCodec.Write(answer));
            return null;
        }

        ArenaView? theirs = null;
        bool mapped = false;
        try
        {
            theirs = View(place!, hello.Arena, problem => report(SharingLack.Arena, problem));
            handshake.Write(
                HelloCodec.Write(
                    answer with
                    {
                        Segment = segment.Name,
                        Arena = place!.Arena?.Address.ToString() ?? "",
                        ReadsArena = theirs is not null,
                    }
                )
            );
            string? problem = handshake.Read(out ReadOnlyMemory<byte> message);
            HelloAnswer? said = problem is null ? HelloCodec.ReadAnswer(message) : null;
            mapped = said?.Code == AnswerCode.Welcome;
            if (!mapped)
            {
                report(SharingLack.Segment, problem ?? said?.Reason ?? "its answer is malformed");
            }
            else if (said!.Reason.Length > 0)
            {
                report(SharingLack.Arena, said.Reason);
            }

            return mapped ? new SharedPair(segment, theirs, said!.ReadsArena ? place.Arena : null) : null;
        }
        finally
        {
            segment.Unlink();
            if (!mapped)
            {
                segment.Dispose();
                theirs?.Dispose();
            }
        }
    }

    /// <summary>The dialer's side, behind a welcome that names a segment: the listener waits for the answer, whatever it is. Null where the segment is not shared.</summary>
    /// <param name="place">Null where this side shares no memory.</param>
    public static SharedPair? Accept(HandshakeSocket handshake, HelloAnswer welcome, SharedMemoryPlace? place)
    {
        SharedSegment? segment = null;
        ArenaView? theirs = null;
        string problem = "it does not share memory";
        try
        {
            segment = place is null ? null : SharedSegment.Open(place, welcome.Segment);
            problem = "";
            theirs = segment is null ? null : View(place!, welcome.Arena, why => problem = why);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problem = failure.Message;
        }

        try
        {
            AnswerCode code = segment is null ? AnswerCode.Refused : AnswerCode.Welcome;
            handshake.Write(HelloCodec.Write(new HelloAnswer(code, problem, ReadsArena: theirs is not null)));
            return segment is null ? null : new SharedPair(segment, theirs, welcome.ReadsArena ? place!.Arena : null);
        }
        catch
        {
            segment?.Dispose();
            theirs?.Dispose();
            throw;
        }
    }

    private static SharedSegment? Make(SharedMemoryPlace place, Action<string> report)
    {
        try
        {
            return SharedSegment.Create(place);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            report(failure.Message);
            return null;
        }
    }

    private static ArenaView? View(SharedMemoryPlace place, string address, Action<string> report)
    {
        try
        {
            return address.Length == 0 ? null : ArenaView.Open(place, address);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            report(failure.Message);
            return null;
        }
    }
}
