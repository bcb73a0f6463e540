using System.Diagnostics;
using System.Globalization;
using System.Net;
using Amazon.Runtime;
using Orchestrator.Pretraining.Data.Storage.S3;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Storage;

/// <summary>
/// s3rver of the npm registry, an S3 server that is not ours, with one bucket. Tests that ask for it are skipped where npm or the registry is
/// missing, and fail under <c>REQUIRE_SERVICES=1</c>.
/// </summary>
public sealed class S3Server : IAsyncLifetime, IDisposable
{
    public const string Bucket = "samples";
    private const string Package = "s3rver@3.7.1";
    private const string Key = "S3RVER";
    private static readonly TimeSpan InstallTime = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);

    private readonly string folder = Directory.CreateTempSubdirectory("orchestrator-s3-").FullName;
    private readonly HttpClient http = new();
    private Process? process;
    private int port;
    private string? missing;

    /// <summary>Where the server is, or was.</summary>
    internal S3Options Options => new(new Uri($"http://127.0.0.1:{port}"));

    // The SDK's chain finds these; the rest of it is kept from looking around on this machine.
    public async ValueTask InitializeAsync()
    {
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", Key);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", Key);
        Environment.SetEnvironmentVariable("AWS_EC2_METADATA_DISABLED", "true");
        Environment.SetEnvironmentVariable("AWS_SHARED_CREDENTIALS_FILE", Path.Combine(folder, "none"));
        Environment.SetEnvironmentVariable("AWS_CONFIG_FILE", Path.Combine(folder, "none"));
        missing = await InstallAsync();
        if (missing is null)
        {
            await StartAsync();
        }
        else if (Environment.GetEnvironmentVariable("REQUIRE_SERVICES") == "1")
        {
            throw new InvalidOperationException(missing);
        }
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    public void Dispose()
    {
        Kill();
        http.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Skips a test where there is no server.</summary>
    internal void Require() => Assert.SkipWhen(missing is not null, missing ?? "");

    /// <summary>A store below a prefix of the bucket, of its own.</summary>
    internal S3Store Open(string root, AWSCredentials? credentials = null, double patienceSeconds = 30) =>
        new(
            S3Address.Parse(root).Address!,
            Options,
            S3Clients.Create(Options, credentials ?? new BasicAWSCredentials(Key, Key)),
            TimeSpan.FromSeconds(patienceSeconds),
            warn: null
        );

    internal async Task PutAsync(string key, byte[] content)
    {
        using var body = new ByteArrayContent(content);
        using var answer = await http.PutAsync(new Uri(Options.Endpoint!, $"{Bucket}/{key}"), body);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    internal async Task DeleteAsync(string key)
    {
        using var answer = await http.DeleteAsync(new Uri(Options.Endpoint!, $"{Bucket}/{key}"));
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    internal void Kill()
    {
        if (process is null)
        {
            return;
        }

        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
        process = null;
    }

    /// <summary>Starts the server, after a kill on the port that it had.</summary>
    internal async Task StartAsync()
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Files", "storage", "s3-server.js");
        process = Run("node", "--openssl-legacy-provider", script, folder, port.ToString(CultureInfo.InvariantCulture), Bucket);
        using var late = new CancellationTokenSource(StartTime);
        while (await process.StandardOutput.ReadLineAsync(late.Token) is { } line)
        {
            if (line.StartsWith("port ", StringComparison.Ordinal))
            {
                port = int.Parse(line.AsSpan(5), CultureInfo.InvariantCulture);
                return;
            }
        }

        throw new InvalidOperationException($"{Package} did not start: {await process.StandardError.ReadToEndAsync()}");
    }

    /// <returns>What is missing; null: nothing.</returns>
    private static async Task<string?> InstallAsync()
    {
        // Written when all else is there.
        if (File.Exists(Path.Combine(Installed, "node_modules", ".package-lock.json")))
        {
            return null;
        }

        try
        {
            Directory.CreateDirectory(Installed);
            using var npm = Run("npm", "install", "--prefix", Installed, Package, "--ignore-scripts", "--no-audit", "--no-fund");
            using var late = new CancellationTokenSource(InstallTime);
            try
            {
                var output = npm.StandardOutput.ReadToEndAsync(late.Token);
                var errors = await npm.StandardError.ReadToEndAsync(late.Token);
                await output;
                await npm.WaitForExitAsync(late.Token);
                return npm.ExitCode == 0 ? null : $"npm cannot install {Package}: {errors}";
            }
            catch (OperationCanceledException)
            {
                npm.Kill(entireProcessTree: true);
                return $"npm did not install {Package} within {InstallTime}";
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return $"node and npm are missing (Debian: npm); {Package} of the npm registry runs on them";
        }
    }

    // Beside the tests: one install serves until the next clean build.
    private static string Installed => Path.Combine(AppContext.BaseDirectory, "s3rver");

    private static Process Run(string program, params string[] arguments)
    {
        Directory.CreateDirectory(Installed);
        return Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = Installed,
                UseShellExecute = false,
            }
        )!;
    }
}

/// <summary>Tests that share the server, one after the other: some of them stop it.</summary>
[CollectionDefinition(Name)]
public sealed class S3Collection : ICollectionFixture<S3Server>
{
    public const string Name = "s3";
}
