using Orchestrator.Benchmarks.Scaling.Model;

namespace Orchestrator.Benchmarks.Scaling;

/// <summary>What the benchmark found, as it is written with <c>--json</c>. Times are in seconds but where a name says otherwise.</summary>
internal static class ScalingDocument
{
    public static object Of(MeasuredMachine machine, ScalingModel model, ScalingArguments arguments) =>
        new
        {
            machine,
            costs = new
            {
                tcp = model.Tcp,
                sharedMemory = model.SharedMemory,
                model.WakeSeconds,
            },
            checks = model.Checks.Select(check => new
            {
                check.Measured.Transport,
                check.Measured.World,
                check.Measured.Bytes,
                check.Measured.Fitted,
                check.ProcessorSeconds,
                check.ProcessorRatio,
                check.Seconds,
                check.Ratio,
            }),
            ScalingModel.StatedFactor,
            model.Holds,
            assumptions = new
            {
                model.Assumed,
                StepAssumptions.SmallSums,
                arguments.LatencyUs,
                coresOfRank = arguments.Cores,
                threadsOfExchange = arguments.Threads,
                Hardware.PayloadShare,
            },
            limits = ScalingModel.Networks.Select(gigabits => new { gigabits, worlds = model.Limits(gigabits) }),
            growth = ScalingModel.Networks.SelectMany(gigabits =>
                ScalingModel.HostRanks.Select(ranksOfHost => new
                {
                    gigabits,
                    ranksOfHost,
                    worlds = model.Growth(gigabits, ranksOfHost).Select(Row),
                })
            ),
        };

    private static object Row(StepGrowth row) =>
        new
        {
            row.World,
            row.Hosts,
            row.Algorithm,
            row.Gradient.Pieces,
            exchangeMs = row.Gradient.Seconds * 1000,
            processorMs = row.Gradient.Processor * 1000,
            linkMs = row.Gradient.Link * 1000,
            latencyMs = row.Gradient.Latency * 1000,
            row.Gradient.Bound,
            statisticsMs = row.SmallSeconds * 1000,
            stepMs = (row.Assumed.StepSeconds + row.Gradient.Seconds + row.SmallSeconds) * 1000,
            row.Share,
            overlappedMs = row.OverlapSeconds * 1000,
            row.OverlapShare,
            row.Better,
            betterMs = (row.BetterTime.Seconds + row.BetterSmallSeconds) * 1000,
            row.BetterShare,
            betterOverlappedMs = row.BetterOverlapSeconds * 1000,
            row.BetterOverlapShare,
            leastMs = row.LinkSeconds * 1000,
            row.LinkShare,
        };
}
