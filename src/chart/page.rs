//! The page around the panels: title, subtitle, legend, footer, and a plain sentence where there is nothing to draw.

use super::figure::{Anchor, Figure, Rect, Type};
use super::theme::{
    Colour, FOOTER_SIZE, GREY, INK, LABEL_SIZE, SUBTITLE_SIZE, TITLE_SIZE, WHITE, shorten, text_width, wrap,
    wrap_evenly,
};

/// Width of every figure, layout units.
pub(super) const WIDTH: f64 = 900.0;
/// Height of a figure that needs no more.
pub(super) const HEIGHT: f64 = 540.0;
/// Left and right margin.
const MARGIN: f64 = 26.0;

/// What a legend entry shows beside its words.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key {
    Line(Colour),
    Dashes(Colour),
    Patch(Colour),
    Dot(Colour),
    Diamond(Colour),
    Tick(Colour),
}

/// A figure whose header and footer are drawn; what is left of it is the body.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) figure: Figure,
    pub(super) body: Rect,
}

impl Page {
    /// A page with its title, subtitle and footer.
    pub(super) fn new(height: f64, title: &str, subtitle: &str, footer: &str) -> Self {
        let mut figure = Figure::new(WIDTH, height, title);
        let width = WIDTH - 2.0 * MARGIN;
        let mut y = 17.0;
        for line in wrap_evenly(title, TITLE_SIZE, true, width) {
            y += 23.0;
            figure.text(&line, (MARGIN, y - 4.0), Type::new(TITLE_SIZE, INK).bold());
        }
        y += 2.0;
        for line in wrap(subtitle, SUBTITLE_SIZE, false, width) {
            y += 17.0;
            figure.text(&line, (MARGIN, y - 2.0), Type::new(SUBTITLE_SIZE, GREY));
        }
        let footer = shorten(footer, FOOTER_SIZE, false, width);
        let set = Type::new(FOOTER_SIZE, GREY).anchored(Anchor::Right);
        figure.text(&footer, (WIDTH - MARGIN, height - 10.0), set);
        let body = Rect { left: MARGIN, top: y + 8.0, right: WIDTH - MARGIN, bottom: height - 30.0 };
        Self { figure, body }
    }

    /// A row of legend entries at the top of the body, which shrinks by its height.
    pub(super) fn legend(&mut self, entries: &[(Key, &str)]) {
        let mut x = self.body.left;
        let mut y = self.body.top + 12.0;
        for (key, words) in entries {
            let width = 30.0 + text_width(words, LABEL_SIZE, false);
            if x > self.body.left && x + width > self.body.right {
                x = self.body.left;
                y += 19.0;
            }
            self.key(*key, x, y - 4.5);
            self.figure.text(words, (x + 30.0, y), Type::new(LABEL_SIZE, INK));
            x += width + 22.0;
        }
        self.body.top = y + 12.0;
    }

    fn key(&mut self, key: Key, x: f64, y: f64) {
        let figure = &mut self.figure;
        let patch = |half: f64| Rect { left: x, top: y - half, right: x + 23.0, bottom: y + half };
        match key {
            Key::Line(colour) => figure.line(vec![(x, y), (x + 23.0, y)], colour, 2.2),
            Key::Dashes(colour) => figure.dashes(&[(x, y), (x + 23.0, y)], colour, 2.0, (5.0, 3.5)),
            Key::Patch(colour) => figure.fill(patch(5.5), colour),
            Key::Dot(colour) => {
                figure.dot((x + 12.0, y), 5.2, WHITE);
                figure.dot((x + 12.0, y), 4.0, colour);
            }
            Key::Diamond(colour) => figure.diamond((x + 12.0, y), 5.0, colour),
            Key::Tick(colour) => {
                figure.fill(Rect { left: x + 11.0, top: y - 6.5, right: x + 13.0, bottom: y + 6.5 }, colour);
            }
        }
    }

    /// A sentence in the middle of the body, instead of a chart.
    pub(super) fn say(mut self, sentence: &str) -> Figure {
        let centre = f64::midpoint(self.body.left, self.body.right);
        let mut y = f64::midpoint(self.body.top, self.body.bottom) - 20.0;
        for line in wrap(sentence, 15.0, false, 560.0) {
            self.figure.text(&line, (centre, y), Type::new(15.0, GREY).anchored(Anchor::Centre));
            y += 21.0;
        }
        self.figure
    }
}
