//! Rows of `[[observed]]`: times to rows of a series, and what must be so whatever the series are called.

use crate::scenario::key::KeyPath;
use crate::scenario::observed::{Figure, Observed, SeriesOf, Threshold};
use crate::scenario::source::Problem;
use crate::scenario::spec::{BetweenSpec, ChangeSpec, FigureSpec, FirstHoursSpec, RunSpec, Spec, UnitSpec};
use crate::unit::{Positive, Span};

/// All rows, in the order of the config.
pub(super) fn resolve(spec: &Spec, steps: usize, problems: &mut Vec<Problem>) -> Vec<Observed> {
    let mut rows = Vec::new();
    for (i, row) in spec.observed.iter().enumerate() {
        let path = KeyPath::root().key("observed").key(i);
        for (key, text) in [("what", &row.what), ("source", &row.source)] {
            if text.trim().is_empty() {
                let problem = Problem::new(&path.key(key), "this says nothing");
                problems.push(problem.help("a number without its meaning and its source cannot be checked"));
            }
        }
        if spec.observed[..i].iter().any(|other| other.what == row.what) {
            problems.push(Problem::new(&path.key("what"), "another row is called the same"));
        }
        if row.unit == UnitSpec::YesOrNo && row.value.get() != 0.0 && row.value.get() != 1.0 {
            let message = format!("{} is neither 0 nor 1", row.value.get());
            problems.push(Problem::new(&path.key("value"), message).help("1 if it happened, 0 if not"));
        }
        if row.times.is_some() && !matches!(row.unit, UnitSpec::Usd | UnitSpec::Count) {
            let message = format!("a figure in \"{}\" is the same in a world of another size", name(row.unit));
            problems
                .push(Problem::new(&path.key("times"), message).help("leave it out; it is for \"USD\" and \"count\""));
        }
        let mut figures = Figures { run: &spec.run, steps, path: path.key("figure"), problems };
        let figure = figures.figure(&row.figure);
        figures.check_unit(row.unit, &figure, &path.key("unit"));
        rows.push(Observed {
            what: row.what.clone(),
            value: row.value.get(),
            unit: name(row.unit),
            source: row.source.clone(),
            times: row.times.map_or(1.0, Positive::get),
            figure,
        });
    }
    rows
}

/// The unit's name, as of a metric.
fn name(unit: UnitSpec) -> &'static str {
    match unit {
        UnitSpec::Hours => "hours",
        UnitSpec::Share => "share",
        UnitSpec::Usd => "USD",
        UnitSpec::Multiple => "x",
        UnitSpec::Count => "count",
        UnitSpec::YesOrNo => "0/1",
    }
}

struct Figures<'a> {
    run: &'a RunSpec,
    steps: usize,
    path: KeyPath,
    problems: &'a mut Vec<Problem>,
}

