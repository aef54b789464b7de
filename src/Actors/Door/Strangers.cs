using System.Net.Sockets;

namespace Mailroom.Door;

/// <summary>
/// Connections that have not shown a certificate yet. Of too many the one that has waited longest makes room for another.
/// </summary>
internal sealed class Strangers
{
    private const int Most = 64;

    private readonly LinkedList<Socket> _all = new();

    public LinkedListNode<Socket> Enter(Socket socket)
    {
        Socket? oldest = null;
        LinkedListNode<Socket> place;
        lock (_all)
        {
            if (_all.Count >= Most)
            {
                oldest = _all.First!.Value;
                _all.RemoveFirst();
            }
            place = _all.AddLast(socket);
        }
        oldest?.Dispose();
        return place;
    }

    public void Leave(LinkedListNode<Socket> place)
    {
        lock (_all)
        {
            if (place.List is not null)
                _all.Remove(place);
        }
    }
}
