using Orchestrator.Shared.Api;

namespace Orchestrator.Cli.Output;

/// <summary>Everything about one run, as text.</summary>
public static class RunReport
{
    public static void Write(Terminal terminal, RunDetailView detail)
    {
        var run = detail.Run;
        terminal.WriteLine($"{run.Id}  {run.Name}  ({run.Method})");
        terminal.WriteLine($"{Format.Phase(run.Phase)}: {run.Reason}");
        if (run.Sweep is { } sweep)
        {
            terminal.WriteLine($"trial {run.Trial} of sweep {sweep}");
        }

        terminal.WriteLine(
            $"step {run.Step} of {run.TotalSteps}, epoch {run.Epoch:0.0}, loss {Format.Loss(run.Loss) ?? "–"}; generation {run.Generation} of {run.WorldSize} ranks"
        );
        foreach (var line in Terms(run))
        {
            terminal.WriteLine(line);
        }

        terminal.WriteLine($"spec SHA-256     {detail.SpecSha256}");
        foreach (
            var (name, hash) in new[]
            {
                ("weights SHA-256 ", detail.WeightsSha256),
                ("state SHA-256   ", detail.StateSha256),
                ("losses SHA-256  ", detail.LossesSha256),
                ("audit SHA-256   ", detail.AuditSha256),
            }
        )
        {
            if (hash is not null)
            {
                terminal.WriteLine($"{name} {hash}");
            }
        }

        if (detail.Recoveries > 0)
        {
            var seconds = detail.RecoverySeconds is { } s ? $", the last took {s:0.00} s" : "";
            terminal.WriteLine(
                $"{detail.Recoveries} recoveries{seconds}; {detail.StepsLost} steps lost, {detail.CheckpointsRead} checkpoints read"
            );
        }

        WriteMembers(terminal, detail.Members);
        WriteGenerations(terminal, detail.Generations);
        if (detail.Checkpoints.Count > 0)
        {
            var newest = detail.Checkpoints.MaxBy(c => c.Step)!;
            terminal.WriteLine($"newest checkpoint: step {newest.Step}, {newest.Path}");
        }

        if (detail.Evaluation is { } evaluation)
        {
            WriteEvaluation(terminal, evaluation);
        }
    }

    /// <summary>What of a run can be changed, as it holds now.</summary>
    public static IEnumerable<string> Terms(RunView run)
    {
        if (run.Workers is { } workers)
        {
            yield return $"priority {run.Priority}, {workers.Min} to {workers.Max} workers";
        }

        if (run.Labels is { Count: > 0 } labels)
        {
            yield return $"labels {string.Join(", ", labels.Select(l => $"{l.Key}={l.Value}"))}";
        }

        if (run.Note is { } note)
        {
            yield return $"note: {note}";
        }

        if (run.ClonedFrom is { } source)
        {
            yield return $"cloned from {source}";
        }
    }

    /// <summary>Pixels · random init · pretrained by probe; the protocol is named, the aligned pixels' figures stand beside.</summary>
    public static void WriteEvaluation(Terminal terminal, EvaluationView evaluation)
    {
        if (evaluation is { Knn: null, Linear: null, Labels1: null, Labels5: null })
        {
            // A spec without probes: the encoder was written, nothing was measured.
            return;
        }

        terminal.WriteLine(
            $"probes, protocol {evaluation.Protocol}: {evaluation.TrainImages} samples to learn from, {evaluation.TestImages} to test on, none of them pretrained on"
        );
        var table = new TextTable("probe", "pixels", "random init", "pretrained", "aligned pixels");
        Add(table, "kNN", evaluation.Knn, evaluation.AlignedPixelsKnn);
        Add(table, "linear", evaluation.Linear, evaluation.AlignedPixelsLinear);
        Add(table, "1 label a class", evaluation.Labels1, null);
        Add(table, "5 labels a class", evaluation.Labels5, null);
        terminal.Write(table);
    }

    private static void Add(TextTable table, string name, ProbeView? probe, double? aligned)
    {
        if (probe is not null)
        {
            var spread = probe.Deviation is { } deviation ? $" ± {100 * deviation:0.0}" : "";
            table.Add(
                name,
                Format.Accuracy(probe.Pixels),
                Format.Accuracy(probe.Random),
                Format.Accuracy(probe.Pretrained) + spread,
                Format.Accuracy(aligned)
            );
        }
    }

    private static void WriteMembers(Terminal terminal, IReadOnlyList<MemberView> members)
    {
        var table = new TextTable("rank", "worker", "device", "shards", "phase", "step", "alive");
        foreach (var member in members)
        {
            var shards = $"{member.ShardStart}–{member.ShardStart + member.ShardCount - 1}";
            table.Add(
                member.Rank.ToString(),
                member.WorkerId,
                member.Device,
                shards,
                member.Phase.ToLowerInvariant(),
                member.Step.ToString(),
                member.Alive ? "yes" : "no"
            );
        }

        if (table.Count > 0)
        {
            terminal.Write(table);
        }
    }

    private static void WriteGenerations(Terminal terminal, IReadOnlyList<GenerationView> generations)
    {
        var table = new TextTable("generation", "formed", "from step", "steps lost", "workers", "cause");
        foreach (var generation in generations)
        {
            table.Add(
                generation.Number.ToString(),
                generation.FormedAt.ToLocalTime().ToString("HH:mm:ss"),
                generation.BaseStep.ToString(),
                generation.StepsLost.ToString(),
                string.Join(", ", generation.Workers),
                generation.Cause
            );
        }

        if (table.Count > 0)
        {
            terminal.Write(table);
        }
    }
}
