using System.Diagnostics;
using Orchestrator.EndToEnd.Tests;

namespace Orchestrator.Tests.Servers;

/// <summary>
/// A PostgreSQL of one test class: its data in a temporary folder, a free port of loopback, nothing left of it afterwards. Compiled into the test projects
/// that use it. A test is skipped where there is no PostgreSQL, and fails there under <c>REQUIRE_SERVICES=1</c>.
/// </summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const string User = "postgres";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    // Ends with its standard input, so with whoever started it, however that ends. A fast shutdown waits for nobody's connection.
    private const string Script = """
        "$0" "$@" </dev/null & server=$!
        while read -r line; do :; done
        kill -INT $server
        wait $server
        """;

    private readonly string folder;
    private readonly string programs;
    private Process? process;
    private Task<string>? log;

    private readonly string? address;

    private PostgresServer(string folder, string programs, int port, string? address)
    {
        this.folder = folder;
        this.programs = programs;
        this.address = address;
        Port = port;
    }

    public int Port { get; }

    /// <summary>Of the database that is always there; everybody on this machine may connect.</summary>
    public string ConnectionString => $"Host={address ?? "127.0.0.1"};Port={Port};Username={User};Database=postgres";

    /// <param name="address">Of this machine, in a network of hosts that may all connect; null: loopback alone.</param>
    public static async Task<PostgresServer> StartAsync(string? address = null)
    {
        if (Find() is not { } programs)
        {
            Required.Missing("PostgreSQL is missing: install Debian's postgresql");
            throw new InvalidOperationException("PostgreSQL is missing.");
        }

        var server = new PostgresServer(
            Directory.CreateTempSubdirectory("orchestrator-postgres-").FullName,
            programs,
            FreePorts.Take(1)[0],
            address
        );
        try
        {
            await server.BeginAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>What a statement answers, a line a row, columns separated by '|'.</summary>
    public async Task<string> QueryAsync(string sql)
    {
        var (code, text) = await RunAsync(
            "psql",
            ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", $"{Port}", "-U", User, "-c", sql, "postgres"]
        );
        return code == 0 ? text.Trim() : throw new InvalidOperationException($"psql ended with {code}: {text}\n{sql}");
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync().WaitAsync(Deadline);
            process.Dispose();
        }

        Directory.Delete(folder, recursive: true);
    }

    private async Task BeginAsync()
    {
        if (Environment.IsPrivilegedProcess)
        {
            using var own = Process.Start("chown", [User, folder]);
            await own.WaitForExitAsync();
        }

        var data = Path.Combine(folder, "data");
        var (code, text) = await RunAsync("initdb", ["-D", data, "-U", User, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]);
        if (code != 0)
        {
            throw new InvalidOperationException($"initdb ended with {code}: {text}");
        }

        if (address is not null)
        {
            await File.AppendAllTextAsync(Path.Combine(data, "pg_hba.conf"), $"host all all {address}/24 trust\n");
        }

        process = Start(
            "sh",
            [
                "-c",
                Script,
                Path.Combine(programs, "postgres"),
                "-D",
                data,
                "-k",
                folder,
                "-p",
                $"{Port}",
                "-c",
                address is null ? "listen_addresses=127.0.0.1" : $"listen_addresses=127.0.0.1,{address}",
            ]
        );
        log = process.StandardError.ReadToEndAsync();
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await QueryAsync("SELECT 1");
                return;
            }
            catch (InvalidOperationException e)
            {
                if (process.HasExited || Stopwatch.GetElapsedTime(started) > Deadline)
                {
                    var said = log.IsCompleted ? await log : "it still runs";
                    throw new InvalidOperationException($"PostgreSQL does not answer on port {Port}: {e.Message}: {said}", e);
                }
            }

            await Task.Delay(100);
        }
    }

    private async Task<(int Code, string Text)> RunAsync(string program, IEnumerable<string> args)
    {
        using var run = Start(Path.Combine(programs, program), args);
        run.StandardInput.Close();
        var output = await Task.WhenAll(run.StandardOutput.ReadToEndAsync(), run.StandardError.ReadToEndAsync()).WaitAsync(Deadline);
        await run.WaitForExitAsync().WaitAsync(Deadline);
        return (run.ExitCode, string.Concat(output));
    }

    // PostgreSQL refuses to run as root.
    private Process Start(string program, IEnumerable<string> args)
    {
        IEnumerable<string> words = [program, .. args];
        words = Environment.IsPrivilegedProcess ? ["setpriv", $"--reuid={User}", $"--regid={User}", "--clear-groups", .. words] : words;
        return Process.Start(
            new ProcessStartInfo(words.First(), words.Skip(1))
            {
                WorkingDirectory = folder,
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
    }

    /// <summary>The folder of its programs: the newest of Debian's, which are not in the path, or the path's.</summary>
    private static string? Find()
    {
        IEnumerable<string> debian = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(f => int.TryParse(Path.GetFileName(f), out var v) ? v : 0)
            : [];
        return debian
            .Select(f => Path.Combine(f, "bin"))
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
            .FirstOrDefault(f => ((string[])["initdb", "postgres", "psql"]).All(p => File.Exists(Path.Combine(f, p))));
    }
}
