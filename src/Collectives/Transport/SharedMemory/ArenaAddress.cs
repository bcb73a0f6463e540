using System.Globalization;

namespace Orchestrator.Collectives.Transport.SharedMemory;

/// <summary>Where another process of the host finds an arena: among the open files of its owner. Written PID/DESCRIPTOR/NAME.</summary>
/// <param name="Process">Id of the owner, as the owner sees it.</param>
/// <param name="Descriptor">Its number of the file.</param>
/// <param name="Name">Of the file, random: another file of that number has another name.</param>
internal readonly record struct ArenaAddress(int Process, int Descriptor, string Name)
{
    /// <summary>Most characters of an address.</summary>
    public const int MaxLength = 80;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Process}/{Descriptor}/{Name}");

    /// <summary>Null where the text is no address.</summary>
    public static ArenaAddress? Parse(string text) =>
        text.Split('/') is [var process, var descriptor, var name]
        && int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out int id)
        && int.TryParse(descriptor, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        && SharedSegment.IsName(name)
            ? new ArenaAddress(id, number, name)
            : null;
}
