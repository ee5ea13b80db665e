//! The rows of a watch in columns: what a search sweeps, and what of it a path has left.
//!
//! Rows with the same marks and signs form a group, by rising safe distance, in blocks of [`BLOCK`]. A block is swept if
//! its first row can have been reached, some row of it is still the opening's, and the smallest slack that its extreme
//! slopes allow is used up: in a group whose marks offset each other (a short with coins as collateral) most are not.

use super::Row;
use crate::id::AccountId;
use std::ops::Range;

/// Rows in a block: few enough that one hit costs little, enough to fill the processor's lanes.
const BLOCK: usize = 64;

/// Relative rounding of a bound, with room to spare.
const ROUNDING: f64 = 1e-9;

pub(super) const NO_ROW: u32 = u32::MAX;

/// Rows, group after group; each group is filled up to whole blocks with rows that nothing reaches.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    groups: Vec<Group>,
    accounts: Vec<AccountId>,
    constants: Vec<f64>,
    /// Safe distance of the first row of each block.
    nearest: Vec<f64>,
    /// Rows of each block that are no filling.
    filled: Vec<u32>,
    /// Row of each account, or [`NO_ROW`].
    row_of: Vec<u32>,
}

/// Rows that depend on the same marks with the same signs, by rising safe distance.
#[derive(Clone, Debug)]
struct Group {
    /// Mark and whether the slack rises with it.
    marks: Vec<(usize, bool)>,
    blocks: Range<usize>,
    /// Slopes by mark, in the order of `marks`, from the first block of the group on.
    slopes: Vec<Vec<f64>>,
    /// By block and mark: least and largest slope per unit of what the mark was worth, over the reach of the row.
    extremes: Vec<(f64, f64)>,
}

/// What a path has left of the columns.
#[derive(Clone, Debug, Default)]
pub(super) struct Left {
    /// Constants; infinite for rows that no longer hold.
    constants: Vec<f64>,
    /// Rows of each block that still hold.
    rows: Vec<u32>,
}

/// A row and its place among the rows.
pub(super) struct Placed {
    marks: Vec<(usize, bool)>,
    distance: f64,
    reach: f64,
    account: AccountId,
    row: Row,
}

impl Placed {
    /// Places a row at marks.
    pub(super) fn new(account: AccountId, row: Row, base: &[f64]) -> Self {
        let reach: f64 = row.slopes.iter().map(|(mark, slope)| slope.abs() * base[*mark]).sum();
        let distance = if reach > 0.0 { row.at(base) / reach } else { f64::INFINITY };
        let marks = row.slopes.iter().map(|(mark, slope)| (*mark, *slope > 0.0)).collect();
        Self { marks, distance, reach, account, row }
    }
}

impl Columns {
    /// The columns of rows of some of that many accounts, placed at `base`.
    pub(super) fn new(mut rows: Vec<Placed>, base: &[f64], accounts: usize) -> Self {
        let by_distance = |a: &Placed, b: &Placed| a.distance.total_cmp(&b.distance).then(a.account.cmp(&b.account));
        rows.sort_by(|a, b| a.marks.cmp(&b.marks).then_with(|| by_distance(a, b)));
        let mut columns = Self { row_of: vec![NO_ROW; accounts], ..Self::default() };
        for group in rows.chunk_by(|a, b| a.marks == b.marks) {
            columns.add(group, base);
        }
        columns
    }

    fn add(&mut self, rows: &[Placed], base: &[f64]) {
        let (marks, first) = (rows[0].marks.clone(), self.nearest.len());
        let mut slopes = vec![Vec::new(); marks.len()];
        let mut extremes = Vec::new();
        for block in rows.chunks(BLOCK) {
            self.nearest.push(block[0].distance);
            self.filled.push(block.len() as u32);
            for row in block {
                self.row_of[row.account.index()] = self.accounts.len() as u32;
                self.accounts.push(row.account);
                self.constants.push(row.row.constant);
            }
            self.accounts.resize(self.nearest.len() * BLOCK, AccountId(0));
            self.constants.resize(self.nearest.len() * BLOCK, f64::INFINITY);
            for (i, slopes) in slopes.iter_mut().enumerate() {
                slopes.extend(block.iter().map(|row| row.row.slopes[i].1));
                slopes.resize((self.nearest.len() - first) * BLOCK, 0.0);
                let weight = |row: &Placed| row.row.slopes[i].1 * base[marks[i].0] / row.reach;
                let widen = |(low, high): (f64, f64), x: f64| (low.min(x), high.max(x));
                extremes.push(block.iter().map(weight).fold((f64::INFINITY, f64::NEG_INFINITY), widen));
            }
        }
        self.groups.push(Group { marks, blocks: first..self.nearest.len(), slopes, extremes });
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.filled.iter().map(|rows| *rows as usize).sum()
    }

