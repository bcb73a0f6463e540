using System.Net;
using System.Net.Sockets;
using Orchestrator.Collectives.Tests.Gangs;
using Orchestrator.Collectives.Transport.Tls;
using Xunit;

namespace Orchestrator.Collectives.Tests.Transport.Tls;

/// <summary>What a socket with TLS says of itself while bytes wait in it, in the system, or not at all.</summary>
public sealed class TlsSocketTests : IDisposable
{
    private readonly Socket here;
    private readonly Socket there;
    private readonly TlsSocket receiver;
    private readonly TlsSocket sender;

    public TlsSocketTests()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        there = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        there.Connect(listener.LocalEndpoint);
        here = listener.AcceptSocket();
        (receiver, sender) = (new TlsSocket(here), new TlsSocket(there));
        Exception?[] failures = Gang.Together(
            2,
            side =>
            {
                if (side == 0)
                {
                    receiver.AuthenticateAsServer(Certificates.Good);
                    receiver.Establish();
                    receiver.Send([1]);
                }
                else
                {
                    sender.AuthenticateAsClient(Certificates.Good, "127.0.0.1");
                    sender.Establish();

                    // As the answer to Hello: tickets of TLS 1.3 came before it, and go with it.
                    Assert.Equal(1, sender.Receive(new byte[1]));
                }
            },
            _ => "in the handshake"
        );
        Assert.All(failures, Assert.Null);
        receiver.Deadline = TimeSpan.FromSeconds(30);
        sender.Deadline = TimeSpan.FromSeconds(30);
    }

    public void Dispose()
    {
        receiver.Close(abort: false);
        sender.Close(abort: false);
        here.Dispose();
        there.Dispose();
    }

    [Fact]
    public void Input_is_there_as_long_as_a_byte_of_it_is()
    {
        Assert.False(receiver.HasInput);
        sender.Send(new byte[10]);
        sender.Send(new byte[20_000]);
        AwaitInput();
        for (int left = 20_010; left > 0; left--)
        {
            Assert.True(receiver.HasInput);
            Assert.False(receiver.HasEnded);
            Assert.Equal(1, receiver.Receive(new byte[1]));
        }

        Assert.False(receiver.HasInput);
        Assert.False(receiver.HasEnded);
    }

    [Fact]
    public void End_is_behind_the_last_byte()
    {
        sender.Send(new byte[100]);
        sender.Close(abort: false);
        AwaitInput();
        Assert.False(receiver.HasEnded);
        Assert.Equal(100, receiver.Receive(new byte[100]));
        SpinWait.SpinUntil(() => receiver.HasEnded);
        Assert.True(receiver.HasInput);
        Assert.Equal(0, receiver.Receive(new byte[1]));
        Assert.False(receiver.IsReset);
    }

    // TLS 1.3 seals an alert in a record that says data; 1.2 says what it is.
    [Theory]
    [InlineData(23)]
    [InlineData(21)]
    public void Alert_that_nobody_has_read_is_an_end(byte kind)
    {
        there.Send([kind, 3, 3, 0, 19, .. new byte[19]]);
        SpinWait.SpinUntil(() => here.Available == 24);
        Assert.True(receiver.HasEnded);
        Assert.True(receiver.HasInput);
    }

    [Fact]
    public void Bytes_that_were_changed_on_the_way_are_no_data()
    {
        there.Send([23, 3, 3, 0, 40, .. new byte[40]]);
        Assert.Contains("TLS broke", Assert.Throws<TlsException>(() => receiver.Receive(new byte[1])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plain_bytes_amid_the_connection_are_no_data()
    {
        there.Send("ORF\u0001hello"u8);
        Assert.Throws<TlsException>(() => receiver.Receive(new byte[1]));
    }

    [Fact]
    public void Abort_is_seen_by_one_who_does_not_read()
    {
        sender.Send(new byte[100]);
        sender.Close(abort: true);
        SpinWait.SpinUntil(() => receiver.IsReset);
    }

    [Fact]
    public void Nothing_is_sent_at_once_for_a_record_has_to_leave_whole()
    {
        Assert.Equal(0, sender.TrySend(new byte[10], more: false));
        Assert.False(receiver.HasInput);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Close_wakes_who_receives_and_who_sends(bool abort)
    {
        Exception?[] failures = Gang.Together(
            3,
            side =>
            {
                switch (side)
                {
                    case 0:
                        Assert.Equal(0, sender.Receive(new byte[1]));
                        break;
                    case 1:
                        // More than the two sockets' buffers hold.
                        sender.Send(new byte[64 << 20]);
                        break;
                    default:
                        SpinWait.SpinUntil(() => receiver.HasInput);
                        sender.Close(abort);
                        break;
                }
            },
            _ => "at the closed socket"
        );
        Assert.True(failures[0] is null or SocketException or ObjectDisposedException, failures[0]?.ToString());
        Assert.True(failures[1] is SocketException or ObjectDisposedException, failures[1]?.ToString());
        Assert.Null(failures[2]);
        Assert.Throws<ObjectDisposedException>(() => sender.Send(new byte[1]));
    }

    [Fact]
    public void Both_directions_move_at_once()
    {
        byte[] payload = new byte[8 << 20];
        new Random(5).NextBytes(payload);
        Exception?[] failures = Gang.Together(
            4,
            side =>
            {
                TlsSocket socket = side % 2 == 0 ? sender : receiver;
                if (side < 2)
                {
                    socket.Send(payload);
                    return;
                }

                var got = new byte[payload.Length];
                for (int at = 0; at < got.Length; )
                {
                    int read = socket.Receive(got.AsSpan(at));
                    Assert.NotEqual(0, read);
                    at += read;
                }

                Assert.True(got.AsSpan().SequenceEqual(payload));
            },
            side => $"side {side}"
        );
        Assert.All(failures, Assert.Null);
    }

    private void AwaitInput() => SpinWait.SpinUntil(() => receiver.HasInput);
}
