using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Commands;
using Xunit;

namespace Orchestrator.Worker.Tests.Commands;

public sealed class LossLogTests : IDisposable
{
    private readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    [Fact]
    public void Losses_that_are_not_finite_are_read_back_to_the_same_digest_and_are_neither_first_nor_last()
    {
        double[] losses = [double.NaN, 3, double.PositiveInfinity, 2, double.NegativeInfinity];
        string digest;
        using (var log = LossLog.Open(path, 0))
        {
            for (var step = 0; step < losses.Length; step++)
            {
                log.Add(Row(step, losses[step]));
            }

            digest = log.Sha256;
        }

        using var again = LossLog.Open(path, losses.Length);
        Assert.Equal((digest, 3d, 2d), (again.Sha256, again.FirstLoss, again.LastLoss));
    }

    private static StepRow Row(int step, double loss) =>
        new()
        {
            Step = step,
            Epoch = 0,
            Losses = [new LossTerm("loss", loss)],
            LearningRate = 1,
            GradientNorm = 1,
            Samples = 16,
            Seconds = 0.5,
            Phases = new Dictionary<string, double>(StringComparer.Ordinal),
            Generation = 0,
            NonFinite = double.IsFinite(loss)
                ? null
                : new NonFiniteRow { What = "loss term reconstruction", Shards = [new NonFiniteShard(1, "views", [4], 0)] },
        };
}
