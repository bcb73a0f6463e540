using Xunit.Sdk;
using Xunit.v3;

// Gangs are threads already, and one test counts the process's threads.
[assembly: Parallelization(Mode = ParallelMode.None)]
