using Orchestrator.Worker.Commands;

return args switch
{
    ["train", .. var words] => new TrainCommand(Console.Out, Console.Error).Run(words),
    ["data", .. var words] => new DataCommand(Console.Out, Console.Error).Run(words),
    ["checkpoint", .. var words] => CheckpointCommand.Run(words, Console.Out, Console.Error),
    _ => await WorkerCommand.RunAsync(args),
};
