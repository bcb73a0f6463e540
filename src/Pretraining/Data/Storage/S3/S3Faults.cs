using System.Net;
using Amazon.Runtime;

namespace Orchestrator.Pretraining.Data.Storage.S3;

/// <summary>What an exception of the SDK means: whether it may pass by itself, and what would be right. Nothing of a secret is in the words.</summary>
internal static class S3Faults
{
    private const HttpStatusCode Unanswered = default;

    private static readonly string[] Throttles =
    [
        "SlowDown",
        "RequestTimeout",
        "RequestTimeTooSkewed",
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "TooManyRequests",
    ];

    private static readonly string[] RefusedCredentials =
    [
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "InvalidToken",
        "TokenRefreshRequired",
    ];

    private static readonly string[] OtherRegion =
    [
        "PermanentRedirect",
        "AuthorizationHeaderMalformed",
        "IllegalLocationConstraintException",
    ];

    /// <summary>An outage, a cut connection or a store that is too busy: the same request may do later.</summary>
    public static bool MayPass(Exception fault) =>
        fault switch
        {
            DataException => false,
            AmazonServiceException { StatusCode: >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests } => true,
            AmazonServiceException { StatusCode: Unanswered } => !IsCredentialless(fault),
            AmazonServiceException service => Throttles.Contains(service.ErrorCode, StringComparer.Ordinal),
            AmazonClientException => !IsCredentialless(fault),
            _ => fault is HttpRequestException or IOException or OperationCanceledException or TimeoutException,
        };

    /// <summary>There is no such object, or the store does not say which is missing, object or bucket.</summary>
    public static bool IsMissingObject(AmazonServiceException fault) =>
        fault.StatusCode == HttpStatusCode.NotFound && !string.Equals(fault.ErrorCode, "NoSuchBucket", StringComparison.Ordinal);

    /// <summary>What the store said, if anything.</summary>
    public static string Answer(Exception fault) =>
        IsCredentialless(fault) ? "it was not asked"
        : fault is AmazonServiceException { StatusCode: not Unanswered } service
            ? $"HTTP {(int)service.StatusCode} {service.ErrorCode}".TrimEnd()
        : $"no answer ({Cause(fault)})";

    /// <summary>The failure in words.</summary>
    /// <param name="what">Bucket, key and endpoint.</param>
    /// <param name="tried">How long it was tried.</param>
    public static DataException Explain(Exception fault, string what, TimeSpan tried)
    {
        var advice = fault switch
        {
            _ when IsCredentialless(fault) =>
                "this machine has no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE or a web identity",
            AmazonServiceException { ErrorCode: "NoSuchBucket" } =>
                "there is no such bucket: correct the data root, the endpoint or the region",
            AmazonServiceException { ErrorCode: { } code } when RefusedCredentials.Contains(code, StringComparer.Ordinal) =>
                "the store refuses the credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE or a web identity that it knows",
            AmazonServiceException { ErrorCode: { } code } when OtherRegion.Contains(code, StringComparer.Ordinal) =>
                "the bucket is in another region: set S3:Region to its own",
            AmazonServiceException { StatusCode: HttpStatusCode.NotFound } =>
                "it is gone, or never was there: restore it, or start the run anew without it",
            AmazonServiceException { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized } =>
                "access is denied: the credentials must be ones that the store knows, and need s3:GetObject and s3:ListBucket on the bucket",
            _ when MayPass(fault) =>
                $"it was tried for {tried.TotalSeconds:0} s: the store must be up and reachable from this machine at the endpoint",
            _ => "the store must be one that speaks the S3 protocol",
        };
        return new DataException($"{what} cannot be read: {Answer(fault)}; {advice}", fault) { IsUnreadable = true };
    }

    // The SDK has no type of its own for it.
    private static bool IsCredentialless(Exception fault) =>
        fault is AmazonClientException or AmazonServiceException { StatusCode: Unanswered }
        && fault.Message.Contains("credentials", StringComparison.OrdinalIgnoreCase);

    private static string Cause(Exception fault) =>
        fault is OperationCanceledException ? "no byte in time"
        : fault is AmazonClientException && fault.InnerException is { } inner ? $"{fault.Message}: {inner.Message}"
        : (fault.InnerException ?? fault).Message;
}
