using Akka.Actor;
using Mailroom.Members;
using Mailroom.Pools;

namespace Mailroom.Nodes;

/// <remarks>
/// What is asked of single nodes: whether there is one that a job wishes for, what they have logged, and whether they have their next
/// certificate.
/// </remarks>
internal sealed partial class GateActor
{
    // So many are named to whoever wishes for another.
    private const int Named = 20;

    /// <summary>The own nodes, those too that start only when a job comes.</summary>
    private IEnumerable<Site> OwnSites =>
        _nodes
            .Values.Where(seat => seat.Own && !seat.IsRetired)
            .Select(seat => seat.Report.Name)
            .Concat(FreeNames.Take(Math.Max(0, _settings.Nodes - _retired - _own)))
            .Select(name => new Site(name, _settings.Labels, IsHere: true));

    /// <summary>Names for own nodes that are to come.</summary>
    private IEnumerable<string> FreeNames =>
        Enumerable.Range(_own + 1, 2 * MaxNodes).Select(number => $"node-{number}").Where(name => !_nodes.ContainsKey(name));

    private void OnFind(Gate.Find find)
    {
        var joined = _nodes.Values.Where(seat => !seat.Own).Select(seat => seat.Report.Site);
        var away = find.Members.Where(site => !_nodes.ContainsKey(site.Node));
        var sites = OwnSites.Concat(joined).Concat(away).ToList();
        object answer = sites.Any(find.Where.Allows) ? new Gate.Found() : new Gate.NotFound(NoneOf(find.Where, sites));
        Sender.Tell(answer);
    }

    private void OnFetchLogs(Gate.FetchLogs fetch)
    {
        if (_nodes.TryGetValue(fetch.Name, out var seat))
            seat.Keeper.Forward(new FarLogs.Fetch());
        else
            Sender.Tell(FarLogs.Fetched.Now);
    }

    private void OnOutdated(Membership.Outdated outdated)
    {
        foreach (var seat in _nodes.Values.Where(seat => !seat.Own))
            seat.Keeper.Tell(outdated);
    }

    private static string NoneOf(Placement where, List<Site> sites) =>
        $"there is no {where.Text[2..]}; "
        + (
            sites.Count == 0
                ? "there are no nodes"
                : "there are "
                    + string.Join(", ", sites.Take(Named).Select(Shown))
                    + (sites.Count > Named ? $" and {sites.Count - Named} more" : "")
        );

    private static string Shown(Site site) =>
        site.Node + (site.Labels.Count > 0 ? $" ({string.Join(", ", site.Labels)})" : "") + (site.IsHere ? "" : " elsewhere");

    private void OnAdd(Gate.Add add)
    {
        _retired = Math.Max(0, _retired - add.Count);
        StartOwn(_own + add.Count);
        Sender.Tell(Listed());
    }

    private void OnRetire(Gate.Retire retire)
    {
        if (!_nodes.TryGetValue(retire.Name, out var seat))
        {
            Sender.Tell(new Gate.Unknown([.. _nodes.Keys]));
            return;
        }
        if (seat.Own && !seat.IsRetired)
            _retired++;
        seat.IsRetired = true;
        seat.Keeper.Tell(new Keeper.Leave(retire.Now));
        Note(seat, seat.Report with { State = NodeState.Draining, Since = _time.GetUtcNow() });
        Sender.Tell(new Gate.Retired(retire.Name));
    }
}
