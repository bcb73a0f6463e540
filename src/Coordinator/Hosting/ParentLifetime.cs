using System.Runtime.InteropServices;

namespace Orchestrator.Coordinator.Hosting;

/// <summary>Life of a child of another program: SIGINT is its parent's affair, SIGTERM ends it in order, and so does the end of its standard input: a parent that was killed leaves no child behind.</summary>
public sealed class ParentLifetime(IHostApplicationLifetime application) : IHostLifetime, IDisposable
{
    private readonly List<PosixSignalRegistration> signals = [];

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true));
        signals.Add(
            PosixSignalRegistration.Create(
                PosixSignal.SIGTERM,
                context =>
                {
                    context.Cancel = true;
                    application.StopApplication();
                }
            )
        );
        var reader = new Thread(() =>
        {
            using var input = Console.OpenStandardInput();
            Span<byte> ignored = stackalloc byte[256];
            while (input.Read(ignored) > 0)
            {
                // What a parent writes means nothing; that it ends does.
            }

            application.StopApplication();
        })
        {
            IsBackground = true,
            Name = "standard-input",
        };
        reader.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => signals.ForEach(s => s.Dispose());
}
