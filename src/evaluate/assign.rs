//! Maximum weight bipartite matching: the Hungarian algorithm (Kuhn 1955; Munkres 1957).
//!
//! Input: weighted pairs of a row and a column. Output: the greatest_sum sum of weights over
//! one-to-one assignments. Cost: cubic in the largest connected component of the pairs, as each
//! component is solved by itself.

use std::collections::BTreeMap;

/// A weighted pair: row, column, weight.
type WeightedCell = (usize, usize, f64);

/// Greatest sum of weights without using a row or a column twice (assignment problem). Unlisted
/// pairs have weight 0.
pub(super) fn greatest_sum(weights: &[WeightedCell]) -> f64 {
    components(weights)
        .iter()
        .map(|component| hungarian(&dense(component)))
        .sum()
}

/// Connected components of the pairs.
fn components(weights: &[WeightedCell]) -> Vec<Vec<WeightedCell>> {
    let mut columns: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut rows: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (edge, &(row, column, _)) in weights.iter().enumerate() {
        rows.entry(row).or_default().push(edge);
        columns.entry(column).or_default().push(edge);
    }
    let mut seen = vec![false; weights.len()];
    let mut components = Vec::new();
    for start in 0..weights.len() {
        let mut component = Vec::new();
        let mut open = vec![start];
        while let Some(edge) = open.pop() {
            if !std::mem::replace(&mut seen[edge], true) {
                let (row, column, _) = weights[edge];
                component.push(weights[edge]);
                open.extend(rows[&row].iter().chain(&columns[&column]));
            }
        }
        if !component.is_empty() {
            components.push(component);
        }
    }
    components
}

/// Dense matrix of a component, transposed if rows outnumber columns.
fn dense(component: &[WeightedCell]) -> Vec<Vec<f64>> {
    let rows = sorted_distinct(component.iter().map(|edge| edge.0));
    let columns = sorted_distinct(component.iter().map(|edge| edge.1));
    let is_wide = rows.len() <= columns.len();
    let (height, width) = if is_wide {
        (rows.len(), columns.len())
    } else {
        (columns.len(), rows.len())
    };
    let mut matrix = vec![vec![0.0; width]; height];
    for &(row, column, weight) in component {
        let row = rows.partition_point(|&smaller| smaller < row);
        let column = columns.partition_point(|&smaller| smaller < column);
        if is_wide {
            matrix[row][column] = weight;
        } else {
            matrix[column][row] = weight;
        }
    }
    matrix
}

fn sorted_distinct(values: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut values: Vec<usize> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// Shortest augmenting paths with potentials, one row at a time, in `O(rows^2 * columns)`. The
/// weights are negated to minimize.
fn hungarian(matrix: &[Vec<f64>]) -> f64 {
    let columns = matrix.first().map_or(0, Vec::len);
    let (mut row_price, mut column_price) = (vec![0.0; matrix.len()], vec![0.0; columns + 1]);
    // The row assigned to each column. Column `columns` is virtual: the start of every path.
    let mut owner = vec![usize::MAX; columns + 1];
    for start in 0..matrix.len() {
        owner[columns] = start;
        let mut distance = vec![f64::INFINITY; columns];
        let mut before = vec![columns; columns];
        let mut done = vec![false; columns + 1];
        let mut at = columns;
        while owner[at] != usize::MAX {
            done[at] = true;
            let row = owner[at];
            let (mut step, mut next) = (f64::INFINITY, at);
            for column in (0..columns).filter(|&column| !done[column]) {
                let reduced = -matrix[row][column] - row_price[row] - column_price[column];
                if reduced < distance[column] {
                    (distance[column], before[column]) = (reduced, at);
                }
                if distance[column] < step {
                    (step, next) = (distance[column], column);
                }
            }
            for column in 0..=columns {
                if done[column] {
                    row_price[owner[column]] += step;
                    column_price[column] -= step;
                } else {
                    distance[column] -= step;
                }
            }
            at = next;
        }
        while at != columns {
            owner[at] = owner[before[at]];
            at = before[at];
        }
    }
    (0..columns)
        .filter(|&column| owner[column] != usize::MAX)
        .map(|column| matrix[owner[column]][column])
        .sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn exhaustive_sum(weights: &[(usize, usize, f64)], row: usize, used: &mut Vec<usize>) -> f64 {
        if row > 4 {
            return 0.0;
        }
        let mut best = exhaustive_sum(weights, row + 1, used);
        for &(_, column, weight) in weights.iter().filter(|edge| edge.0 == row) {
            if !used.contains(&column) {
                used.push(column);
                best = best.max(weight + exhaustive_sum(weights, row + 1, used));
                used.pop();
            }
        }
        best
    }

    proptest! {
        #[test]
        fn the_sum_is_that_of_an_exhaustive_search(
            cells in proptest::collection::btree_map((0usize..5, 0usize..6), 0.01f64..1.0, 0..20),
        ) {
            let weights: Vec<_> = cells.into_iter().map(|((row, column), weight)| (row, column, weight)).collect();
            prop_assert!((greatest_sum(&weights) - exhaustive_sum(&weights, 0, &mut Vec::new())).abs() < 1e-9);
        }
    }
}
