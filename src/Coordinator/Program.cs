using Orchestrator.Coordinator.Backup;
using Orchestrator.Coordinator.Hosting;

// Exit codes: 0 ended in order, 1 refused to run or failed, 2 bad settings.
Orchestrator.Coordinator.Settings.CoordinatorOptions options;
try
{
    if (BackupProgram.Is(args))
    {
        return await BackupProgram.RunAsync(args);
    }

    options = CoordinatorApp.ReadOptions(args);
}
catch (InvalidOperationException e)
{
    await Console.Error.WriteLineAsync($"coordinator: {e.Message} {e.InnerException?.Message}");
    return 2;
}

var problems = options.Problems();
if (problems.Count > 0)
{
    foreach (var problem in problems)
    {
        await Console.Error.WriteLineAsync($"coordinator: {problem}");
    }

    return 2;
}

await using var app = CoordinatorApp.Build(args, options);
var refusal = app.Services.GetRequiredService<Refusal>();
try
{
    await app.RunAsync();
}
catch (System.Data.Common.DbException e)
{
    // What a driver says names host and port, and no password.
    await Console.Error.WriteLineAsync(
        $"coordinator: the database of rows and journal ({options.Journal.Provider}) cannot be opened: {e.Message}"
    );
    return 1;
}
catch (IOException e)
{
    await Console.Error.WriteLineAsync(
        $"coordinator: cannot serve: {e.Message} (a port that the state folder {options.State} remembers may be taken)"
    );
    return 1;
}

return refusal.Reason is null ? 0 : 1;