    /// Sweeps every row and visits those whose bound is not above zero.
    pub(super) fn sweep_all(&self, marks: &[f64], mut visit: impl FnMut(AccountId)) {
        for group in &self.groups {
            for block in group.blocks.clone() {
                group.sweep(block, &self.constants, marks, |row| visit(self.accounts[row]));
            }
        }
    }

    /// Visits the accounts whose rows a path has left and whose bound is not above zero; `base` are the marks at which rows
    /// were placed.
    pub(super) fn sweep(&self, left: &Left, base: &[f64], marks: &[f64], mut visit: impl FnMut(AccountId)) {
        for group in &self.groups {
            let distance = group.distance(base, marks);
            for block in group.blocks.clone() {
                if self.nearest[block] > distance {
                    break;
                }
                // Where a mark that was worth nothing makes the bound no number, the block is swept.
                let is_clear = left.rows[block] == 0 || group.least(block, self.nearest[block], base, marks) > 0.0;
                if !is_clear {
                    group.sweep(block, &left.constants, marks, |row| visit(self.accounts[row]));
                }
            }
        }
    }
}

impl Group {
    /// Safe distance that the marks can have used up.
    fn distance(&self, base: &[f64], marks: &[f64]) -> f64 {
        let harm = |&(mark, rises): &(usize, bool)| {
            let moved = marks[mark] / base[mark] - 1.0;
            if rises { -moved } else { moved }
        };
        self.marks.iter().map(harm).fold(0.0, f64::max) * (1.0 + ROUNDING) + 1e-12
    }

    /// A lower bound of the slack of a block's rows, over their reach.
    fn least(&self, block: usize, nearest: f64, base: &[f64], marks: &[f64]) -> f64 {
        let at = (block - self.blocks.start) * self.marks.len();
        let mut least = nearest - 1e-12;
        for ((mark, _), (low, high)) in self.marks.iter().zip(&self.extremes[at..]) {
            let moved = marks[*mark] / base[*mark] - 1.0;
            least += (low * moved).min(high * moved) - ROUNDING * moved.abs();
        }
        least
    }

    /// Visits the rows of a block whose bound is not above zero.
    fn sweep(&self, block: usize, constants: &[f64], marks: &[f64], mut visit: impl FnMut(usize)) {
        let (row, own) = (block * BLOCK, (block - self.blocks.start) * BLOCK);
        let mut slack = [0.0; BLOCK];
        slack.copy_from_slice(&constants[row..row + BLOCK]);
        for ((mark, _), slopes) in self.marks.iter().zip(&self.slopes) {
            add_scaled(&mut slack, &slopes[own..own + BLOCK], marks[*mark]);
        }
        if lowest(&slack) <= 0.0 {
            for (i, _) in slack.iter().enumerate().filter(|(_, slack)| **slack <= 0.0) {
                visit(row + i);
            }
        }
    }
}

impl Left {
    /// All rows hold.
    pub(super) fn reset(&mut self, columns: &Columns) {
        self.constants.clone_from(&columns.constants);
        self.rows.clone_from(&columns.filled);
    }

    /// The row of an account, if it has one, no longer holds.
    pub(super) fn retire(&mut self, columns: &Columns, account: AccountId) {
        let row = columns.row_of[account.index()] as usize;
        if let Some(constant) = self.constants.get_mut(row).filter(|constant| **constant != f64::INFINITY) {
            *constant = f64::INFINITY;
            self.rows[row / BLOCK] -= 1;
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f", "x86_64+avx2", "aarch64+neon"))]
fn add_scaled(slack: &mut [f64], slopes: &[f64], mark: f64) {
    for (slack, slope) in slack.iter_mut().zip(slopes) {
        *slack += slope * mark;
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f", "x86_64+avx2", "aarch64+neon"))]
fn lowest(slack: &[f64]) -> f64 {
    let mut lanes = [f64::INFINITY; 8];
    let chunks = slack.chunks_exact(8);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane = if *x < *lane { *x } else { *lane };
        }
    }
    lanes.iter().chain(rest).fold(f64::INFINITY, |low, x| if *x < low { *x } else { low })
}
