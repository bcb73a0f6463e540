using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Orchestrator.Pretraining.Data.Storage.S3;
using Orchestrator.Shared.Certificates;
using Orchestrator.Worker.Ranks;

namespace Orchestrator.Worker.Options;

/// <summary>Reads settings one by one and collects what is wrong with them.</summary>
internal sealed partial class OptionsReader(IConfiguration settings)
{
    private static readonly string[] SystemAddresses = ["akka.tcp://run@", "akka.ssl.tcp://run@"];
    private readonly List<string> problems = [];

    public void ThrowIfBad()
    {
        if (problems.Count > 0)
        {
            throw new OptionsException(problems);
        }
    }

    public string Name(string fallback)
    {
        var name = settings["Name"] ?? NotInNames().Replace(fallback, "-");
        if (!Names().IsMatch(name))
        {
            Bad(
                "Name",
                name,
                "1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit: it stands in checkpoint names"
            );
        }

        return name;
    }

    public IReadOnlyList<string> Coordinators()
    {
        var listed = settings.GetSection("Coordinators").GetChildren().Select(child => child.Value ?? "").ToList();
        List<string> contacts =
            listed.Count > 0
                ? listed
                : [.. (settings["Coordinators"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        // As a coordinator prints itself.
        contacts =
        [
            .. contacts.Select(contact =>
                SystemAddresses.FirstOrDefault(address => contact.StartsWith(address, StringComparison.Ordinal)) is { } address
                    ? contact[address.Length..]
                    : contact
            ),
        ];
        if (contacts.Count == 0)
        {
            Bad("Coordinators", null, "is missing: host:port of a coordinator's control port, several separated by commas");
        }

        foreach (var contact in contacts)
        {
            var colon = contact.LastIndexOf(':');
            if (
                colon <= 0
                || !int.TryParse(contact.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                || port is < 1 or > 65535
            )
            {
                Bad("Coordinators", contact, "is not host:port with a port from 1 to 65535");
            }
        }

        return contacts;
    }

    public string JoinToken()
    {
        var (token, file) = (settings["JoinToken"], settings["JoinTokenFile"]);
        if (token is null == file is null)
        {
            Bad("JoinToken", null, "give JoinToken or JoinTokenFile, the coordinator's token");
            return "";
        }

        try
        {
            token ??= File.ReadAllText(file!).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Bad("JoinTokenFile", file, e.Message);
            return "";
        }

        if (token.Length == 0)
        {
            Bad(file is null ? "JoinToken" : "JoinTokenFile", file, "is empty");
        }

        return token;
    }

    /// <summary>TLS of both planes; null where none is set, or where it is wrong.</summary>
    public MutualTlsFiles? MutualTls() =>
        MutualTlsFiles.Read(
            settings[MutualTlsFiles.CertificateSetting],
            settings[MutualTlsFiles.KeySetting],
            settings[MutualTlsFiles.AuthoritySetting],
            TimeProvider.System.GetUtcNow(),
            problems
        );

    /// <summary>Whether any setting of TLS is there, right or wrong.</summary>
    public bool WantsTls =>
        ((string[])[MutualTlsFiles.CertificateSetting, MutualTlsFiles.KeySetting, MutualTlsFiles.AuthoritySetting]).Any(setting =>
            !string.IsNullOrEmpty(settings[setting])
        );

    public string ExistingFolder(string key, string fallback)
    {
        var folder = Path.GetFullPath(settings[key] ?? fallback);
        if (!Directory.Exists(folder))
        {
            Bad(key, folder, "is no folder");
        }

        return folder;
    }

    /// <summary>A folder that exists, or an address in an object store; nobody is asked yet whether that exists.</summary>
    public string DataRoot(string key, string fallback)
    {
        if (settings[key] is not { } root || !S3Address.IsMeant(root))
        {
            return ExistingFolder(key, fallback);
        }

        if (S3Address.Parse(root).Problem is { } problem)
        {
            Bad(key, root, problem);
        }

        return root;
    }

    /// <summary>How object stores are reached. Credentials are no settings of ours: the environment has them.</summary>
    public S3Options S3(string section)
    {
        var (key, text) = ($"{section}:Endpoint", settings[$"{section}:Endpoint"]);
        var (endpoint, problem) = text is null ? (null, null) : S3Endpoint.Parse(text);
        if (problem is not null)
        {
            // What stands there may have a password in it.
            Bad(key, null, problem);
        }

        var region = settings[$"{section}:Region"];
        if (region is not null && !Regions().IsMatch(region))
        {
            Bad($"{section}:Region", region, "must be a region's name, such as eu-central-1");
        }

        var pathStyle = $"{section}:ForcePathStyle";
        return new S3Options(endpoint, region, settings[pathStyle] is null ? null : Boolean(pathStyle));
    }

    /// <summary>A size in bytes.</summary>
    public long Bytes(string key, long fallback)
    {
        if (settings[key] is not { } text)
        {
            return fallback;
        }

        if (ByteSize.Parse(text) is not { } bytes)
        {
            Bad(key, text, ByteSize.Form);
            return fallback;
        }

        return bytes;
    }

    /// <summary>A folder that is made where it is missing.</summary>
    /// <param name="fallback">Where it is unless it is set; null: it must be set.</param>
    public string OwnFolder(string key, string? fallback = null)
    {
        if ((settings[key] ?? fallback) is not { Length: > 0 } given)
        {
            Bad(key, null, "is missing: a folder that this worker can write to");
            return "";
        }

        var folder = Path.GetFullPath(given);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Bad(key, folder, e.Message);
        }

        return folder;
    }

    public string Device()
    {
        var device = settings["Device"] ?? "cpu";
        if (Cuda().IsMatch(device))
        {
            Bad("Device", device, "this build has no CUDA backend (TorchBackend=cpu)");
        }
        else if (device != "cpu")
        {
            Bad("Device", device, "must be cpu or cuda:N");
        }

        return device;
    }

    public int Integer(string key, int fallback, int low, int high)
    {
        if (settings[key] is not { } text)
        {
            return fallback;
        }

        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) || value < low || value > high)
        {
            Bad(key, text, $"must be a whole number from {low} to {high}");
            return fallback;
        }

        return value;
    }

    public bool Boolean(string key, bool fallback = false)
    {
        if (settings[key] is not { } text)
        {
            return fallback;
        }

        if (!bool.TryParse(text, out var value))
        {
            Bad(key, text, "must be true or false");
        }

        return value;
    }

    public IPEndPoint EndPoint(string section, string? loopbackOnly)
    {
        var host = settings[$"{section}:Host"] ?? "127.0.0.1";
        if (!IPAddress.TryParse(host, out var address))
        {
            Bad($"{section}:Host", host, "must be an address of this machine, such as 127.0.0.1");
            address = IPAddress.Loopback;
        }
        else if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
        {
            Bad($"{section}:Host", host, "must be an address at which others reach this worker: it is told to them");
        }
        else if (loopbackOnly is not null && !IPAddress.IsLoopback(address))
        {
            Bad($"{section}:Host", host, loopbackOnly);
        }

        return new IPEndPoint(address, Integer($"{section}:Port", 0, 0, 65535));
    }

    public Uri? Http()
    {
        var text = settings["Http:Url"] ?? "http://127.0.0.1:0";
        if (text == "off")
        {
            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttp || url.PathAndQuery != "/")
        {
            Bad("Http:Url", text, "must be http://host:port, or off");
        }

        return url;
    }

    public Failpoint? Failpoint(IReadOnlyCollection<string> moments, IEnumerable<IPAddress?> addresses)
    {
        if (settings["Failpoint"] is not { Length: > 0 } text)
        {
            return null;
        }

        var failpoint = Ranks.Failpoint.Parse(text, moments, out var problem);
        if (problem is not null)
        {
            Bad("Failpoint", text, problem);
        }
        else if (!addresses.All(address => address is not null && IPAddress.IsLoopback(address)))
        {
            Bad("Failpoint", text, "is refused unless every address (Data, Akka, Coordinators) is a loopback address");
        }

        return failpoint;
    }

    /// <summary>The address in host:port; null for a name other than localhost.</summary>
    public static IPAddress? AddressOf(string contact)
    {
        var host = contact[..Math.Max(0, contact.LastIndexOf(':'))].Trim('[', ']');
        return host == "localhost" ? IPAddress.Loopback
            : IPAddress.TryParse(host, out var address) ? address
            : null;
    }

    private void Bad(string key, string? value, string problem) =>
        problems.Add(value is null ? $"{key}: {problem}" : $"{key}: {value} – {problem}");

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    private static partial Regex Names();

    [GeneratedRegex("[^A-Za-z0-9._-]")]
    private static partial Regex NotInNames();

    [GeneratedRegex("^[a-z0-9-]{1,63}$")]
    private static partial Regex Regions();

    [GeneratedRegex("^cuda:[0-9]+$")]
    private static partial Regex Cuda();
}
