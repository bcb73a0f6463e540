using Orchestrator.Worker.Commands;

return args switch
{
    ["train", .. var words] => new TrainCommand(Console.Out, Console.Error).Run(words),
    ["data", .. var words] => new DataCommand(Console.Out, Console.Error).Run(words),
    ["checkpoint", .. var words] => CheckpointCommand.Run(words, Console.Out, Console.Error),
    ["verify", .. var words] => new VerifyCommand(Console.Out, Console.Error).Run(words),
    _ => await WorkerCommand.RunAsync(args),
};
