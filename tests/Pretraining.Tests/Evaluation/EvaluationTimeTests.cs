using System.Diagnostics;
using Orchestrator.Pretraining.Checkpoints;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation;

/// <summary>Measures; <c>dotnet test tests/Pretraining.Tests --filter EvaluationTimeTests --logger 'console;verbosity=detailed' -- xUnit.Explicit=on</c>.</summary>
public sealed class EvaluationTimeTests(ITestOutputHelper output)
{
    [Theory(Explicit = true)]
    [InlineData("mim-clustering-fashion.yaml")]
    [InlineData("gmml-fashion.yaml")]
    public void Seconds_of_each_part_on_Fashion_MNIST_with_two_threads(string sample)
    {
        var samples = Samples();
        var spec = RunSpecParser.Parse(File.ReadAllText(Path.Combine(samples, sample))).Spec!;
        var storage = Directory.CreateTempSubdirectory("evaluation-").FullName;
        try
        {
            using (var state = InitialState.Create(spec, MethodCatalog.Create(spec)))
            {
                CheckpointFolder.Write(storage, "checkpoint", state, spec, "r", 1);
            }

            var clock = Stopwatch.StartNew();
            var (last, cpu) = (0.0, Environment.CpuUsage.TotalTime);
            var view = Evaluator.Evaluate(
                spec,
                new EvaluationOptions(new DataLocation(samples), storage, "checkpoint", "artifacts", "r", 2),
                "w",
                CancellationToken.None,
                progress =>
                {
                    if (progress.Done == progress.Total)
                    {
                        output.WriteLine(
                            $"{progress.Part}: {clock.Elapsed.TotalSeconds - last:0.00} s, {(Environment.CpuUsage.TotalTime - cpu).TotalSeconds:0.00} CPU-s"
                        );
                        (last, cpu) = (clock.Elapsed.TotalSeconds, Environment.CpuUsage.TotalTime);
                    }
                }
            );
            output.WriteLine($"all: {clock.Elapsed.TotalSeconds:0.00} s; {view}");
            Assert.Equal(view.Knn!.Random, view.Knn.Pretrained);
        }
        finally
        {
            Directory.Delete(storage, recursive: true);
        }
    }

    private static string Samples()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!Directory.Exists(Path.Combine(folder.FullName, "samples", "fashion-mnist")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("samples/fashion-mnist stands in no folder above the tests.");
        }

        return Path.Combine(folder.FullName, "samples");
    }
}
