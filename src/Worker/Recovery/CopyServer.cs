using Orchestrator.Collectives;
using Orchestrator.Collectives.Transport.Tcp;
using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Ranks;

namespace Orchestrator.Worker.Recovery;

/// <summary>
/// Serves copies of a state at rest to the members of one generation. No snapshot is needed: a source cannot commit the step after the base
/// before every member contributes to it, hence has finished copying. When disposed, nobody reads the state any more.
/// </summary>
internal sealed class CopyServer : IDisposable
{
    public const string Service = "copy";
    private readonly object gate = new();
    private readonly IDisposable registration;
    private int reading;
    private bool closed;

    public CopyServer(
        FrameListener listener,
        GenerationRecord record,
        byte[] secret,
        IRankState state,
        string digest,
        TimeSpan deadline,
        IFrameTraffic traffic,
        Action partSent
    )
    {
        Generation = record.Number;
        registration = listener.RegisterService(
            record.Run,
            record.Number,
            secret,
            connection => Serve(connection, state, digest, partSent),
            Service,
            deadline,
            traffic
        );
    }

    public long Generation { get; }

    public void Dispose()
    {
        lock (gate)
        {
            closed = true;
        }

        registration.Dispose();
        lock (gate)
        {
            // Its connection is closed: a reader ends at its next chunk.
            while (reading > 0)
            {
                Monitor.Wait(gate);
            }
        }
    }

    private void Serve(FrameConnection connection, IRankState state, string digest, Action partSent)
    {
        lock (gate)
        {
            if (closed)
            {
                return;
            }

            reading++;
        }

        try
        {
            StateTransfer.Send(connection, state, digest, partSent);
        }
        finally
        {
            lock (gate)
            {
                reading--;
                Monitor.PulseAll(gate);
            }
        }
    }
}
