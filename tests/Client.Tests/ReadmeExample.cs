namespace Orchestrator.Client.Tests;

/// <summary>What src/Client/README.md shows, word for word: the body of the method is its block.</summary>
internal static class ReadmeExample
{
    public static async Task TrainAsync(
        string server,
        string? token,
        string spec,
        TextWriter output,
        string folder,
        CancellationToken cancellation
    )
    {
        using var client = new OrchestratorClient(new Uri(server), token);
        try
        {
            var submitted = await client.SubmitRunAsync(spec, cancellation: cancellation);
            await foreach (var update in client.StreamRunEventsAsync(submitted.Id, cancellation: cancellation))
            {
                if (update is StepSeen { Row: { Step: var step, Losses: var losses } } && step % 10 == 0)
                {
                    await output.WriteLineAsync($"step {step}: loss {losses["loss"]:0.000}");
                }
            }

            var run = await client.GetRunDetailAsync(submitted.Id, cancellation);
            await output.WriteLineAsync($"{run.Run.Phase}: {run.Run.Reason}; weights {run.WeightsSha256}");
            foreach (var artifact in (await client.ListRunArtifactsAsync(submitted.Id, cancellation)).Artifacts)
            {
                await using var file = File.Create(Path.Combine(folder, artifact.Name));
                await client.DownloadRunArtifactAsync(submitted.Id, artifact.Name, file, cancellation);
            }
        }
        catch (ProblemException e) when (e.Errors.Count > 0)
        {
            foreach (var error in e.Errors)
            {
                await output.WriteLineAsync($"{error.Path}: {error.Problem}");
            }
        }
    }
}
