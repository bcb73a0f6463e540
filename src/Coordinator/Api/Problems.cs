using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Api;

/// <summary>Errors of the API, as problem+json.</summary>
internal static class Problems
{
    public static IResult NoRun(string id) =>
        Results.Problem($"There is no run {id}.", statusCode: StatusCodes.Status404NotFound, title: "No such run");

    public static IResult NoWorker(string id) =>
        Results.Problem($"There is no worker {id}.", statusCode: StatusCodes.Status404NotFound, title: "No such worker");

    public static IResult NoArtifact(string id, string name) =>
        Results.Problem($"Run {id} has no artifact {name}.", statusCode: StatusCodes.Status404NotFound, title: "No such artifact");

    public static IResult NoToken(string id) =>
        Results.Problem($"There is no token {id}.", statusCode: StatusCodes.Status404NotFound, title: "No such token");

    public static IResult BadToken(string problem) =>
        Results.Problem(problem, statusCode: StatusCodes.Status400BadRequest, title: "Invalid token request");

    public static IResult BadSpec(IReadOnlyList<SpecError> errors) => Bad("spec", "run spec", errors);

    public static IResult BadSweep(IReadOnlyList<SpecError> errors) => Bad("sweep", "sweep", errors);

    public static IResult BadEvaluation(IReadOnlyList<SpecError> errors) => Bad("evaluation", "evaluation", errors);

    private static IResult Bad(string what, string title, IReadOnlyList<SpecError> errors) =>
        Results.Problem(
            $"The {what} has {errors.Count} error{(errors.Count == 1 ? "" : "s")}.",
            statusCode: StatusCodes.Status400BadRequest,
            title: $"Invalid {title}",
            extensions: new Dictionary<string, object?>(StringComparer.Ordinal) { ["errors"] = errors }
        );

    public static IResult BadChange(IReadOnlyList<SpecError> errors) => Bad("change", "change", errors);

    public static IResult BadUser() => BadQuery($"user: {RunOwner.NameRule}.");

    public static IResult LongKey() => BadQuery($"An Idempotency-Key has at most {SubmissionDesk.LongestKey} characters.");

    public static IResult NotAsTheRunStands(string problem) =>
        Results.Problem(problem, statusCode: StatusCodes.Status409Conflict, title: "Not as the run stands");

    public static IResult TooLong() =>
        Results.Problem(
            $"A spec has at most {RunSpecParser.MaxLength} bytes.",
            statusCode: StatusCodes.Status413PayloadTooLarge,
            title: "Spec too long"
        );

    public static IResult NoSweep(string id) =>
        Results.Problem($"There is no sweep {id}.", statusCode: StatusCodes.Status404NotFound, title: "No such sweep");

    public static IResult SweepEnded(string id, string? reason) =>
        Results.Problem($"Sweep {id} has ended: {reason}.", statusCode: StatusCodes.Status409Conflict, title: "Sweep has ended");

    public static IResult Conflict(string run) => KeyTaken($"run {run}");

    /// <param name="what">For which the key stands.</param>
    public static IResult KeyTaken(string what) =>
        Results.Problem(
            $"The Idempotency-Key was used for {what} with another body.",
            statusCode: StatusCodes.Status409Conflict,
            title: "Idempotency-Key already used"
        );

    public static IResult NotStepped(string id, long step, long steps) =>
        Results.Problem(
            steps == 0
                ? $"Run {id} has no step yet."
                : $"Run {id} has rows of steps 0 to {steps - 1} so far: step {step} cannot be verified yet.",
            statusCode: StatusCodes.Status409Conflict,
            title: "No such step yet"
        );

    public static IResult NoVerification(string id, long step) =>
        Results.Problem(
            $"Nobody has asked this coordinator to verify step {step} of run {id}.",
            statusCode: StatusCodes.Status404NotFound,
            title: "No such verification"
        );

    public static IResult NotVerifiable(string problem) =>
        Results.Problem(problem, statusCode: StatusCodes.Status409Conflict, title: "The step cannot be verified now");

    public static IResult NoCheckpoint(string id) =>
        Results.Problem(
            $"Run {id} has no checkpoint yet: an evaluation judges the newest one (checkpoint.everySteps).",
            statusCode: StatusCodes.Status409Conflict,
            title: "No checkpoint yet"
        );

    public static IResult NoEvaluation(string id, string key) =>
        Results.Problem(
            $"Nobody has asked this coordinator for the evaluation {key} of run {id}.",
            statusCode: StatusCodes.Status404NotFound,
            title: "No such evaluation"
        );

    public static IResult NotEvaluable(string problem) =>
        Results.Problem(problem, statusCode: StatusCodes.Status409Conflict, title: "The run cannot be evaluated now");

    public static IResult BadQuery(string problem) =>
        Results.Problem(problem, statusCode: StatusCodes.Status400BadRequest, title: "Invalid query");

    /// <summary>A stand-by's answer; the response says where to go in its Location.</summary>
    public static IResult Elsewhere(Uri active) =>
        Results.Problem(
            $"This coordinator stands by; the one at {active.GetLeftPart(UriPartial.Authority)} leads.",
            statusCode: StatusCodes.Status307TemporaryRedirect,
            title: "Another coordinator leads"
        );

    /// <summary>The head is starting, or moving from one coordinator to another.</summary>
    public static IResult NotReady() =>
        Results.Problem(
            "No head answers: the coordinator is starting, another one is about to take over, or the journal cannot be reached. Try again.",
            statusCode: StatusCodes.Status503ServiceUnavailable,
            title: "Not ready"
        );
}
