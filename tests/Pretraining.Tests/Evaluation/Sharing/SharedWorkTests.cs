using System.Collections.Concurrent;
using Orchestrator.Pretraining.Evaluation.Sharing;
using Orchestrator.Pretraining.Training;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Sharing;

public sealed class SharedWorkTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private readonly string root = Directory.CreateTempSubdirectory("pieces-").FullName;

    private string Shared => Path.Combine(root, "evaluation");

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task Workers_compute_a_stage_together_and_each_has_all_of_it()
    {
        Folder("a").Open();
        var computed = new ConcurrentBag<(string Worker, int Piece)>();
        var workers = await Task.WhenAll(
            new[] { "a", "b", "c" }.Select(name =>
                OnThread(() =>
                {
                    using var work = new SharedWork(Folder(name), name == "a");
                    using var gang = new ShardGang(2, name);
                    var first = new ResultStage<double>(40, (_, i) => Slowly(name, i, i / 3.0));
                    work.Run("first", first, gang, CancellationToken.None);
                    var second = new ResultStage<double>(5, (_, i) => Slowly(name, 100 + i, first.Results.Sum() + i));
                    work.Run("second", second, null, CancellationToken.None);
                    return (first.Results, second.Results, work.Helpers);
                })
            )
        );
        var first = Enumerable.Range(0, 40).Select(i => i / 3.0).ToList();
        Assert.All(workers, worker => Assert.Equal(first, worker.Item1));
        Assert.All(workers, worker => Assert.Equal(Enumerable.Range(0, 5).Select(i => first.Sum() + i), worker.Item2));
        // Claims keep them apart, and each found something to do.
        Assert.Equal(45, computed.Select(c => c.Piece).Distinct().Count());
        Assert.Equal(45, computed.Count);
        Assert.Equal(["a", "b", "c"], computed.Select(c => c.Worker).Distinct().Order());
        Assert.Equal(["b", "c"], workers[0].Helpers);

        double Slowly(string worker, int piece, double value)
        {
            computed.Add((worker, piece));
            Thread.Sleep(20);
            return value;
        }
    }

    [Fact]
    public void What_one_has_computed_who_stopped_the_next_one_need_not()
    {
        Folder("a").Open();
        using (var stopped = new SharedWork(Folder("a"), reports: true))
        {
            var stage = new ResultStage<int>(10, (_, i) => i == Order("a", 10)[6] ? throw new OperationCanceledException() : i);
            Assert.Throws<OperationCanceledException>(() => stopped.Run("s", stage, null, CancellationToken.None));
        }

        var computed = new List<int>();
        using var next = new SharedWork(Folder("b"), reports: true);
        var again = new ResultStage<int>(10, (_, i) => Add(computed, i));
        next.Run("s", again, null, CancellationToken.None);
        Assert.Equal(Enumerable.Range(0, 10), again.Results);
        // What was begun and not finished is free at once.
        Assert.Equal(Order("a", 10)[6..].Order(), computed.Order());
        Assert.Equal(["a"], next.Helpers);
    }

    [Fact]
    public void A_dead_workers_piece_is_taken_over_after_its_lease_and_last()
    {
        Folder("a").Open();
        Assert.True(Folder("dead").Claim("001-s-00001"));
        var computed = new List<int>();
        using var work = new SharedWork(Folder("a"), reports: true, TimeSpan.FromMilliseconds(300));
        var stage = new ResultStage<int>(4, (_, i) => Add(computed, i));
        work.Run("s", stage, null, CancellationToken.None);
        Assert.Equal(1, computed[^1]);
        Assert.Equal([0, 1, 2, 3], stage.Results);
        Assert.Equal("a", Folder("a").Claimant("001-s-00001"));
    }

    [Fact]
    public async Task A_living_workers_piece_is_waited_for()
    {
        Folder("a").Open();
        // Who says that it has begun goes on with its piece: not with this test, which waits for that piece.
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var other = new SharedWork(Folder("b"), reports: false, TimeSpan.FromSeconds(2));
        var slow = OnThread(() =>
        {
            var stage = new ResultStage<int>(
                1,
                (_, i) =>
                {
                    began.SetResult();
                    // Longer than a lease: renewed all the while.
                    Thread.Sleep(3000);
                    return 7;
                }
            );
            other.Run("s", stage, null, CancellationToken.None);
            return stage.Results;
        });
        await began.Task.WaitAsync(Long);
        using var work = new SharedWork(Folder("a"), reports: true, TimeSpan.FromSeconds(2));
        var stage = new ResultStage<int>(1, (_, _) => throw new InvalidOperationException("computed twice"));
        await OnThread(() =>
            {
                work.Run("s", stage, null, CancellationToken.None);
                return true;
            })
            .WaitAsync(Long);
        Assert.Equal([7], stage.Results);
        await slow.WaitAsync(Long);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(-1)]
    public void A_damaged_piece_is_computed_again(int cutTo)
    {
        Folder("a").Open();
        using (var first = new SharedWork(Folder("b"), reports: true))
        {
            first.Run("s", new ResultStage<int>(1, (_, _) => 1), null, CancellationToken.None);
        }

        var path = Assert.Single(Directory.GetFiles(Shared, "*.piece"));
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, cutTo < 0 ? bytes : bytes[..cutTo]);
        using var work = new SharedWork(Folder("a"), reports: true, TimeSpan.FromMilliseconds(200));
        var stage = new ResultStage<int>(1, (_, _) => 2);
        work.Run("s", stage, null, CancellationToken.None);
        Assert.Equal([2], stage.Results);
        Assert.Equal("a", Folder("c").Read("001-s-00000")!.Value.Worker);
    }

    [Fact]
    public void Who_helps_ends_with_the_evaluation_and_who_reports_goes_on_without_storage()
    {
        var stage = new ResultStage<int>(3, (_, i) => i);
        using var helper = new SharedWork(Folder("b"), reports: false);
        Assert.Throws<OperationCanceledException>(() => helper.Run("s", stage, null, CancellationToken.None));
        using var lead = new SharedWork(Folder("a"), reports: true);
        lead.Run("s", stage, null, CancellationToken.None);
        Assert.Equal([0, 1, 2], stage.Results);
        Assert.False(Directory.Exists(Shared));
    }

    /// <summary>Who computes blocks its thread: none of the pool's.</summary>
    private static Task<T> OnThread<T>(Func<T> compute) =>
        Task.Factory.StartNew(compute, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private PieceFolder Folder(string worker) => new(Shared, worker);

    private static int Add(List<int> computed, int piece)
    {
        computed.Add(piece);
        return piece;
    }

    /// <summary>In which a worker by itself goes through the pieces.</summary>
    private static int[] Order(string worker, int count)
    {
        var order = new List<int>();
        var alone = Directory.CreateTempSubdirectory("order-").FullName;
        using (var work = new SharedWork(new PieceFolder(alone, worker), reports: true))
        {
            work.Run("s", new ResultStage<int>(count, (_, i) => Add(order, i)), null, CancellationToken.None);
        }

        Directory.Delete(alone, recursive: true);
        return [.. order];
    }
}
