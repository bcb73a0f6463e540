using System.Diagnostics;
using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>
/// A small file system for storage that can be full or read-only, in a mount namespace of its own. The namespace ends with the shell that
/// holds it, and the shell with these tests: nothing stays mounted, however they end.
/// </summary>
internal sealed class PrivateMount : IDisposable
{
    private readonly Process shell;
    private readonly string folder;

    private PrivateMount(Process shell, string folder) => (this.shell, this.folder) = (shell, folder);

    /// <summary>Where processes outside of the namespace find it.</summary>
    public string Path => $"/proc/{shell.Id}/root{folder}";

    /// <param name="options">Of a tmpfs: <c>size=64k</c>, <c>ro</c>.</param>
    public static async Task<PrivateMount> OpenAsync(string folder, string options)
    {
        string[] rights = Environment.IsPrivilegedProcess ? [] : ["--user", "--map-root-user"];
        var start = new ProcessStartInfo("unshare", [.. rights, "--mount", "--propagation", "private", "sh"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var mount = new PrivateMount(Process.Start(start)!, folder);
        if (await mount.DoAsync($"mount -t tmpfs -o {options} none {folder}") is { } problem)
        {
            mount.Dispose();
            Required.Missing($"mounting in a namespace of its own is not allowed here: {problem}");
        }

        return mount;
    }

    public async Task RemountAsync(string options) => Assert.Null(await DoAsync($"mount -o remount,{options} {folder}"));

    public void Dispose()
    {
        shell.Kill();
        shell.WaitForExit();
        shell.Dispose();
    }

    /// <summary>What the command said when it failed; null when it did not.</summary>
    private async Task<string?> DoAsync(string command)
    {
        await shell.StandardInput.WriteLineAsync($"{command} 2>&1 && echo done || echo failed");
        await shell.StandardInput.FlushAsync();
        for (var said = new List<string>(); ; )
        {
            switch (await shell.StandardOutput.ReadLineAsync())
            {
                case "done":
                    return null;
                case "failed":
                    return string.Join(" ", said);
                case null:
                    return await shell.StandardError.ReadToEndAsync();
                case { } line:
                    said.Add(line);
                    break;
            }
        }
    }
}
