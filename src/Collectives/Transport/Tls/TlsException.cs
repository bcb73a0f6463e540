namespace Orchestrator.Collectives.Transport.Tls;

/// <summary>TLS does not stand, or has broken, and time does not cure it. The message is about the other side.</summary>
internal sealed class TlsException(string message, Exception? inner = null) : Exception(message, inner);
