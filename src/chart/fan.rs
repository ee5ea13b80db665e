//! A fan: bands of quantiles over time with the median and the worst paths on top; small multiples of it make the
//! charts of prices, pools and tokens.

use super::axis::{Axis, extent, padded, time_unit};
use super::figure::{Anchor, Figure, Rect, Type};
use super::number::{Unit, count};
use super::page::{Key, Page};
use super::panel::Panel;
use super::run::RunDir;
use super::theme::{BANDS, FULL, TICK_SIZE, WHITE, WORST};
use super::track::{Bands, MEDIAN, Track};

/// Panels that fit on a page; more would be too small to read.
pub(super) const MOST_PANELS: usize = 12;

/// One panel: an entity's bands and its worst paths in the full world, worst first.
#[derive(Clone, Debug)]
pub(super) struct Fan {
    pub(super) heading: String,
    pub(super) y_title: String,
    pub(super) unit: Unit,
    pub(super) bands: Bands,
    pub(super) worst: Vec<Track>,
    /// Values that the vertical axis must show, such as 0.
    pub(super) include: Vec<f64>,
    /// Values beyond which the vertical axis must not go, such as 0 and 1 for a share.
    pub(super) bounds: (f64, f64),
}

impl Fan {
    /// A fan of the bands, with those of the tracks that belong to the same entity.
    pub(super) fn new(bands: Bands, tracks: &[Track], unit: Unit) -> Self {
        let mut worst: Vec<Track> =
            tracks.iter().filter(|t| t.entity == bands.entity && t.world == "full").cloned().collect();
        worst.sort_by_key(|track| track.rank);
        let (heading, bounds) = (bands.entity.clone(), (f64::NEG_INFINITY, f64::INFINITY));
        Self { heading, y_title: String::new(), unit, bands, worst, include: Vec::new(), bounds }
    }

    /// Smallest and largest value shown.
    pub(super) fn extent(&self) -> Option<(f64, f64)> {
        let worst = self.worst.iter().flat_map(|track| track.values.iter().copied());
        extent(self.bands.extent().into_iter().flat_map(|(low, high)| [low, high]).chain(worst))
    }

    /// Smallest and largest value that the vertical axis shows: a path that leaves the bands by more than their height
    /// would flatten them to a line, so it is cut off and its furthest value is written beside it.
    fn range(&self) -> (f64, f64) {
        let (low, high) = self.extent().unwrap_or((0.0, 0.0));
        let (low, high) = match self.bands.extent() {
            Some((bottom, top)) if top > bottom => (low.max(2.0 * bottom - top), high.min(2.0 * top - bottom)),
            _ => (low, high),
        };
        let (low, high) = self.include.iter().fold((low, high), |(low, high), v| (low.min(*v), high.max(*v)));
        let (low, high) = padded((low, high), 0.05);
        (low.max(self.bounds.0), high.min(self.bounds.1))
    }

    fn panel(&self, outer: Rect, hours: (f64, f64)) -> Panel {
        Panel::new(outer, Axis::time(hours), Axis::linear(self.range(), self.unit, 5)).heading(&self.heading)
    }

    fn draw(&self, figure: &mut Figure, panel: &Panel) {
        panel.draw(figure);
        let (hours, q) = (&self.bands.hours, &self.bands.quantiles);
        for (i, colour) in BANDS.into_iter().enumerate() {
            panel.band(figure, hours, &q[i], &q[6 - i], colour);
        }
        panel.line(figure, hours, &q[MEDIAN], FULL, 1.6);
        for track in self.worst.iter().rev() {
            let (colour, width) = if track.rank <= 1 { (WORST, 1.6) } else { (WORST.mix(WHITE, 0.35), 0.8) };
            panel.line(figure, &track.hours, &track.values, colour, width);
        }
        self.draw_cut(figure, panel);
    }

    /// How far the worst paths go where the axis does not follow.
    fn draw_cut(&self, figure: &mut Figure, panel: &Panel) {
        let Some((low, high)) = self.extent() else { return };
        let plot = panel.plot();
        let set = Type::new(TICK_SIZE, WORST.as_text()).anchored(Anchor::Right);
        for (value, y) in [(low, plot.bottom - 6.0), (high, plot.top + 12.0)] {
            if !panel.y.contains(value) {
                figure.text(&format!("a worst path reaches {}", self.unit.show(value)), (plot.right - 4.0, y), set);
            }
        }
    }
}

/// Rows and columns for so many panels.
pub(super) fn layout(panels: usize) -> (usize, usize) {
    let columns = match panels {
        0..=3 => panels.max(1),
        4 => 2,
        5..=9 => 3,
        _ => 4,
    };
    (panels.div_ceil(columns), columns)
}

/// Height of a page with so many rows of panels.
pub(super) fn page_height(rows: usize) -> f64 {
    if rows <= 2 { 540.0 + 60.0 * (rows as f64 - 1.0) } else { 150.0 + 210.0 * rows as f64 }
}

/// What the bands are, for a subtitle.
pub(super) fn definition(run: &RunDir) -> String {
    match run.manifest.bands_paths.filter(|paths| *paths > 0 && *paths < run.manifest.paths) {
        Some(paths) => format!("Bands are quantiles over the first {} paths at each step.", count(paths as f64)),
        None => "Bands are quantiles over paths at each step.".to_owned(),
    }
}

/// The legend of a fan; `worst` names the worst paths, if any are drawn.
pub(super) fn legend(page: &mut Page, fans: &[Fan]) {
    let [widest, wide, narrow] = BANDS;
    let mut entries = vec![
        (Key::Patch(widest), "98 % of paths"),
        (Key::Patch(wide), "90 %"),
        (Key::Patch(narrow), "50 %"),
        (Key::Line(FULL), "Median"),
    ];
    let ranks = fans.iter().flat_map(|fan| &fan.worst).map(|track| track.rank).max();
    match ranks {
        None => {}
        Some(0 | 1) => entries.push((Key::Line(WORST), "Worst path")),
        Some(_) => entries.push((Key::Line(WORST), "Worst paths (strong: the worst)")),
    }
    page.legend(&entries);
}

/// Draws the fans as small multiples that fill the body of the page.
pub(super) fn draw(page: &mut Page, fans: &[Fan]) {
    let (rows, columns) = layout(fans.len());
    let cells = page.body.grid(columns, rows, 20.0);
    let hours = extent(fans.iter().flat_map(|fan| fan.bands.hours.iter().copied())).unwrap_or((0.0, 1.0));
    let panels: Vec<Panel> = fans.iter().zip(&cells).map(|(fan, cell)| fan.panel(*cell, hours)).collect();
    let x_title = format!("{} from the start", time_unit(hours.1 - hours.0).name);
    for (i, (fan, panel)) in fans.iter().zip(panels.iter().cloned()).enumerate() {
        let in_column = panels.iter().skip(i % columns).step_by(columns);
        let gutter = in_column.map(Panel::needs_gutter).fold(0.0, f64::max);
        let lowest = i + columns >= fans.len();
        let title = if lowest { x_title.as_str() } else { "" };
        fan.draw(&mut page.figure, &panel.gutter(gutter).titles(title, &fan.y_title));
    }
}
