using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Orchestrator.Worker.Tests")]
