using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Tests.Studies;

/// <summary>A coordinator whose runs end at once, as the test says, and whose evaluations have figures that follow from cell and seed.</summary>
public sealed class FakeStudyCluster : IAsyncDisposable
{
    private readonly FakeCoordinator fake;
    private readonly ConcurrentDictionary<string, (string Id, RunSpec Spec)> runs = new(StringComparer.Ordinal);

    private FakeStudyCluster(FakeCoordinator fake) => this.fake = fake;

    public string Url => fake.Url;
    public IReadOnlyCollection<string> Requests => fake.Requests;

    /// <summary>Idempotency keys of the runs, each once.</summary>
    public IReadOnlyCollection<string> Keys => [.. runs.Keys];

    /// <summary>By name of the run and number of the attempt, from 1.</summary>
    public Func<string, int, RunPhase> Phase { get; set; } = (_, _) => RunPhase.Completed;

    /// <summary>What is added to a cell's figures, by name of the run.</summary>
    public Func<string, double> Figure { get; set; } = _ => 0.5;

    /// <summary>How an evaluation ends, by how many are asked for.</summary>
    public Func<int, ErrandPhase> Evaluation { get; set; } = _ => ErrandPhase.Done;

    /// <summary>Evaluations that were asked for: run's name, and whether with baselines.</summary>
    public ConcurrentQueue<(string Name, bool Baselines)> Evaluations { get; } = new();

    public static async Task<FakeStudyCluster> StartAsync()
    {
        var cluster = new FakeStudyCluster(await FakeCoordinator.StartAsync());
        cluster.fake.On("POST /api/v1/runs", cluster.SubmitAsync).On("GET /api/v1/runs", cluster.ListAsync);
        return cluster;
    }

    public ValueTask DisposeAsync() => fake.DisposeAsync();

    private async Task SubmitAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var spec = RunSpecParser.Parse(await reader.ReadToEndAsync()).Spec!;
        var key = context.Request.Headers["Idempotency-Key"].ToString();
        var (id, _) = runs.GetOrAdd(key, _ => ($"r-{runs.Count + 1}", spec));
        fake.On($"GET /api/v1/runs/{id}/detail", Views.Detail(View(id, key, spec)))
            .On($"GET /api/v1/runs/{id}/metrics", new StepRowsView([.. Enumerable.Range(0, 300).Select(s => Views.Row(s))], null))
            .On($"POST /api/v1/runs/{id}/evaluations", asked => EvaluateAsync(asked, id, spec));
        await AnswerAsync(context, new SubmittedView(id, spec.Name, $"/api/v1/runs/{id}"), 201);
    }

    private Task ListAsync(HttpContext context) =>
        AnswerAsync(context, new RunListView([.. runs.Select(r => View(r.Value.Id, r.Key, r.Value.Spec))]));

    private RunView View(string id, string key, RunSpec spec)
    {
        var phase = Phase(spec.Name, int.Parse(key[(key.LastIndexOf('-') + 1)..]));
        return Views.Run(phase, 300, $"it is {phase}") with
        {
            Id = id,
            Name = spec.Name,
            StartedAt = Views.Began,
            EndedAt = phase.IsEnded() ? Views.Began.AddSeconds(100) : null,
        };
    }

    private async Task EvaluateAsync(HttpContext context, string id, RunSpec run)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var spec = EvaluationSpecParser.Parse(await reader.ReadToEndAsync(), run).Spec!;
        Evaluations.Enqueue((run.Name, spec.Baselines));
        var phase = Evaluation(Evaluations.Count);
        var result = new EvaluationResult
        {
            Spec = spec,
            Step = 300,
            Digest = "57a7",
            Training = 9000,
            Test = 1000,
            Classes = 10,
            Figures = [.. Figures(spec, Figure(run.Name))],
            Worker = "w",
            Seconds = 7,
        };
        await AnswerAsync(
            context,
            new EvaluationErrandView(id, $"300-{spec.Hash()}", 300, phase, $"it is {phase}", phase == ErrandPhase.Done ? result : null),
            202
        );
    }

    private static IEnumerable<EvaluationFigure> Figures(EvaluationSpec spec, double value)
    {
        foreach (
            var (network, figure) in new[]
            {
                (JudgedFeatures.Pixels, 0.3),
                (JudgedFeatures.Random, 0.2),
                (JudgedFeatures.Pretrained, value),
            }
        )
        {
            if (spec.Baselines || network == JudgedFeatures.Pretrained)
            {
                yield return new EvaluationFigure(EvaluationProtocol.Knn, "k=20", "accuracy", network, figure, []);
                yield return new EvaluationFigure(
                    EvaluationProtocol.LowShot,
                    "1 a class",
                    "accuracy",
                    network,
                    figure / 2,
                    [figure / 2 - 0.01, figure / 2 + 0.01]
                );
                yield return new EvaluationFigure(
                    EvaluationProtocol.LowShot,
                    "1 %",
                    "accuracy",
                    network,
                    figure / 3,
                    [figure / 3, figure / 3]
                );
            }
        }
    }

    private static async Task AnswerAsync<T>(HttpContext context, T view, int status = 200)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(JsonSerializer.Serialize(view, RunSpecJson.Options));
    }
}
