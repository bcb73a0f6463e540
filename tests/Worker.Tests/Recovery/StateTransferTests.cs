using Orchestrator.Collectives;
using Orchestrator.Collectives.Transport;
using Orchestrator.Collectives.Transport.Tcp;
using Orchestrator.Worker.Recovery;
using Orchestrator.Worker.Tests.Fakes;
using Xunit;

namespace Orchestrator.Worker.Tests.Recovery;

public sealed class StateTransferTests : IDisposable
{
    private static readonly byte[] Secret = new byte[32];
    private readonly FrameListener listener = new("127.0.0.1", 0);
    private readonly FakeState source = new();
    private readonly FakeState spare = new();

    public StateTransferTests()
    {
        for (var i = 0; i < source.Moments.Length; i++)
        {
            source.Moments.Span[i] = i;
        }

        source.SetStep(5, 3);
    }

    public void Dispose()
    {
        listener.Dispose();
        source.Dispose();
        spare.Dispose();
    }

    [Fact]
    public void A_state_arrives_whole_with_its_step_and_generation()
    {
        using var connection = Serve(c => StateTransfer.Send(c, source, source.Digest()));
        StateTransfer.Receive(connection, 5, source.Digest(), spare);
        Assert.Equal((5L, 3L, source.Digest()), (spare.Step, spare.Generation, spare.Digest()));
    }

    [Fact]
    public void Bytes_that_are_not_what_they_claim_are_refused()
    {
        var digest = source.Digest();
        source.Moments.Span[600_000] += 1;
        using var connection = Serve(c => StateTransfer.Send(c, source, digest));
        var problem = Assert.Throws<StateTransferException>(() => StateTransfer.Receive(connection, 5, digest, spare));
        Assert.Contains("has digest", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_source_at_another_step_is_refused()
    {
        using var connection = Serve(c => StateTransfer.Send(c, source, source.Digest()));
        Assert.Throws<PeerLostException>(() => StateTransfer.Receive(connection, 6, source.Digest(), spare));
    }

    [Fact]
    public void A_source_that_stalls_is_named_at_the_deadline()
    {
        using var ended = new ManualResetEventSlim();
        using var connection = Serve(c =>
        {
            c.ReceiveHeader(0);
            ended.Wait(TimeSpan.FromSeconds(20));
        });
        connection.Deadline = TimeSpan.FromMilliseconds(200);
        var lost = Assert.Throws<PeerLostException>(() => StateTransfer.Receive(connection, 5, source.Digest(), spare));
        ended.Set();
        Assert.Equal(("source", PeerLossCause.Deadline), (lost.PeerName, lost.Cause));
    }

    [Fact]
    public void Rubbish_for_a_header_is_refused()
    {
        using var connection = Serve(c =>
        {
            c.ReceiveHeader(0);
            c.Send(FrameHeader.Message(FrameKind.State, 5, 0, 3), [0xc1, 0xc1, 0xc1]);
        });
        Assert.Throws<StateTransferException>(() => StateTransfer.Receive(connection, 5, source.Digest(), spare));
    }

    private FrameConnection Serve(Action<FrameConnection> serve)
    {
        listener.RegisterService("r-1", 2, Secret, serve);
        return FrameConnection.Open(
            "127.0.0.1",
            listener.EndPoint.Port,
            "r-1",
            2,
            Secret,
            "copy",
            "me",
            "source",
            TimeSpan.FromSeconds(5),
            default
        );
    }
}
