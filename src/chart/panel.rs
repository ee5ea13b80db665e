//! A plot area with its two axes, and what is drawn into it. Titles of axes are set level, above the vertical axis
//! and below the horizontal one, where they are read without turning the page.

use super::axis::{Axis, Tick};
use super::figure::{Anchor, Figure, Point, Rect, Type};
use super::theme::{AXIS, Colour, GREY, GRID, INK, LABEL_SIZE, TICK_SIZE, WHITE, shorten, text_width};

/// Between a tick label and its axis.
const TICK_GAP: f64 = 7.0;
/// Between the lines of labels.
const LINE: f64 = 16.0;

/// A plot area with its axes.
#[derive(Clone, Debug)]
pub(super) struct Panel {
    outer: Rect,
    gutter: f64,
    margin: f64,
    heading: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    x_title: String,
    y_title: String,
}

impl Panel {
    /// A panel that fills `outer`, labels included.
    pub(super) fn new(outer: Rect, x: Axis, y: Axis) -> Self {
        let gutter = label_width(&y) + TICK_GAP;
        let empty = String::new;
        Self { outer, gutter, margin: 6.0, heading: empty(), x, y, x_title: empty(), y_title: empty() }
    }

    /// With a heading in bold above the plot.
    pub(super) fn heading(mut self, text: &str) -> Self {
        text.clone_into(&mut self.heading);
        self
    }

    /// With titles of the axes; an empty one takes no room.
    pub(super) fn titles(mut self, x: &str, y: &str) -> Self {
        x.clone_into(&mut self.x_title);
        y.clone_into(&mut self.y_title);
        self
    }

    /// With room for labels right of the plot.
    pub(super) fn margin(mut self, margin: f64) -> Self {
        self.margin = margin.max(6.0);
        self
    }

    /// With a gutter of this width for the labels left of the plot, so that panels line up.
    pub(super) fn gutter(mut self, gutter: f64) -> Self {
        self.gutter = gutter;
        self
    }

    /// Width that the labels of the vertical axis need.
    pub(super) fn needs_gutter(&self) -> f64 {
        label_width(&self.y) + TICK_GAP
    }

    /// The plot itself, without labels.
    pub(super) fn plot(&self) -> Rect {
        let above = if self.heading.is_empty() && self.y_title.is_empty() { 8.0 } else { 28.0 };
        let days = if self.x.ticks.iter().any(|tick| !tick.below.is_empty()) { LINE } else { 0.0 };
        let labels = if self.x.ticks.is_empty() { 4.0 } else { 19.0 };
        let below = labels + days + if self.x_title.is_empty() { 0.0 } else { 18.0 };
        Rect {
            left: self.outer.left + self.gutter,
            top: self.outer.top + above,
            right: self.outer.right - self.margin,
            bottom: self.outer.bottom - below,
        }
    }

    /// Where a pair of values lies.
    pub(super) fn at(&self, x: f64, y: f64) -> Point {
        let plot = self.plot();
        (plot.left + self.x.fraction(x) * plot.width(), plot.bottom - self.y.fraction(y) * plot.height())
    }

    /// Draws grid, axes, labels and titles; first, so that the data lies on top.
    pub(super) fn draw(&self, figure: &mut Figure) {
        let plot = self.plot();
        let mut free_above = f64::INFINITY;
        for tick in &self.y.ticks {
            let (_, y) = self.at(self.x.low, tick.at);
            figure.horizontal(plot.left, plot.right, y, GRID);
            if y > free_above {
                continue;
            }
            free_above = y - TICK_SIZE - 1.0;
            let set = Type::new(TICK_SIZE, GREY).anchored(Anchor::Right);
            figure.text(&tick.label, (plot.left - TICK_GAP, y + 0.36 * TICK_SIZE), set);
        }
        self.draw_horizontal_axis(figure, plot);
        self.draw_titles(figure, plot);
    }

    /// Vertical grid lines at the ticks of the horizontal axis.
    pub(super) fn draw_columns(&self, figure: &mut Figure) {
        let plot = self.plot();
        for tick in &self.x.ticks {
            figure.vertical(self.at(tick.at, self.y.low).0, plot.top, plot.bottom, GRID);
        }
    }

