using Orchestrator.Pretraining.Objectives;
using Orchestrator.Pretraining.Tests.Reference;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Objectives;

/// <summary>Centering, cross-entropy and masked L1 against the published losses, over consecutive steps that carry the centers on.</summary>
public sealed class CenteredLossTests
{
    private const float StudentTemperature = 0.1f;
    private const double CenterMomentum = 0.9;

    [Fact]
    public void The_three_losses_are_asits()
    {
        var file = VectorFile.Open("asit_loss");
        var (classCenter, dataCenter) = (new float[64], new float[32]);
        var epochs = file.Int64s("epochs");
        for (var step = 0; step < epochs.Length; step++)
        {
            var temperature = file.Floats("teacher_temp")[epochs[step]];
            var (classLoss, classGradient) = CrossCrop(
                file.Floats($"step{step}.s_cls"),
                file.Floats($"step{step}.t_cls"),
                classCenter,
                samples: 4,
                temperature
            );
            var (dataLoss, dataGradient) = SameCrop(
                file.Floats($"step{step}.s_data"),
                file.Floats($"step{step}.t_data"),
                dataCenter,
                temperature
            );
            var mask = file.Floats($"step{step}.mask");
            var reconstructionGradient = new float[mask.Length];
            var reconstruction =
                MaskedReconstruction.SumAndGradient(
                    file.Floats($"step{step}.recon"),
                    file.Floats($"step{step}.clean"),
                    mask,
                    2 / mask.Sum(),
                    reconstructionGradient
                ) / mask.Sum();
            file.AssertClose($"step{step}.loss_cls", [(float)classLoss]);
            file.AssertClose($"step{step}.loss_data", [(float)dataLoss]);
            file.AssertClose($"step{step}.loss_rec", [(float)reconstruction]);
            file.AssertClose($"step{step}.loss", [(float)(classLoss + dataLoss + (2 * reconstruction))]);
            file.AssertClose($"step{step}.grad_s_cls", classGradient);
            file.AssertClose($"step{step}.grad_s_data", dataGradient);
            file.AssertClose($"step{step}.grad_recon", reconstructionGradient);
            file.AssertClose($"step{step}.center_cls", classCenter);
            file.AssertClose($"step{step}.center_data", dataCenter);
        }
    }

    [Fact]
    public void Rows_of_huge_logits_stay_finite()
    {
        float[] logits = [1e4f, -1e4f, 0, 3e4f, 3e4f, -3e4f];
        var targets = new float[6];
        Centering.Probabilities(logits, new float[3], 0.04f, targets);
        Assert.Equal([1, 0, 0, 0.5f, 0.5f, 0], targets);
        var gradient = new float[6];
        Assert.Equal(2 * Math.Log(2) / 2, PrototypeCrossEntropy.SumAndGradient(logits, targets, 3, 0.1f, 1, gradient), 1e-6);
        Assert.All(gradient, value => Assert.Equal(0, value));
    }

    [Fact]
    public void Nothing_masked_gives_no_loss_and_no_gradient()
    {
        var gradient = new float[] { 9, 9 };
        Assert.Equal(0, MaskedReconstruction.SumAndGradient([1, 2], [0, 5], [0, 0], 0, gradient));
        Assert.Equal([0, 0], gradient);
    }

    [Fact]
    public void A_reconstruction_that_is_not_a_number_shows_in_loss_and_gradient()
    {
        var gradient = new float[2];
        Assert.True(double.IsNaN(MaskedReconstruction.SumAndGradient([float.NaN, 1], [0, 0], [1, 1], 1, gradient)));
        Assert.True(float.IsNaN(gradient[0]));
    }

    /// <summary>Mean over the pairs of a teacher's crop with each other student's crop; rows are crop-major.</summary>
    private static (double Loss, float[] Gradient) CrossCrop(
        float[] student,
        float[] teacher,
        float[] center,
        int samples,
        float temperature
    )
    {
        var length = samples * center.Length;
        var (globals, crops) = (teacher.Length / length, student.Length / length);
        var targets = new float[teacher.Length];
        Centering.Probabilities(teacher, center, temperature, targets);
        var scale = 1f / (globals * (crops - 1) * samples);
        var (sum, gradient, part) = (0.0, new float[student.Length], new float[length]);
        for (var t = 0; t < globals; t++)
        {
            for (var s = 0; s < crops; s++)
            {
                if (s != t)
                {
                    sum += PrototypeCrossEntropy.SumAndGradient(
                        student.AsSpan(s * length, length),
                        targets.AsSpan(t * length, length),
                        center.Length,
                        StudentTemperature,
                        scale,
                        part
                    );
                    for (var i = 0; i < length; i++)
                    {
                        gradient[(s * length) + i] += part[i];
                    }
                }
            }
        }

        Follow(center, teacher);
        return (sum * scale, gradient);
    }

    private static (double Loss, float[] Gradient) SameCrop(float[] student, float[] teacher, float[] center, float temperature)
    {
        var targets = new float[teacher.Length];
        Centering.Probabilities(teacher, center, temperature, targets);
        var scale = (float)center.Length / student.Length;
        var gradient = new float[student.Length];
        var sum = PrototypeCrossEntropy.SumAndGradient(student, targets, center.Length, StudentTemperature, scale, gradient);
        Follow(center, teacher);
        return (sum * scale, gradient);
    }

    private static void Follow(float[] center, float[] teacher)
    {
        var mean = new double[center.Length];
        Centering.AddRows(teacher, mean);
        Centering.Update(center, [.. mean.Select(m => m * center.Length / teacher.Length)], CenterMomentum);
    }
}
