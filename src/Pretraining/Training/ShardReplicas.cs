using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Optimization;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Training;

/// <summary>One student and one teacher network a shard thread, all on the state's flat buffers: autograd needs leaves of its own on each thread, not weights.</summary>
public sealed class ShardReplicas : IDisposable
{
    private readonly PretrainingNetwork[] students;
    private readonly PretrainingNetwork[] teachers;
    private readonly Tensor[][] parameters;
    private readonly IReadOnlyList<ParameterSegment> segments;

    public ShardReplicas(IPretrainingMethod method, TrainingState state, int threads)
    {
        segments = state.Layout.Segments;
        students = [.. Enumerable.Range(0, threads).Select(_ => Bind(method.CreateNetwork(), state.Student, trained: true))];
        teachers = state.Teacher is null
            ? []
            : [.. Enumerable.Range(0, threads).Select(_ => Bind(method.CreateNetwork(), state.Teacher, trained: false))];
        parameters = [.. students.Select(student => Parameters(student).ToArray())];
    }

    public PretrainingNetwork? Teacher(int thread) => teachers.Length == 0 ? null : teachers[thread];

    /// <summary>The thread's student, for passes without gradients.</summary>
    public PretrainingNetwork Student(int thread) => students[thread];

    /// <summary>The thread's student, with its gradients bound to the given buffer, into which backward adds.</summary>
    public PretrainingNetwork Student(int thread, FlatTensor gradient)
    {
        for (var i = 0; i < segments.Count; i++)
        {
            if (!segments[i].Frozen)
            {
                parameters[thread][i].grad = gradient.Views[i];
            }
        }

        return students[thread];
    }

    public void Dispose()
    {
        foreach (var network in students.Concat(teachers))
        {
            network.Dispose();
        }
    }

    private static PretrainingNetwork Bind(PretrainingNetwork network, FlatTensor flat, bool trained)
    {
        using (no_grad())
        {
            foreach (var (parameter, view) in Parameters(network).Zip(flat.Views))
            {
                parameter.set_(view);
            }
        }

        if (!trained)
        {
            foreach (var parameter in Parameters(network))
            {
                parameter.requires_grad = false;
            }
        }

        return network;
    }

    private static IEnumerable<Tensor> Parameters(PretrainingNetwork network) =>
        network.named_parameters().Select(p => (Tensor)p.parameter);
}
