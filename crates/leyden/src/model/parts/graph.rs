//! Which members of a part are neighbours.

/// A graph on the members of a part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Graph {
    /// (1, 2), (2, 3), ..
    #[default]
    Chain,
    /// The same with (n, 1), which closes it.
    Ring,
    /// All pairs i < j.
    Complete,
    /// (1, 2), (1, 3), .. around the first member.
    Star,
    /// These pairs, members from 0.
    Edges(Vec<(usize, usize)>),
}

impl Graph {
    /// Its edges among `count` members, which count from 0.
    pub fn edges(&self, count: usize) -> Vec<(usize, usize)> {
        let chain = || (1..count).map(|i| (i - 1, i));
        match self {
            Graph::Chain => chain().collect(),
            // Two members have one edge, one member none.
            Graph::Ring => chain().chain((count > 2).then(|| (count - 1, 0))).collect(),
            Graph::Complete => (0..count).flat_map(|i| (i + 1..count).map(move |j| (i, j))).collect(),
            Graph::Star => (1..count).map(|i| (0, i)).collect(),
            Graph::Edges(edges) => edges.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graphs_have_their_edges() {
        assert_eq!(Graph::Chain.edges(3), [(0, 1), (1, 2)]);
        assert_eq!(Graph::Ring.edges(3), [(0, 1), (1, 2), (2, 0)]);
        assert_eq!(Graph::Ring.edges(2), [(0, 1)]);
        assert_eq!(Graph::Complete.edges(3), [(0, 1), (0, 2), (1, 2)]);
        assert_eq!(Graph::Star.edges(4), [(0, 1), (0, 2), (0, 3)]);
        assert!(
            [Graph::Chain, Graph::Ring, Graph::Complete, Graph::Star].iter().all(|g| g.edges(1).is_empty())
        );
    }
}
