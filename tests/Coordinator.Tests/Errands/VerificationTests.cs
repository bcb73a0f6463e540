using System.Net;
using System.Net.Http.Json;
using MessagePack;
using Microsoft.Data.Sqlite;
using Orchestrator.Coordinator.Tests.Hosting;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Errands;

/// <summary>Steps computed again, through HTTP, head and Akka.Remote, by workers whose rows are a function of the step.</summary>
public sealed class VerificationTests(CoordinatorFixture coordinator) : IClassFixture<CoordinatorFixture>
{
    private const string Spec =
        "method: gmml\ndata: { images: a }\nbudget: { steps: 20 }\nbatch: { size: 64, shards: 8 }\nworkers: { min: 1, max: 1 }\n";

    [Fact]
    public async Task An_honest_step_is_equal_a_tampered_row_is_named_and_a_restarted_coordinator_has_the_same_head()
    {
        await using var worker = new FakeWorker("verify-a", coordinator.Akka);
        var run = await TrainedAsync();
        var head = (await coordinator.GetAsync<RunDetailView>($"{run}/detail")).AuditSha256;
        Assert.Matches("^[0-9a-f]{64}$", head);
        Assert.Equal(head, Assert.Single(worker.Log.OfType<Evaluate>()).AuditSha256);

        var asked = await AskAsync(run, 7);
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        var honest = await DoneAsync(run, 7);
        Assert.True(honest.Result!.Equal);
        Assert.Equal(["losses", "samples", "gradient", "weights"], honest.Result.Compared);
        Assert.StartsWith("equal; compared: losses, samples, gradient, weights", honest.Reason, StringComparison.Ordinal);
        await IdleAsync();
        Assert.Equal(HttpStatusCode.Accepted, (await AskAsync(run, 7)).StatusCode);
        Assert.Equal(ErrandPhase.Done, (await coordinator.GetAsync<VerificationView>($"{run}/verifications/7")).Phase);

        Tamper(run.Split('/')[^1], 8, row => row with { Audit = row.Audit! with { Weights = "0" } });
        await AskAsync(run, 8);
        var tampered = (await DoneAsync(run, 8)).Result!;
        Assert.False(tampered.Equal);
        Assert.Equal(new StepDifference("weights", "0", "weights8"), Assert.Single(tampered.Differences));

        await coordinator.RestartAsync();
        await IdleAsync();
        Assert.Equal(head, (await coordinator.GetAsync<RunDetailView>($"{run}/detail")).AuditSha256);
        var forgotten = await coordinator.Http.GetAsync($"{run}/verifications/7");
        Assert.Equal(HttpStatusCode.NotFound, forgotten.StatusCode);
        await AskAsync(run, 7);
        Assert.True((await DoneAsync(run, 7)).Result!.Equal);
    }

    [Fact]
    public async Task What_cannot_be_verified_is_refused_in_words()
    {
        await using (var worker = new FakeWorker("verify-b", coordinator.Akka))
        {
            var run = await TrainedAsync();
            Assert.Contains("steps 0 to 19", await RefusedAsync(run, 20, HttpStatusCode.Conflict), StringComparison.Ordinal);
            Assert.Contains("from 0 on", await RefusedAsync(run, -1, HttpStatusCode.BadRequest), StringComparison.Ordinal);
            Assert.Contains(
                "no run r-0000000000",
                await RefusedAsync("/api/v1/runs/r-0000000000", 1, HttpStatusCode.NotFound),
                StringComparison.Ordinal
            );
            await worker.KillAsync();
            await coordinator.UntilAsync<WorkerListView>("/api/v1/workers", w => w.Workers.All(x => x.State == "lost"));
            Assert.Contains("fingerprint f", await RefusedAsync(run, 1, HttpStatusCode.Conflict), StringComparison.Ordinal);
        }
    }

    private async Task<string> TrainedAsync()
    {
        await IdleAsync();
        var response = await coordinator.Http.PostAsync("/api/v1/runs", new StringContent(Spec));
        var run = (await response.Content.ReadFromJsonAsync<SubmittedView>(RunSpecJson.Options))!.Location;
        await coordinator.UntilAsync<RunView>(run, r => r.Phase == RunPhase.Completed);
        await IdleAsync();
        return run;
    }

    private Task IdleAsync() => coordinator.UntilAsync<WorkerListView>("/api/v1/workers", w => w.Workers.Any(x => x.State == "idle"));

    private Task<HttpResponseMessage> AskAsync(string run, long step) =>
        coordinator.Http.PostAsJsonAsync($"{run}/verifications", new VerificationRequest(step), RunSpecJson.Options);

    private Task<VerificationView> DoneAsync(string run, long step) =>
        coordinator.UntilAsync<VerificationView>($"{run}/verifications/{step}", v => v.Phase == ErrandPhase.Done);

    private async Task<string> RefusedAsync(string run, long step, HttpStatusCode status)
    {
        var response = await AskAsync(run, step);
        Assert.Equal(status, response.StatusCode);
        return (await coordinator.ProblemAsync(response)).GetProperty("detail").GetString()!;
    }

    /// <summary>As somebody with the file at hand would.</summary>
    private void Tamper(string run, long step, Func<StepRow, StepRow> change)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(coordinator.Options.State, "rows.db")}");
        connection.Open();
        using var select = connection.CreateCommand();
        select.CommandText = "SELECT payload FROM step_rows WHERE run = @run AND step = @step";
        select.Parameters.AddWithValue("@run", run);
        select.Parameters.AddWithValue("@step", step);
        var row = MessagePackSerializer.Deserialize<StepRow>((byte[])select.ExecuteScalar()!);
        using var update = connection.CreateCommand();
        update.CommandText = "UPDATE step_rows SET payload = @payload WHERE run = @run AND step = @step";
        update.Parameters.AddWithValue("@run", run);
        update.Parameters.AddWithValue("@step", step);
        update.Parameters.AddWithValue("@payload", MessagePackSerializer.Serialize(change(row)));
        Assert.Equal(1, update.ExecuteNonQuery());
    }
}
