using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Orchestrator.Pretraining.Evaluation.Exams;

/// <summary>
/// Batches of exams through attention pooling, and back. Of an exam with slices h: e = w·tanh(V·h), a = softmax(e) over its slices,
/// s = Σ a · (u·h) + b its log-odds. Products with h are torch's in float32, all else is done on spans, weights in double. One thread's.
/// </summary>
/// <remarks>Parameters: V row-major <c>[L, d]</c>, then w <c>[L]</c>, u <c>[d]</c>, b.</remarks>
internal sealed class AttentionPass : IDisposable
{
    /// <summary>L, as Ilse et al. have it.</summary>
    public const int Hidden = 128;

    private readonly int inputs;
    private readonly Tensor v;
    private readonly Tensor u;
    private readonly float[] w;
    private readonly double bias;

    /// <param name="parameters">At which everything is computed.</param>
    /// <param name="inputs">d.</param>
    public AttentionPass(ReadOnlySpan<double> parameters, int inputs)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(parameters.Length, Parameters(inputs), nameof(parameters));
        this.inputs = inputs;
        v = Filled(parameters[..(Hidden * inputs)], Hidden, inputs).DetachFromDisposeScope();
        u = Filled(parameters[^(inputs + 1)..^1], inputs).DetachFromDisposeScope();
        w = new float[Hidden];
        TensorPrimitives.ConvertTruncating<double, float>(parameters.Slice(Hidden * inputs, Hidden), w);
        bias = parameters[^1];
    }

    /// <summary>How many there are.</summary>
    public static int Parameters(int inputs) => ((Hidden + 1) * inputs) + Hidden + 1;

    /// <summary>s of each exam.</summary>
    public double[] LogOdds(PaddedExams batch)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        return Forward(batch).Odds;
    }

    /// <summary>The batch's log-losses, added up; adds the gradient.</summary>
    /// <param name="labels">Of all exams, by their numbers.</param>
    public double AddLoss(PaddedExams batch, bool[] labels, Span<double> gradient)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var state = Forward(batch);
        var (sum, places) = (0.0, state.Weights.Length);
        var (ofScores, ofOutputs) = (new float[places], Filled([], places));
        var outputs = Values(ofOutputs);
        for (var i = 0; i < batch.Numbers.Count; i++)
        {
            // log(1 + e^−s) of a yes, log(1 + e^s) of a no; their slopes.
            var signed = labels[batch.Numbers[i]] ? state.Odds[i] : -state.Odds[i];
            var e = Math.Exp(-Math.Abs(signed));
            sum += Math.Max(-signed, 0) + Math.Log(1 + e);
            var slope = (signed > 0 ? e : 1) / (1 + e) * (labels[batch.Numbers[i]] ? -1 : 1);
            gradient[^1] += slope;
            for (var place = i * batch.Length; place < (i + 1) * batch.Length; place++)
            {
                outputs[place] = (float)(slope * state.Weights[place]);
                ofScores[place] = (float)(slope * state.Weights[place] * (state.Outputs[place] - (state.Odds[i] - bias)));
            }
        }

        AddGradient(batch, state.Activations, ofScores, ofOutputs, gradient);
        return sum;
    }

    public void Dispose()
    {
        v.Dispose();
        u.Dispose();
    }

    private State Forward(PaddedExams batch)
    {
        var activations = batch.Slices.matmul(v.t()).tanh_();
        var outputs = Values(batch.Slices.mv(u)).ToArray();
        var rows = Values(activations);
        var (scores, weights) = (new float[outputs.Length], new double[outputs.Length]);
        for (var place = 0; place < scores.Length; place++)
        {
            scores[place] = TensorPrimitives.Dot<float>(rows.Slice(place * Hidden, Hidden), w);
        }

        var odds = new double[batch.Numbers.Count];
        for (var i = 0; i < odds.Length; i++)
        {
            var own = (i * batch.Length)..((i + 1) * batch.Length);
            MaskedSoftmax.Of(scores.AsSpan(own), batch.Mask(i), weights.AsSpan(own));
            for (var place = own.Start.Value; place < own.End.Value; place++)
            {
                odds[i] += weights[place] * outputs[place];
            }

            odds[i] += bias;
        }

        return new State(activations, outputs, weights, odds);
    }

    /// <param name="activations">tanh(V·h); overwritten.</param>
    /// <param name="ofScores">Slopes of e, 0 where there is padding.</param>
    /// <param name="ofOutputs">Slopes of u·h, 0 where there is padding.</param>
    private void AddGradient(PaddedExams batch, Tensor activations, float[] ofScores, Tensor ofOutputs, Span<double> gradient)
    {
        var rows = Values(activations);
        var ofW = gradient.Slice(Hidden * inputs, Hidden);
        var row = new double[Hidden];
        for (var place = 0; place < ofScores.Length; place++)
        {
            var own = rows.Slice(place * Hidden, Hidden);
            TensorPrimitives.ConvertTruncating<float, double>(own, row);
            TensorPrimitives.MultiplyAdd(row, ofScores[place], ofW, ofW);
            // Of what is inside tanh: slope · w · (1 − tanh²).
            for (var l = 0; l < own.Length; l++)
            {
                own[l] = ofScores[place] * w[l] * (1 - (own[l] * own[l]));
            }
        }

        Add(activations.t().matmul(batch.Slices), gradient[..(Hidden * inputs)]);
        Add(batch.Slices.t().mv(ofOutputs), gradient[^(inputs + 1)..^1]);
    }

    private static void Add(Tensor part, Span<double> gradient)
    {
        var values = new double[gradient.Length];
        TensorPrimitives.ConvertTruncating<float, double>(Values(part), values);
        TensorPrimitives.Add(gradient, values, gradient);
    }

    private static Tensor Filled(ReadOnlySpan<double> values, params long[] shape)
    {
        var filled = zeros(shape, dtype: ScalarType.Float32);
        TensorPrimitives.ConvertTruncating<double, float>(values, Values(filled));
        return filled;
    }

    private static Span<float> Values(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    private sealed class State(Tensor activations, float[] outputs, double[] weights, double[] odds)
    {
        /// <summary>tanh(V·h) of each place.</summary>
        public Tensor Activations => activations;

        /// <summary>u·h of each place.</summary>
        public float[] Outputs => outputs;

        /// <summary>a of each place.</summary>
        public double[] Weights => weights;

        /// <summary>s of each exam.</summary>
        public double[] Odds => odds;
    }
}
