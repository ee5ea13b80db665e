//! Strongly connected components of who holds whose claims.

/// A visit to a holder that is under way.
struct Visit {
    node: usize,
    /// Its next holding to look at.
    next: usize,
}

/// Issuers component by component, each component after those whose claims it holds; and where components begin, with the
/// end. Holdings of holder i stand at `starts[i]..starts[i + 1]`. Linear in holdings (Tarjan, "Depth-first search and
/// linear graph algorithms", 1972), with a stack of its own: chains may be long.
pub(super) fn components(starts: &[usize], holdings: &[(usize, f64)]) -> (Vec<usize>, Vec<usize>) {
    const UNSEEN: usize = usize::MAX;
    let count = starts.len() - 1;
    let (mut order, mut bounds) = (Vec::with_capacity(count), vec![0]);
    // Number of each node in the order of first visits, and the least number it is known to reach among nodes still open.
    let (mut number, mut reach, mut open) = (vec![UNSEEN; count], vec![UNSEEN; count], vec![false; count]);
    let (mut waiting, mut visits, mut seen) = (Vec::new(), Vec::new(), 0);
    for root in 0..count {
        if number[root] != UNSEEN {
            continue;
        }
        let mut enter = Some(root);
        loop {
            if let Some(node) = enter.take() {
                (number[node], reach[node], open[node]) = (seen, seen, true);
                seen += 1;
                waiting.push(node);
                visits.push(Visit { node, next: starts[node] });
            }
            let Some(visit) = visits.last_mut() else { break };
            let node = visit.node;
            if visit.next < starts[node + 1] {
                let to = holdings[visit.next].0;
                visit.next += 1;
                if number[to] == UNSEEN {
                    enter = Some(to);
                } else if open[to] {
                    reach[node] = reach[node].min(number[to]);
                }
                continue;
            }
            visits.pop();
            if let Some(before) = visits.last() {
                reach[before.node] = reach[before.node].min(reach[node]);
            }
            if reach[node] == number[node] {
                let first = waiting.iter().rposition(|&w| w == node).expect("an open node waits");
                waiting[first..].iter().for_each(|&member| open[member] = false);
                order.extend(waiting.drain(first..));
                bounds.push(order.len());
            }
        }
    }
    (order, bounds)
}