    fn draw_horizontal_axis(&self, figure: &mut Figure, plot: Rect) {
        figure.horizontal(plot.left, plot.right, plot.bottom, AXIS);
        let set = Type::new(TICK_SIZE, GREY).anchored(Anchor::Centre);
        let mut free_from = f64::NEG_INFINITY;
        for tick in &self.x.ticks {
            let (x, _) = self.at(tick.at, self.y.low);
            figure.vertical(x, plot.bottom, plot.bottom + 4.0, AXIS);
            let half = tick_width(tick) / 2.0;
            let centre = x.clamp(self.outer.left + half, (self.outer.right + 4.0 - half).max(self.outer.left + half));
            if centre - half < free_from {
                continue;
            }
            free_from = centre + half + 5.0;
            figure.text(&tick.label, (centre, plot.bottom + LINE + 1.0), set);
            figure.text(&tick.below, (centre, plot.bottom + 2.0 * LINE), set);
        }
    }

    fn draw_titles(&self, figure: &mut Figure, plot: Rect) {
        let baseline = plot.top - 14.0;
        let mut left = self.outer.left;
        if !self.heading.is_empty() {
            let heading = shorten(&self.heading, LABEL_SIZE, true, self.outer.width());
            figure.text(&heading, (left, baseline), Type::new(LABEL_SIZE, INK).bold());
            left += text_width(&heading, LABEL_SIZE, true) + 8.0;
        }
        if left < self.outer.right - 20.0 {
            let y_title = shorten(&self.y_title, LABEL_SIZE, false, self.outer.right - left);
            figure.text(&y_title, (left, baseline), Type::new(LABEL_SIZE, GREY));
        }
        let centre = f64::midpoint(plot.left, plot.right);
        let set = Type::new(LABEL_SIZE, GREY).anchored(Anchor::Centre);
        let x_title = shorten(&self.x_title, LABEL_SIZE, false, plot.width());
        figure.text(&x_title, (centre, self.outer.bottom - 2.0), set);
    }

    /// A line through pairs of values; where a value is missing the line breaks.
    pub(super) fn line(&self, figure: &mut Figure, xs: &[f64], ys: &[f64], colour: Colour, width: f64) {
        for points in self.pieces(xs, ys) {
            figure.line(points, colour, width);
        }
    }

    /// A dashed line through pairs of values.
    pub(super) fn dashes(&self, figure: &mut Figure, xs: &[f64], ys: &[f64], colour: Colour, width: f64) {
        for points in self.pieces(xs, ys) {
            figure.dashes(&points, colour, width, (5.0, 3.5));
        }
    }

    fn pieces(&self, xs: &[f64], ys: &[f64]) -> Vec<Vec<Point>> {
        let mut pieces = vec![Vec::new()];
        for (x, y) in xs.iter().zip(ys) {
            if !y.is_finite() || !self.x.contains(*x) {
                pieces.push(Vec::new());
            } else if let Some(piece) = pieces.last_mut() {
                piece.push(self.at(*x, *y));
            }
        }
        pieces.into_iter().map(|piece| thinned(&piece)).collect()
    }

    /// The area between two lines.
    pub(super) fn band(&self, figure: &mut Figure, xs: &[f64], low: &[f64], high: &[f64], colour: Colour) {
        figure.area(self.between(xs, low, high), colour, 1.0);
    }

    /// The area between two lines, lightly tinted, so that others show through.
    pub(super) fn ribbon(&self, figure: &mut Figure, xs: &[f64], low: &[f64], high: &[f64], colour: Colour) {
        figure.area(self.between(xs, low, high), colour, 0.16);
    }

    fn between(&self, xs: &[f64], low: &[f64], high: &[f64]) -> Vec<Point> {
        let edge = |ys: &[f64]| {
            let pairs = xs.iter().zip(ys).filter(|(x, y)| y.is_finite() && self.x.contains(**x));
            thinned(&pairs.map(|(x, y)| self.at(*x, *y)).collect::<Vec<Point>>())
        };
        let mut outline = edge(low);
        outline.extend(edge(high).into_iter().rev());
        outline
    }

    /// A bar between two pairs of values.
    pub(super) fn bar(&self, figure: &mut Figure, (x0, y0): Point, (x1, y1): Point, colour: Colour) {
        let ((ax, ay), (bx, by)) = (self.at(x0, y0), self.at(x1, y1));
        figure.fill(Rect { left: ax.min(bx), top: ay.min(by), right: ax.max(bx), bottom: ay.max(by) }, colour);
    }

