//! The assignment of rows to columns with the greatest sum (Kuhn 1955; Munkres 1957), each part of
//! the overlap graph by itself, so that the cost is the cube of the largest part and not of all
//! groups.

use std::collections::BTreeMap;

/// The greatest sum of weights in which no row and no column is used twice; pairs that are not
/// listed weigh nothing.
pub(super) fn greatest(weights: &[(usize, usize, f64)]) -> f64 {
    parts(weights)
        .iter()
        .map(|part| hungarian(&dense(part)))
        .sum()
}

/// The weights by connected part.
fn parts(weights: &[(usize, usize, f64)]) -> Vec<Vec<(usize, usize, f64)>> {
    let mut columns: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut rows: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (edge, &(row, column, _)) in weights.iter().enumerate() {
        rows.entry(row).or_default().push(edge);
        columns.entry(column).or_default().push(edge);
    }
    let mut seen = vec![false; weights.len()];
    let mut parts = Vec::new();
    for start in 0..weights.len() {
        let mut part = Vec::new();
        let mut open = vec![start];
        while let Some(edge) = open.pop() {
            if !std::mem::replace(&mut seen[edge], true) {
                part.push(weights[edge]);
                open.extend(
                    rows[&weights[edge].0]
                        .iter()
                        .chain(&columns[&weights[edge].1]),
                );
            }
        }
        if !part.is_empty() {
            parts.push(part);
        }
    }
    parts
}

/// A matrix with no more rows than columns.
fn dense(part: &[(usize, usize, f64)]) -> Vec<Vec<f64>> {
    let number = |key: fn(&(usize, usize, f64)) -> usize| {
        let mut all: Vec<usize> = part.iter().map(key).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let (rows, columns) = (number(|edge| edge.0), number(|edge| edge.1));
    let place = |all: &[usize], key: usize| all.partition_point(|&other| other < key);
    let mut matrix = vec![vec![0.0; columns.len().max(rows.len())]; rows.len().min(columns.len())];
    for &(row, column, weight) in part {
        let (row, column) = (place(&rows, row), place(&columns, column));
        let (row, column) = if rows.len() <= columns.len() {
            (row, column)
        } else {
            (column, row)
        };
        matrix[row][column] = weight;
    }
    matrix
}

/// Shortest augmenting paths with potentials, a row at a time. O(rows^2 columns).
fn hungarian(matrix: &[Vec<f64>]) -> f64 {
    let columns = matrix.first().map_or(0, Vec::len);
    let (mut row_price, mut column_price) = (vec![0.0; matrix.len()], vec![0.0; columns + 1]);
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

    fn by_trying(weights: &[(usize, usize, f64)], row: usize, used: &mut Vec<usize>) -> f64 {
        if row > 4 {
            return 0.0;
        }
        let mut best = by_trying(weights, row + 1, used);
        for &(_, column, weight) in weights.iter().filter(|edge| edge.0 == row) {
            if !used.contains(&column) {
                used.push(column);
                best = best.max(weight + by_trying(weights, row + 1, used));
                used.pop();
            }
        }
        best
    }

    proptest! {
        #[test]
        fn the_sum_is_the_greatest(cells in proptest::collection::btree_map((0usize..5, 0usize..6), 0.01f64..1.0, 0..20)) {
            let weights: Vec<_> = cells.into_iter().map(|((row, column), weight)| (row, column, weight)).collect();
            prop_assert!((greatest(&weights) - by_trying(&weights, 0, &mut Vec::new())).abs() < 1e-9);
        }
    }
}
