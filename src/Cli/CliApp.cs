using Orchestrator.Cli.Api;
using Orchestrator.Cli.Certs;
using Orchestrator.Cli.Chaos;
using Orchestrator.Cli.Commands;
using Orchestrator.Cli.Demo;
using Orchestrator.Cli.Evaluations;
using Orchestrator.Cli.Output;
using Orchestrator.Cli.Studies;
using Orchestrator.Cli.Sweeps;
using Orchestrator.Cli.Tokens;
using Orchestrator.Client;
using Spectre.Console.Cli;

namespace Orchestrator.Cli;

/// <summary>The verbs, and how what they throw becomes an exit code and a message on standard error.</summary>
public static class CliApp
{
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, Terminal terminal, CancellationToken cancellation)
    {
        var app = new CommandApp();
        app.Configure(config =>
        {
            config.SetApplicationName("orchestrator");
            config.SetApplicationVersion(typeof(CliApp).Assembly.GetName().Version!.ToString(3));
            config.Settings.Registrar.RegisterInstance(terminal);
            config.ConfigureConsole(terminal.Console);
            config.UseStrictParsing();
            config.PropagateExceptions();
            config.CancellationExitCode(ExitCode.Interrupted);
            AddVerbs(config);
        });

        try
        {
            return await app.RunAsync(args, cancellation);
        }
        catch (CliException e)
        {
            terminal.WriteError(e.Message, e.Why, e.Next);
            return e.ExitCode;
        }
        catch (OrchestratorException e)
        {
            var told = e.Explained();
            terminal.WriteError(told.Message, told.Why, told.Next);
            return told.ExitCode;
        }
        catch (CommandAppException e)
        {
            terminal.WriteError(Explain(e.Message, args), [], "see orchestrator --help, or orchestrator VERB --help");
            return ExitCode.BadInput;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            terminal.WriteNotice("interrupted");
            return ExitCode.Interrupted;
        }
        catch (Exception e)
        {
            terminal.WriteError(
                "this is a fault of the program",
                [$"{e.GetType().Name}: {e.Message}", .. (e.StackTrace ?? "").Split('\n').Take(5)],
                null
            );
            return ExitCode.Failed;
        }
    }

    /// <summary>The parser names the type that it wanted and not the option; the user wants to know the option.</summary>
    private static string Explain(string message, IReadOnlyList<string> args)
    {
        if (message.Split('\'') is not ["Failed to convert ", var value, ..])
        {
            return message;
        }

        var at = args.ToList().FindIndex(a => a == value || a.EndsWith($"={value}", StringComparison.Ordinal));
        return at > 0 && args[at] == value
            ? $"{args[at - 1]} {value}: must be a whole number within its range"
            : $"{value}: must be a whole number within its range";
    }

    private static void AddVerbs(IConfigurator config)
    {
        config
            .AddCommand<DemoCommand>("demo")
            .WithDescription("Bring up a coordinator and workers on this machine, pretrain a sample, judge its encoder")
            .WithExample("demo", "--workers", "2", "--kill-at", "1200");
        config
            .AddCommand<SubmitCommand>("submit")
            .WithDescription("Submit a run spec")
            .WithExample("submit", "samples/gmml-fashion.yaml", "--wait");
        config.AddCommand<ListCommand>("list").WithDescription("List the runs");
        config.AddCommand<ShowCommand>("show").WithDescription("Show one run: members, generations, hashes, probes");
        config.AddCommand<WatchCommand>("watch").WithDescription("Follow a run until it ends");
        config
            .AddCommand<ChaosCommand>("chaos")
            .WithDescription("Disturb a live run whose workers are processes of this machine, by a seeded schedule")
            .WithExample("chaos", "r-0123456789", "--seed", "7", "--kills", "5");
        config.AddCommand<PauseCommand>("pause").WithDescription("Have a run write a checkpoint, give its workers back and wait");
        config.AddCommand<ResumeCommand>("resume").WithDescription("Let a paused run go on");
        config.AddCommand<CancelCommand>("cancel").WithDescription("End a run, with its state in a checkpoint");
        config.AddCommand<KillCommand>("kill").WithDescription("End a run at once, at its newest checkpoint");
        config.AddCommand<RetryCommand>("retry").WithDescription("Let a run that failed or was canceled go on from its newest checkpoint");
        config
            .AddCommand<CloneCommand>("clone")
            .WithDescription("Submit the spec of a run again, with other values of some fields")
            .WithExample("clone", "r-0trap2rce9", "--set", "optimizer.baseLearningRate=0.001", "--set", "seed=3");
        config
            .AddCommand<ScaleCommand>("scale")
            .WithDescription("Change the bounds and the priority of a run while it trains")
            .WithExample("scale", "r-0trap2rce9", "--max", "2", "--priority", "5");
        config
            .AddCommand<LabelCommand>("label")
            .WithDescription("Set and remove labels of a run")
            .WithExample("label", "r-0trap2rce9", "team=vision", "draft-");
        config.AddCommand<NoteCommand>("note").WithDescription("Write a note to a run");
        config
            .AddCommand<VerifyCommand>("verify")
            .WithDescription("Compute a step of a run again on one worker and compare it with what the run has told")
            .WithExample("verify", "r-0trap2rce9", "--step", "1200");
        config
            .AddCommand<EvaluateCommand>("evaluate")
            .WithDescription("Judge the newest checkpoint of a run on frozen features")
            .WithExample("evaluate", "r-0trap2rce9", "--protocol", "knn", "--protocol", "low-shot");
        config
            .AddCommand<CompareCommand>("compare")
            .WithDescription("Put the evaluations of runs side by side")
            .WithExample("compare", "r-0trap2rce9", "r-0trap4gey7", "--out", "runs.svg");
        config
            .AddCommand<CardCommand>("card")
            .WithDescription("Print the model card of a run with every evaluation of it")
            .WithExample("card", "r-0trap2rce9", "--out", "README.md");
        config.AddBranch(
            "study",
            study =>
            {
                study.SetDescription("Train and judge a grid of runs, and report how they compare");
                study
                    .AddCommand<LabelEfficientCommand>("label-efficient")
                    .WithDescription("Pretexts and ways to avoid collapse, from one spec of mim-clustering")
                    .WithExample("study", "label-efficient", "samples/mim-clustering-fashion.yaml", "--budget", "quick");
                study
                    .AddCommand<AblateCommand>("ablate")
                    .WithDescription("One spec with other values of some keys")
                    .WithExample("study", "ablate", "samples/gmml-fashion.yaml", "--vary", "options.corruption.fill=noise,zeros");
            }
        );
        config.AddBranch(
            "sweep",
            sweep =>
            {
                sweep.SetDescription("Have the coordinator train one spec with many values of its fields, and stop early what does badly");
                sweep
                    .AddCommand<SweepSubmitCommand>("submit")
                    .WithDescription("Submit a sweep: a grid, random draws, or successive halving (ASHA)")
                    .WithExample("sweep", "submit", "samples/sweep-fashion.yaml", "--wait");
                sweep.AddCommand<SweepListCommand>("list").WithDescription("List the sweeps");
                sweep
                    .AddCommand<SweepShowCommand>("show")
                    .WithDescription("Show one sweep: its trials, best first, and what was decided on each");
                sweep.AddCommand<SweepCancelCommand>("cancel").WithDescription("Cancel a sweep and the runs of it");
            }
        );
        config.AddBranch(
            "token",
            token =>
            {
                token.SetDescription("Make, list and revoke tokens of the coordinator's API (operators)");
                token
                    .AddCommand<TokenCreateCommand>("create")
                    .WithDescription("Make a token; it is shown once")
                    .WithExample("token", "create", "laptop", "--user", "ada", "--scope", "researcher", "--expires", "90d");
                token.AddCommand<TokenListCommand>("list").WithDescription("List the tokens");
                token.AddCommand<TokenRevokeCommand>("revoke").WithDescription("Refuse a token from now on");
            }
        );
        config.AddBranch(
            "certs",
            certs =>
            {
                certs.SetDescription("Make an authority and certificates for TLS between coordinators and workers");
                certs
                    .AddCommand<CertsInitCommand>("init")
                    .WithDescription("Make a development authority")
                    .WithExample("certs", "init", "certs");
                certs
                    .AddCommand<CertsIssueCommand>("issue")
                    .WithDescription("Make a certificate that it signs, for both sides of a connection")
                    .WithExample("certs", "issue", "certs", "--name", "worker-1", "--ip", "10.0.0.5");
                certs
                    .AddCommand<CertsShowCommand>("show")
                    .WithDescription("Show whose certificates a file has, who signed them, and until when they count")
                    .WithExample("certs", "show", "certs/worker-1.crt");
            }
        );
        config.AddCommand<WorkersCommand>("workers").WithDescription("List the workers");
        config.AddCommand<ReleaseCommand>("release").WithDescription("Let a worker that is kept out of runs be used again");
        config
            .AddCommand<ValidateCommand>("validate")
            .WithDescription("Check a run spec without a coordinator; print how its shards are cut");
    }
}