    /// Labels right of the plot at the heights of their values, pushed apart where they would touch.
    pub(super) fn labels_right(&self, figure: &mut Figure, labels: &[(String, f64, Colour)]) {
        let plot = self.plot();
        let mut order: Vec<usize> = (0..labels.len()).collect();
        let height = |i: usize| self.at(self.x.high, labels[i].1).1;
        order.sort_by(|a, b| height(*a).total_cmp(&height(*b)));
        let wanted: Vec<f64> = order.iter().map(|i| height(*i)).collect();
        for (i, (from, y)) in order.iter().zip(wanted.iter().zip(spread(&wanted, LINE, plot.top, plot.bottom))) {
            let (text, _, colour) = &labels[*i];
            if (from - y).abs() > 3.0 {
                figure.line(vec![(plot.right + 2.0, *from), (plot.right + 9.0, y)], colour.mix(WHITE, 0.4), 0.8);
            }
            let set = Type::new(LABEL_SIZE, colour.as_text());
            figure.text(text, (plot.right + 11.0, y + 0.36 * LABEL_SIZE), set);
        }
    }
}

/// Room that labels right of a plot need.
pub(super) fn labels_margin<'a>(labels: impl IntoIterator<Item = &'a str>) -> f64 {
    labels.into_iter().map(|label| text_width(label, LABEL_SIZE, false)).fold(0.0, f64::max) + 13.0
}

/// Sorted heights moved as little as needed to keep `gap` between them and stay within the range.
pub(super) fn spread(wanted: &[f64], gap: f64, low: f64, high: f64) -> Vec<f64> {
    let mut placed = wanted.to_vec();
    for _ in 0..100 {
        let before = placed.clone();
        for i in 1..placed.len() {
            let overlap = placed[i - 1] + gap - placed[i];
            if overlap > 0.0 {
                placed[i - 1] -= overlap / 2.0;
                placed[i] += overlap / 2.0;
            }
        }
        for (i, y) in placed.iter_mut().enumerate() {
            let below = (wanted.len() - 1 - i) as f64 * gap;
            *y = y.max(low + i as f64 * gap).min((high - below).max(low + i as f64 * gap));
        }
        if placed == before {
            break;
        }
    }
    placed
}

fn label_width(axis: &Axis) -> f64 {
    axis.ticks.iter().map(|tick| text_width(&tick.label, TICK_SIZE, false)).fold(0.0, f64::max)
}

fn tick_width(tick: &Tick) -> f64 {
    text_width(&tick.label, TICK_SIZE, false).max(text_width(&tick.below, TICK_SIZE, false))
}

/// A polyline with at most four points to half a layout unit, which looks the same: first, extremes and last.
fn thinned(points: &[Point]) -> Vec<Point> {
    let column = |point: &Point| (point.0 * 2.0).floor();
    let mut kept = Vec::with_capacity(points.len().min(4096));
    for group in points.chunk_by(|a, b| column(a) == column(b)) {
        let by_height = |a: &usize, b: &usize| group[*a].1.total_cmp(&group[*b].1);
        let low = (0..group.len()).min_by(by_height).unwrap_or(0);
        let high = (0..group.len()).max_by(by_height).unwrap_or(0);
        let mut keep = [0, low, high, group.len() - 1];
        keep.sort_unstable();
        let mut last = None;
        for i in keep {
            if last != Some(i) {
                kept.push(group[i]);
                last = Some(i);
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_pushed_apart_and_kept_inside() {
        let placed = spread(&[10.0, 11.0, 95.0, 99.0], 16.0, 0.0, 100.0);
        assert!(placed.windows(2).all(|pair| pair[1] - pair[0] >= 15.9), "{placed:?}");
        assert!(placed[0] >= 0.0 && placed[3] <= 100.0, "{placed:?}");
    }

    #[test]
    fn thinning_keeps_the_extremes() {
        let points: Vec<Point> = (0..10_000).map(|i| (f64::from(i) / 1000.0, f64::from(i % 97))).collect();
        let kept = thinned(&points);
        assert!(kept.len() <= 4 * 21, "{}", kept.len());
        assert!(kept.iter().any(|p| p.1 == 96.0) && kept.iter().any(|p| p.1 == 0.0));
        assert_eq!((kept[0], kept[kept.len() - 1]), (points[0], points[9_999]));
    }
}
