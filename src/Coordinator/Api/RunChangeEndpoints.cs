using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text;
using Orchestrator.Coordinator.Access;
using Orchestrator.Coordinator.Api.Reference;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Api;

/// <summary>What is asked of a run that was submitted, under /api/v1/runs/{id} (docs/api.md).</summary>
public static class RunChangeEndpoints
{
    private const string UserMeaning = "Who asks, where no tokens are asked for; with them it is the token's user.";

    private static readonly IResult OfAnother = AccessProblems.OfAnother(
        $"Run {ApiExamples.RunName} is of project vision; this token is for speech."
    );

    public static void MapRunChangeEndpoints(this IEndpointRouteBuilder api)
    {
        api.MapPatch("/runs/{id}", ChangeAsync)
            .ChangesRun()
            .Operation(
                ApiTags.Runs,
                "changeRun",
                "Change a run's priority, bounds, labels or note",
                "What is left out stays; a label that is null is removed. It is in the journal before the answer, takes effect while the run trains, and shows in no bits. Of a run that has ended only labels and note can be changed."
            )
            .TakesDocument(
                "What is to change, YAML or JSON.",
                "priority: 5\nworkers: { min: 1, max: 4 }\nlabels: { team: vision, old: null }\nnote: for the deadline\n",
                ApiExamples.Change
            )
            .Answers(ApiExamples.Run, "The run, with what holds now.")
            .Refuses(
                Problems.BadChange([
                    new SpecError("workers.max", "9", "must not be above batch.shards, 8: a worker needs a shard of its own"),
                ]),
                Problems.BadUser(),
                OfAnother,
                Problems.NotAsTheRunStands($"Run {ApiExamples.RunName} has ended (canceled): only its labels and its note can be changed.")
            );
        MapVerb(
            api,
            "pause",
            "Pause a run",
            "Its state goes into a checkpoint, then its workers are free, and it wants none until it is resumed. A queued run stays in the queue and wants nothing.",
            ApiExamples.PausingRun,
            by => new PauseAsked(by)
        );
        MapVerb(
            api,
            "resume",
            "Let a paused run go on",
            "It goes on with the same bits once it has workers.",
            ApiExamples.Run,
            by => new ResumeAsked(by)
        );
        MapVerb(
            api,
            "cancel",
            "Cancel a run",
            "Its state goes into a checkpoint first. It is in the journal before the answer; the end follows.",
            ApiExamples.CanceledRun,
            by => new CancelAsked(by)
        );
        MapVerb(
            api,
            "kill",
            "End a run at once",
            "At the newest checkpoint that there is. It is in the journal before the answer; the end follows.",
            ApiExamples.CanceledRun,
            by => new KillAsked(by)
        );
        MapVerb(
            api,
            "retry",
            "Let a run that failed or was canceled go on",
            "From its newest checkpoint, with the same bits.",
            ApiExamples.Run,
            by => new RetryAsked(by)
        );
    }

    private static void MapVerb(
        IEndpointRouteBuilder api,
        string verb,
        string summary,
        string description,
        RunView example,
        Func<string, RunAsked> ask
    ) =>
        api.MapPost(
                $"/runs/{{id}}/{verb}",
                async (
                    string id,
                    Caller caller,
                    RunDesk desk,
                    CancellationToken cancellation,
                    [Description(UserMeaning)] [RegularExpression(RunOwner.NamePattern)] string? user = null
                ) =>
                    caller.Acts(user) is { } by
                        ? await desk.AskAsync(id, ask(by), run => Results.Accepted($"/api/v1/runs/{id}", run), cancellation)
                        : Problems.BadUser()
            )
            .ChangesRun()
            .Operation(ApiTags.Runs, $"{verb}Run", summary, description)
            .Answers(example, "The run as it stands then.", StatusCodes.Status202Accepted)
            .WithAnswerHeader(StatusCodes.Status202Accepted, "Location", "The run's address.")
            .Refuses(Problems.BadUser(), OfAnother, Problems.NotAsTheRunStands($"Run {ApiExamples.RunName} cannot do that as it stands."));

    private static async Task<IResult> ChangeAsync(
        string id,
        HttpRequest request,
        Caller caller,
        RunDesk desk,
        CancellationToken cancellation,
        [Description(UserMeaning)] [RegularExpression(RunOwner.NamePattern)] string? user = null
    )
    {
        if (caller.Acts(user) is not { } by)
        {
            return Problems.BadUser();
        }

        if (await RequestBody.ReadAsync(request, cancellation) is not { } body)
        {
            return Problems.TooLong();
        }

        var parsed = RunChangeParser.Parse(Encoding.UTF8.GetString(body));
        return parsed.Change is { } change
            ? await desk.AskAsync(id, new ChangeAsked(by, change), Results.Ok, cancellation)
            : Problems.BadChange(parsed.Errors);
    }
}
