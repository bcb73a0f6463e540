using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Orchestrator.Cli.Api;

/// <summary>Who the command line is to a coordinator, and whom it trusts to be one.</summary>
/// <param name="Token">Sent with every request; null: none.</param>
/// <param name="Authorities">Who may have signed the coordinator's certificate; null: whom this machine trusts.</param>
public sealed record ClientIdentity(string? Token, X509Certificate2Collection? Authorities)
{
    public const string TokenVariable = "ORCHESTRATOR_TOKEN";
    public const string TokenFileVariable = "ORCHESTRATOR_TOKEN_FILE";
    public const string AuthoritiesVariable = "ORCHESTRATOR_CA_FILE";

    private const UnixFileMode Others =
        UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.OtherExecute;

    public static ClientIdentity None { get; } = new(null, null);

    /// <summary>The file that is looked at when nothing else names a token.</summary>
    public static string DefaultTokenFile =>
        Path.Combine(
            Variable("XDG_CONFIG_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config"),
            "orchestrator",
            "token"
        );

    /// <param name="tokenFile">As the command line says; null: the variables, then the default file if it is there.</param>
    /// <param name="authoritiesFile">As the command line says; null: the variable.</param>
    /// <exception cref="CliException">A file is not there, or others may read the token's.</exception>
    public static ClientIdentity Read(string? tokenFile, string? authoritiesFile) =>
        new(ReadToken(tokenFile), ReadAuthorities(authoritiesFile ?? Variable(AuthoritiesVariable)));

    private static string? ReadToken(string? file)
    {
        if (file is null && Variable(TokenVariable) is { } token)
        {
            return token.Trim();
        }

        file ??= Variable(TokenFileVariable);
        if (file is null && !File.Exists(DefaultTokenFile))
        {
            return null;
        }

        file ??= DefaultTokenFile;
        if (!File.Exists(file))
        {
            throw CliException.BadInput($"there is no token file {file}", next: "name one that is there, or set ORCHESTRATOR_TOKEN");
        }

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Others) != UnixFileMode.None)
        {
            throw CliException.BadInput($"others may read the token file {file}", next: $"chmod 600 {file}");
        }

        var text = File.ReadAllText(file).Trim();
        return text.Length > 0 ? text : throw CliException.BadInput($"the token file {file} is empty", next: "put the token into it");
    }

    private static X509Certificate2Collection? ReadAuthorities(string? file)
    {
        if (file is null)
        {
            return null;
        }

        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw CliException.BadInput(
                $"the file of trusted authorities {file} cannot be read: {e.Message}",
                next: "it holds certificates in PEM"
            );
        }

        return authorities.Count > 0
            ? authorities
            : throw CliException.BadInput(
                $"the file of trusted authorities {file} holds no certificate",
                next: "it holds certificates in PEM"
            );
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
