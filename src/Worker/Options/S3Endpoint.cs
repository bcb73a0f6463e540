namespace Orchestrator.Worker.Options;

/// <summary>The address of an object store.</summary>
internal static class S3Endpoint
{
    /// <returns>The address, or what would be right; the text is not repeated, for it may have a password in it.</returns>
    public static (Uri? Endpoint, string? Problem) Parse(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
        && url is { PathAndQuery: "/", UserInfo: "", Fragment: "" }
            ? (url, null)
            : (
                null,
                "must be http://host:port or https://host:port and nothing more; credentials stand in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            );
}