impl Figures<'_> {
    fn figure(&mut self, figure: &FigureSpec) -> Figure {
        match figure {
            FigureSpec::FirstHours(spec) => self.first_hours(spec),
            FigureSpec::At(spec) => {
                let path = self.path.key("at").key("time");
                self.within(spec.time, &path);
                Figure::At { of: series(&spec.series, &spec.entity), row: self.row_at(spec.time) }
            }
            FigureSpec::Change(spec) => self.change(spec),
            FigureSpec::Lowest(spec) => {
                let (from, to) = self.between(spec, "lowest");
                Figure::Lowest { of: series(&spec.series, &spec.entity), from, to }
            }
            FigureSpec::Highest(spec) => {
                let (from, to) = self.between(spec, "highest");
                Figure::Highest { of: series(&spec.series, &spec.entity), from, to }
            }
            FigureSpec::Ratio(spec) => {
                let (from, to) = self.rows(spec.from, spec.to, &self.path.key("ratio"));
                Figure::Ratio { of: series(&spec.series, ""), over: series(&spec.over, ""), from, to }
            }
            FigureSpec::Metric(name) => Figure::Metric(name.clone()),
        }
    }

    fn first_hours(&mut self, spec: &FirstHoursSpec) -> Figure {
        let path = self.path.key("first_hours");
        let level = match (spec.at_least, spec.at_most) {
            (Some(level), None) => Threshold::AtLeast(level.get()),
            (None, Some(level)) => Threshold::AtMost(level.get()),
            (both, _) => {
                let message = if both.is_some() { "there are two levels" } else { "there is no level" };
                let problem = Problem::new(&path, message).on_key();
                self.problems.push(problem.help("give exactly one of `at_least` and `at_most`"));
                Threshold::AtLeast(0.0)
            }
        };
        if let Some(after) = spec.after {
            self.within(after, &path.key("after"));
        }
        Figure::FirstHours {
            of: series(&spec.series, &spec.entity),
            level,
            after_seconds: spec.after.map_or(0.0, Span::seconds),
            from: spec.after.map_or(0, |after| self.row_from(after)),
        }
    }

    fn change(&mut self, spec: &ChangeSpec) -> Figure {
        let path = self.path.key("change");
        let (from, to) = self.rows(spec.from, spec.to, &path);
        Figure::Change { of: series(&spec.series, &spec.entity), from, to, relative: spec.relative }
    }

    /// Rows of two times, the second later.
    fn rows(&mut self, from: Option<Span>, to: Option<Span>, path: &KeyPath) -> (usize, usize) {
        self.both_within(from, to, path);
        let rows = (from.map_or(0, |from| self.row_at(from)), to.map_or(self.steps, |to| self.row_at(to)));
        if rows.0 >= rows.1 {
            self.nothing_between(from, to, path);
        }
        rows
    }

    fn between(&mut self, spec: &BetweenSpec, kind: &str) -> (usize, usize) {
        let path = self.path.key(kind);
        self.both_within(spec.from, spec.to, &path);
        let from = spec.from.map_or(0, |from| self.row_from(from));
        let to = spec.to.map_or(self.steps, |to| self.row_at(to));
        if from > to {
            self.nothing_between(spec.from, spec.to, &path);
        }
        (from, to)
    }

    fn nothing_between(&mut self, from: Option<Span>, to: Option<Span>, path: &KeyPath) {
        let at = if to.is_some() { path.key("to") } else { path.key("from") };
        let says = |span: Option<Span>, else_: &str| span.map_or_else(|| else_.to_owned(), |s| s.to_string());
        let message =
            format!("no step ends between {} and {}", says(from, "the opening"), says(to, "the end of the path"));
        if self.problems.iter().all(|p| !path.holds(&p.path)) {
            let help = format!("`from` comes before `to`, a step (run.step = \"{}\") or more apart", self.run.step);
            self.problems.push(Problem::new(&at, message).help(help));
        }
    }

    fn both_within(&mut self, from: Option<Span>, to: Option<Span>, path: &KeyPath) {
        for (key, span) in [("from", from), ("to", to)] {
            if let Some(span) = span {
                self.within(span, &path.key(key));
            }
        }
    }

    fn within(&mut self, time: Span, path: &KeyPath) {
        if time > self.run.horizon {
            let message = format!("{time} is after the end of the path");
            self.problems.push(Problem::new(path, message).help(format!("run.horizon is {}", self.run.horizon)));
        }
    }

    /// The last row at or before a time. A time that is a whole number of steps must not be missed by the last bit of a
    /// division.
    fn row_at(&self, time: Span) -> usize {
        let steps = time.seconds() / self.run.step.seconds();
        ((steps + 1e-9 * steps).floor() as usize).min(self.steps)
    }

    /// The first row at or after a time.
    fn row_from(&self, time: Span) -> usize {
        let steps = time.seconds() / self.run.step.seconds();
        ((steps - 1e-9 * steps).ceil() as usize).min(self.steps)
    }

    /// Units that do not depend on what a series or metric is.
    fn check_unit(&mut self, unit: UnitSpec, figure: &Figure, path: &KeyPath) {
        let expected = match figure {
            Figure::FirstHours { .. } => Some("hours"),
            Figure::Change { relative: true, .. } | Figure::Ratio { .. } => Some("share"),
            Figure::Metric(_) => None,
            _ => figure.series().filter(|of| of.series.ends_with("_usd")).map(|_| "USD"),
        };
        if let Some(expected) = expected.filter(|expected| *expected != name(unit)) {
            let message = format!("the figure is in \"{expected}\", not in \"{}\"", name(unit));
            let help = format!("write unit = \"{expected}\", and `value` in it");
            self.problems.push(Problem::new(path, message).help(help));
        }
    }
}

fn series(series: &str, entity: &str) -> SeriesOf {
    SeriesOf { series: series.to_owned(), entity: entity.to_owned() }
}
