using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Studies.Plans;

/// <summary>One run of a study.</summary>
/// <param name="Cell">Name of its cell.</param>
/// <param name="Seed">Of its draws.</param>
/// <param name="Spec">Resolved; without probes.</param>
public sealed record StudyRunPlan(string Cell, ulong Seed, RunSpec Spec)
{
    /// <summary>What is submitted.</summary>
    public string Document { get; } = RunSpecJson.Write(Spec);

    /// <summary>SHA-256 of <see cref="Document"/>.</summary>
    public string Hash { get; } = RunSpecJson.Hash(Spec);

    /// <summary>Runs of one seed that share it have the same pixels and the same network before training, judged by the same features.</summary>
    public string Baseline { get; } = BaselineOf(Spec);

    /// <summary>As many times as it is sent it submits one run.</summary>
    public string IdempotencyKey(int attempt) => $"study-{Hash}-{attempt}";

    private static string BaselineOf(RunSpec spec)
    {
        var trainsClassToken =
            spec.Options.Contrastive is not null || spec.Options.Tokens is ClusteringTokens.Class or ClusteringTokens.Both;
        var what = JsonSerializer.Serialize(
            new
            {
                spec.Data,
                spec.Backbone,
                spec.Options.Augmentation?.Normalization,
                spec.Options.Spectrogram,
                trainsClassToken,
            },
            RunSpecJson.Options
        );
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(what)))[..16];
    }
}
