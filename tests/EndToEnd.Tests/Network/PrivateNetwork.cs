using System.Diagnostics;
using System.Globalization;
using System.Net.NetworkInformation;
using System.Text.RegularExpressions;
using Xunit;
using Xunit.Sdk;

namespace Orchestrator.EndToEnd.Tests.Network;

/// <summary>
/// A network of this test's own: a namespace a host, and one for the switch between them, where faults are made. This machine is plugged in as
/// well, under the last address, and no fault is about it. Names carry this process's id; what a process that is gone has left goes first.
/// </summary>
internal sealed partial class PrivateNetwork : IDisposable
{
    private const string Prefix = "orch-net-";
    private const string Switch = "switch";
    private readonly List<string> hosts = [];
    private readonly string subnet;

    private PrivateNetwork(string subnet) => this.subnet = subnet;

    /// <summary>Of this machine, in the network.</summary>
    public string Here => $"{subnet}.254";

    private static string Plug => $"orn{Environment.ProcessId}";

    public static PrivateNetwork Open(params IEnumerable<string> hosts)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            Required.Missing("network namespaces need root");
        }

        Required.Program("ip", "iproute2");
        Required.Program("nft", "nftables");
        Required.Program("nsenter", "util-linux");
        RemoveLeftovers();
        var network = new PrivateNetwork(FreeSubnet());
        try
        {
            network.Build(hosts);
        }
        catch (XunitException e)
        {
            network.Dispose();
            Required.Missing($"a network of namespaces cannot be had here: {e.Message}");
        }

        return network;
    }

    public string AddressOf(string host) => $"{subnet}.{hosts.IndexOf(host) + 1}";

    /// <summary>The words before a command that is to run on a host.</summary>
    public static IReadOnlyList<string> On(string host) => ["nsenter", $"--net=/run/netns/{Name(host)}", "--"];

    /// <summary>Nothing gets from one host to the other, which may still send: one direction.</summary>
    public string OneWay(string from, string to) => $"ip saddr {AddressOf(from)} ip daddr {AddressOf(to)} counter drop";

    /// <summary>Nothing passes between any of these and any of those.</summary>
    public IEnumerable<string> Between(IReadOnlyCollection<string> these, IReadOnlyCollection<string> those) =>
        these.SelectMany(a => those.SelectMany(b => new[] { OneWay(a, b), OneWay(b, a) }));

    /// <summary>Packets between hosts get lost, at random.</summary>
    /// <param name="percent">Of a hundred packets.</param>
    public IEnumerable<string> Loss(int percent) =>
        [$"ip saddr != {Here} ip daddr != {Here} numgen random mod 100 < {percent.ToString(CultureInfo.InvariantCulture)} counter drop"];

    /// <summary>From now on these faults, and no others.</summary>
    /// <param name="rules">Of nftables, about what passes the switch.</param>
    public static void Fail(params IEnumerable<string> rules) =>
        Filter(Switch, "bridge faults", $"type filter hook forward priority 0; policy accept;\n{string.Join('\n', rules)}");

    /// <summary>No faults; how many packets those before have swallowed.</summary>
    public static long Heal()
    {
        var swallowed = Packets()
            .Matches(Run([.. On(Switch), "nft", "list", "table", "bridge", "faults"]))
            .Sum(m => long.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture));
        Fail();
        return swallowed;
    }

    /// <summary>What a host sends to these addresses and ports goes to those of this machine instead.</summary>
    public void Redirect(string host, IEnumerable<(string Address, int Port, int PortHere)> ways) =>
        Filter(
            host,
            "ip detour",
            string.Join(
                '\n',
                ways.Select(w => $"ip daddr {w.Address} tcp dport {w.Port} dnat to {Here}:{w.PortHere}")
                    .Prepend("type nat hook output priority -100; policy accept;")
            )
        );

    public void Dispose()
    {
        Try("ip", "link", "del", Plug);
        foreach (var host in hosts.Append(Switch))
        {
            Try("ip", "netns", "del", Name(host));
        }
    }

    private static string Name(string host) => $"{Prefix}{Environment.ProcessId}-{host}";

    private void Build(IEnumerable<string> names)
    {
        var on = Name(Switch);
        Run("ip", "netns", "add", on);
        Run("ip", "-n", on, "link", "add", "middle", "type", "bridge");
        Run("ip", "-n", on, "link", "set", "middle", "up");
        foreach (var name in names)
        {
            hosts.Add(name);
            Run("ip", "netns", "add", Name(name));
            Run("ip", "link", "add", "wire", "netns", Name(name), "type", "veth", "peer", "name", $"port{hosts.Count}", "netns", on);
            Run("ip", "-n", on, "link", "set", $"port{hosts.Count}", "master", "middle", "up");
            Run("ip", "-n", Name(name), "addr", "add", $"{AddressOf(name)}/24", "dev", "wire");
            Run("ip", "-n", Name(name), "link", "set", "lo", "up");
            Run("ip", "-n", Name(name), "link", "set", "wire", "up");
        }

        Run("ip", "link", "add", Plug, "type", "veth", "peer", "name", "port0", "netns", on);
        Run("ip", "-n", on, "link", "set", "port0", "master", "middle", "up");
        Run("ip", "addr", "add", $"{Here}/24", "dev", Plug);
        Run("ip", "link", "set", Plug, "up");
        Fail();
    }

    /// <summary>Of 198.18.0.0/15, which is for trials (RFC 2544): one that no interface here has.</summary>
    private static string FreeSubnet()
    {
        var taken = NetworkInterface
            .GetAllNetworkInterfaces()
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Select(a => a.Address.ToString())
            .ToList();
        return Enumerable
            .Range(Environment.ProcessId, 512)
            .Select(n => $"198.{18 + (n / 256 % 2)}.{n % 256}")
            .First(s => !taken.Exists(t => t.StartsWith($"{s}.", StringComparison.Ordinal)));
    }

    private static void RemoveLeftovers()
    {
        foreach (var name in Directory.Exists("/run/netns") ? Directory.GetFiles("/run/netns", $"{Prefix}*") : [])
        {
            var owner = Path.GetFileName(name)[Prefix.Length..].Split('-')[0];
            if (!Directory.Exists($"/proc/{owner}"))
            {
                // Its plug in this machine goes with it.
                Try("ip", "netns", "del", Path.GetFileName(name));
            }
        }
    }

    private static void Filter(string host, string table, string chain) =>
        Run(
            [.. On(host), "nft", "-f", "-"],
            $$"""
            table {{table}}
            delete table {{table}}
            table {{table}} {
              chain rules {
                {{chain}}
              }
            }

            """
        );

    private static string Run(params IReadOnlyList<string> command) => Run(command, "");

    private static string Run(IReadOnlyList<string> command, string input)
    {
        var (code, said) = Execute(command, input);
        Assert.True(code == 0, $"{string.Join(' ', command)}: exit code {code}: {said}\n{input}");
        return said;
    }

    private static void Try(params IReadOnlyList<string> command) => Execute(command, "");

    private static (int Code, string Said) Execute(IReadOnlyList<string> command, string input)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        // What these say of errors fits into a pipe.
        var said = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said);
    }

    [GeneratedRegex("counter packets ([0-9]+)")]
    private static partial Regex Packets();
}
