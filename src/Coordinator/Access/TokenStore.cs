using System.Data.Common;
using System.Text.Json;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Access;

/// <summary>The tokens that were made. Thread safe; whatever it throws is the database's.</summary>
public sealed class TokenStore(AccessDatabase database)
{
    private const string Columns =
        "id, secret_sha256, name, user_name, scope, projects, created_at, created_by, expires_at, revoked_at, last_used_at";

    public void Add(AccessToken token)
    {
        using var connection = database.Open();
        using var command = AccessDatabase.Command(
            connection,
            $"INSERT INTO api_tokens ({Columns}) VALUES (@id, @sha, @name, @user, @scope, @projects, @created, @by, @expires, NULL, NULL)",
            ("id", token.Id),
            ("sha", token.SecretSha256),
            ("name", token.Name),
            ("user", token.User),
            ("scope", SpecWords.Word(token.Scope)),
            ("projects", JsonSerializer.Serialize(token.Projects)),
            ("created", token.CreatedAt.UtcTicks),
            ("by", token.CreatedBy),
            ("expires", Nullable(token.ExpiresAt))
        );
        command.ExecuteNonQuery();
    }

    public AccessToken? Find(string id) => Read("WHERE id = @id", ("id", id)).FirstOrDefault();

    /// <summary>In the order in which they were made.</summary>
    public IReadOnlyList<AccessToken> List() => Read("ORDER BY created_at, id");

    /// <summary>From now on it is refused; once revoked it stays so.</summary>
    public void Revoke(string id, DateTimeOffset at) =>
        Execute("UPDATE api_tokens SET revoked_at = @at WHERE id = @id AND revoked_at IS NULL", ("id", id), ("at", at.UtcTicks));

    public void Use(string id, DateTimeOffset at) =>
        Execute("UPDATE api_tokens SET last_used_at = @at WHERE id = @id", ("id", id), ("at", at.UtcTicks));

    private void Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var connection = database.Open();
        using var command = AccessDatabase.Command(connection, sql, parameters);
        command.ExecuteNonQuery();
    }

    private List<AccessToken> Read(string where, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var connection = database.Open();
        using var command = AccessDatabase.Command(connection, $"SELECT {Columns} FROM api_tokens {where}", parameters);
        using var reader = command.ExecuteReader();
        var tokens = new List<AccessToken>();
        while (reader.Read())
        {
            tokens.Add(Token(reader));
        }

        return tokens;
    }

    private static AccessToken Token(DbDataReader reader) =>
        new(
            reader.GetString(0),
            reader.GetString(1),
            reader.GetString(2),
            reader.GetString(3),
            // A scope that this version does not know lets nobody in by more than it says.
            Enum.GetValues<TokenScope>().FirstOrDefault(s => SpecWords.Word(s) == reader.GetString(4), TokenScope.Viewer),
            JsonSerializer.Deserialize<List<string>>(reader.GetString(5)) ?? [],
            AccessDatabase.Time(reader, 6)!.Value,
            reader.GetString(7),
            AccessDatabase.Time(reader, 8),
            AccessDatabase.Time(reader, 9),
            AccessDatabase.Time(reader, 10)
        );

    private static object? Nullable(DateTimeOffset? at) => at?.UtcTicks;
}
