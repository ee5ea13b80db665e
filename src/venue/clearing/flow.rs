//! Elimination without subtraction: what nodes pass on to each other, solved node by node.
//!
//! Of each unit that node j stands for, `flow(i, j)` goes to node i and `kept(j)` leaves the system; the sum of both is
//! the diagonal of column j. To eliminate a node, what came to it is passed on to those whom it pays, in their
//! proportions. All numbers are sums and products of what is not negative, so each result is accurate to a few units in its own
//! last place, even when nearly nothing leaves the system (Grassmann, Taksar and Heyman, 1985; Alfa, Xue and Ye,
//! "Accurate computation of the smallest eigenvalue of a diagonally dominant M-matrix", 2002).

pub(super) struct Flow {
    count: usize,
    /// Nodes eliminated: those at places 0..done.
    done: usize,
    /// Node at each place, and place of each node.
    nodes: Vec<usize>,
    places: Vec<usize>,
    /// By place, column by column: what the row receives of a unit of the column. Rows above `done` are as they were when
    /// their node was eliminated.
    edges: Vec<f64>,
    kept: Vec<f64>,
    pivot: Vec<f64>,
    /// By place, series by series: what is received from outside and from eliminated nodes.
    given: Vec<f64>,
}

impl Flow {
    /// Nodes that nothing connects yet, and of whose units `kept` leaves the system; `series` right-hand sides of zero.
    pub(super) fn new(kept: Vec<f64>, series: usize) -> Self {
        let count = kept.len();
        Self {
            count,
            done: 0,
            nodes: (0..count).collect(),
            places: (0..count).collect(),
            edges: vec![0.0; count * count],
            kept,
            pivot: vec![0.0; count],
            given: vec![0.0; count * series],
        }
    }

    /// Of each unit of `from`, `amount` more goes to `to`.
    pub(super) fn connect(&mut self, to: usize, from: usize, amount: f64) {
        self.edges[self.places[from] * self.count + self.places[to]] += amount;
    }

    /// Of each unit of `from`, `amount` more leaves the system.
    pub(super) fn keep(&mut self, from: usize, amount: f64) {
        self.kept[self.places[from]] += amount;
    }

    /// What `node` receives from outside in one series is `amount` more.
    pub(super) fn give(&mut self, node: usize, series: usize, amount: f64) {
        self.given[series * self.count + self.places[node]] += amount;
    }

    /// Of all that `node` receives, `left` remains; the rest leaves the system.
    pub(super) fn discount(&mut self, node: usize, left: f64) {
        let row = self.places[node];
        for column in self.done..self.count {
            let flow = &mut self.edges[column * self.count + row];
            self.kept[column] += *flow * (1.0 - left);
            *flow *= left;
        }
        self.given.chunks_exact_mut(self.count).for_each(|given| given[row] *= left);
    }

    /// Nodes not eliminated, and what each receives in the first series if all of them stand for one unit.
    pub(super) fn open(&self) -> impl Iterator<Item = (usize, f64)> {
        let mut received = self.given[self.done..self.count].to_vec();
        for column in self.edges.chunks_exact(self.count).skip(self.done) {
            received.iter_mut().zip(&column[self.done..]).for_each(|(sum, flow)| *sum += flow);
        }
        self.nodes[self.done..].iter().copied().zip(received)
    }

    fn bring(&mut self, node: usize, to: usize) {
        let from = self.places[node];
        if from == to {
            return;
        }
        let count = self.count;
        let (before, after) = self.edges.split_at_mut(from * count);
        before[to * count..(to + 1) * count].swap_with_slice(&mut after[..count]);
        self.edges.chunks_exact_mut(count).for_each(|column| column.swap(from, to));
        self.given.chunks_exact_mut(count).for_each(|given| given.swap(from, to));
        self.kept.swap(from, to);
        self.nodes.swap(from, to);
        self.places.swap(node, self.nodes[from]);
    }

    /// Passes on to the others what comes to `node`; what it sends to itself comes back and is passed on in turn.
    ///
    /// # Panics
    ///
    /// If nothing leaves `node`: the system has no solution, or many.
    pub(super) fn eliminate(&mut self, node: usize) {
        let (at, count) = (self.done, self.count);
        self.bring(node, at);
        let (head, tail) = self.edges.split_at_mut((at + 1) * count);
        let onward = &head[at * count + at + 1..];
        let pivot = self.kept[at] + onward.iter().sum::<f64>();
        assert!(pivot > 0.0, "node {node} of {count} keeps {} and passes nothing on", self.kept[at]);
        let (kept, above) = (self.kept[at], &mut self.kept[at + 1..]);
        for (column, kept_of) in tail.chunks_exact_mut(count).zip(above) {
            let share = column[at] / pivot;
            if share != 0.0 {
                column[at + 1..].iter_mut().zip(onward).for_each(|(to, flow)| *to += share * flow);
                *kept_of += share * kept;
            }
        }
        for given in self.given.chunks_exact_mut(count) {
            let share = given[at] / pivot;
            given[at + 1..].iter_mut().zip(onward).for_each(|(to, flow)| *to += share * flow);
        }
        self.pivot[at] = pivot;
        self.done += 1;
    }

    /// Units that each eliminated node stands for in one series, into `units`, which has those of the other nodes.
    pub(super) fn solve(&self, series: usize, units: &mut [f64]) {
        let count = self.count;
        let mut received = self.given[series * count..(series + 1) * count].to_vec();
        for at in (0..count).rev() {
            let node = self.nodes[at];
            if at < self.done {
                units[node] = received[at] / self.pivot[at];
            }
            let column = &self.edges[at * count..][..at.min(self.done)];
            received.iter_mut().zip(column).for_each(|(sum, flow)| *sum += units[node] * flow);
        }
    }
}
