using Amazon;
using Amazon.Runtime;
using Amazon.S3;

namespace Orchestrator.Pretraining.Data.Storage.S3;

/// <summary>Makes clients of object stores.</summary>
internal static class S3Clients
{
    // Of its own for what it knows to mend at once, a skewed clock or a redirect to another region; outages are outlasted by S3Requests.
    private const int QuickRetries = 2;

    /// <param name="credentials">Null: those that the SDK's chain finds.</param>
    /// <exception cref="DataException">No region is set.</exception>
    public static AmazonS3Client Create(S3Options options, AWSCredentials? credentials = null)
    {
        var config = new AmazonS3Config
        {
            ForcePathStyle = options.HasPathStyle,
            RetryMode = RequestRetryMode.Standard,
            MaxErrorRetry = QuickRetries,
            // The bucket's own tokens would end the retries of many threads before their time.
            ThrottleRetries = false,
        };
        if (options.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.ToString();
            config.AuthenticationRegion = options.Region ?? RegionEndpoint.USEast1.SystemName;
        }
        else if (options.Region is { } region)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }

        try
        {
            return credentials is null ? new AmazonS3Client(config) : new AmazonS3Client(credentials, config);
        }
        catch (AmazonClientException exception)
        {
            throw new DataException(
                "the object store has neither a region nor an endpoint: set S3:Region (or AWS_REGION), or S3:Endpoint for a store other than AWS",
                exception
            )
            {
                IsUnreadable = true,
            };
        }
    }
}
