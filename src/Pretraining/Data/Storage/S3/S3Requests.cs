using System.Diagnostics.CodeAnalysis;
using Amazon.Runtime;
using Amazon.S3;
using Polly;
using Polly.Retry;

namespace Orchestrator.Pretraining.Data.Storage.S3;

/// <summary>
/// Asks an object store, and asks again while what goes wrong may pass: for <see cref="Patience"/>, with growing and jittered pauses. The caller's
/// thread waits; the SDK has asynchronous calls only.
/// </summary>
internal sealed class S3Requests : IDisposable
{
    /// <summary>Long enough for a store to be restarted or to fail over.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly ResiliencePropertyKey<long> Begun = new("begun");

    private readonly IAmazonS3 client;
    private readonly string bucket;
    private readonly string endpoint;
    private readonly TimeProvider time;
    private readonly ResiliencePipeline pipeline;
    private long retries;

    /// <param name="client">Disposed with this.</param>
    /// <param name="endpoint">As messages name it.</param>
    /// <param name="notices">Told of an outage.</param>
    public S3Requests(IAmazonS3 client, string bucket, string endpoint, TimeSpan patience, RareNotice notices, TimeProvider time)
    {
        (this.client, this.bucket, this.endpoint, this.time) = (client, bucket, endpoint, time);
        pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(
                new RetryStrategyOptions
                {
                    MaxRetryAttempts = int.MaxValue,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    Delay = FirstPause,
                    MaxDelay = LongestPause,
                    ShouldHandle = next =>
                        ValueTask.FromResult(
                            next.Outcome.Exception is { } fault && S3Faults.MayPass(fault) && Elapsed(next.Context) < patience
                        ),
                    OnRetry = next =>
                    {
                        Interlocked.Increment(ref retries);
                        notices.Tell(
                            $"bucket '{bucket}' at {endpoint}: {S3Faults.Answer(next.Outcome.Exception!)}; it is tried again for {patience.TotalSeconds:0} s"
                        );
                        return default;
                    },
                }
            )
            .Build();
    }

    /// <summary>How often something was asked again.</summary>
    public long Retries => Interlocked.Read(ref retries);

    /// <summary>The answer to a request.</summary>
    /// <param name="key">Of the object or the prefix, as messages name it.</param>
    /// <exception cref="DataException">There is none; says why and what would be right.</exception>
    public T Ask<T>(string key, Func<IAmazonS3, S3Attempt, Task<T>> request) =>
        AskUnless(key, request, _ => false, out var answer) ? answer : throw new System.Diagnostics.UnreachableException();

    /// <summary>The answer to a request; false where the store says a certain no.</summary>
    /// <exception cref="DataException">There is no answer; says why and what would be right.</exception>
    [SuppressMessage("Usage", "VSTHRD002", Justification = "Data threads are the process's own: none of the pool's waits here.")]
    public bool AskUnless<T>(
        string key,
        Func<IAmazonS3, S3Attempt, Task<T>> request,
        Func<AmazonServiceException, bool> isNo,
        [MaybeNullWhen(false)] out T answer
    )
    {
        var context = ResilienceContextPool.Shared.Get();
        context.Properties.Set(Begun, time.GetTimestamp());
        try
        {
            answer = pipeline
                .ExecuteAsync(
                    async (_, state) =>
                    {
                        using var attempt = new S3Attempt();
                        return await state.request(state.client, attempt);
                    },
                    context,
                    (request, client)
                )
                .AsTask()
                .GetAwaiter()
                .GetResult();
            return true;
        }
        catch (AmazonServiceException no) when (isNo(no))
        {
            answer = default;
            return false;
        }
        catch (Exception fault) when (fault is not DataException)
        {
            throw S3Faults.Explain(fault, Named(key), Elapsed(context));
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    public void Dispose() => client.Dispose();

    private TimeSpan Elapsed(ResilienceContext context) => time.GetElapsedTime(context.Properties.GetValue(Begun, 0));

    private string Named(string key) => $"'{key}' of bucket '{bucket}' at {endpoint}";
}
