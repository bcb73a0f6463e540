namespace Orchestrator.Pretraining.Data.Storage.S3;

/// <summary>
/// How an S3-compatible object store is reached. Credentials are not among it: the SDK's chain finds them (environment, profile, web identity,
/// container, instance).
/// </summary>
/// <param name="Endpoint">http or https, host and port; null: that of AWS for the region.</param>
/// <param name="Region">Null: the environment's; with an endpoint <c>us-east-1</c>, which most stores take.</param>
/// <param name="ForcePathStyle">The bucket stands in the path instead of the host name; null: with an endpoint.</param>
public sealed record S3Options(Uri? Endpoint = null, string? Region = null, bool? ForcePathStyle = null)
{
    public bool HasPathStyle => ForcePathStyle ?? Endpoint is not null;
}
