using System.Data.Common;
using System.Text;
using Orchestrator.Shared.Api;

namespace Orchestrator.Coordinator.Access;

/// <summary>What a request made, for the audit log: its path does not say it.</summary>
public sealed class AuditSubject
{
    public string? Name { get; set; }
}

/// <summary>
/// Writes what was to change something into the audit log, before its answer goes out: whoever was answered is in it. A log that cannot be written stops
/// nobody; the process's log has the line then.
/// </summary>
public static partial class AuditMiddleware
{
    private const int LongestTarget = 300;

    /// <summary>Nobody waits for the answer any more.</summary>
    private const int ClientGone = 499;

    /// <summary>After callers are known, and before it is known whether they may.</summary>
    public static void UseAudit(this WebApplication app) =>
        app.Use(
            async (context, next) =>
            {
                if (ScopeNeeded.IsRead(context.Request) || context.Features.Get<Caller>() is not { } caller)
                {
                    await next(context);
                    return;
                }

                var subject = new AuditSubject();
                context.Features.Set(subject);
                var isWritten = false;
                Task WriteAsync(int status)
                {
                    var task = isWritten ? Task.CompletedTask : AddAsync(context, caller, subject.Name, status);
                    isWritten = true;
                    return task;
                }

                context.Response.OnStarting(() => WriteAsync(context.Response.StatusCode));
                try
                {
                    await next(context);
                }
                finally
                {
                    if (context.RequestAborted.IsCancellationRequested)
                    {
                        await WriteAsync(ClientGone);
                    }
                }
            }
        );

    private static async Task AddAsync(HttpContext context, Caller caller, string? subject, int status)
    {
        var entry = new AuditEntryView(
            0,
            context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow(),
            caller.User,
            caller.Token,
            Plain(context.Request.Method),
            Plain($"{context.Request.Path}"),
            subject,
            context.Connection.RemoteIpAddress?.ToString() ?? "",
            status
        );
        try
        {
            await context.RequestServices.GetRequiredService<AuditLog>().AddAsync(entry);
        }
        catch (DbException e)
        {
            var log = context.RequestServices.GetRequiredService<ILogger<AuditLog>>();
            LogLost(log, e.Message, entry.User, entry.Token, entry.Method, entry.Target, entry.Status);
        }
    }

    /// <summary>One line of bounded length, whatever was asked for.</summary>
    public static string Plain(string text)
    {
        var plain = new StringBuilder();
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, LongestTarget)))
        {
            plain.Append(char.IsControl(c) ? '?' : c);
        }

        return text.Length > LongestTarget ? $"{plain}…" : plain.ToString();
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The audit log cannot be written ({Error}): {User} ({Token}) {Method} {Target} {Status}"
    )]
    private static partial void LogLost(ILogger logger, string error, string user, string token, string method, string target, int status);
}
