//! How a chart looks: colours (Okabe and Ito 2008, safe for colour-blind readers), type sizes, and the font, which
//! travels with the program so that a chart looks the same on every machine.

use resvg::usvg::fontdb::Database;
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider};
use std::sync::{Arc, LazyLock};

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Colour(pub(super) u8, pub(super) u8, pub(super) u8);

pub(super) const WHITE: Colour = Colour(255, 255, 255);
/// Titles and labels.
pub(super) const INK: Colour = Colour(27, 30, 35);
/// Subtitles, axis labels.
pub(super) const GREY: Colour = Colour(84, 91, 102);
/// Axis lines and ticks.
pub(super) const AXIS: Colour = Colour(128, 135, 146);
/// Grid lines.
pub(super) const GRID: Colour = Colour(226, 229, 234);
/// The world as configured.
pub(super) const FULL: Colour = Colour(12, 58, 104);
/// The world in which forced sales move no price.
pub(super) const NO_FEEDBACK: Colour = Colour(230, 159, 0);
/// The world in which nothing is used twice.
pub(super) const NO_REUSE: Colour = Colour(0, 158, 115);
/// The worst path.
pub(super) const WORST: Colour = Colour(213, 94, 0);
/// What a venue believes, beside [`FULL`] for what is.
pub(super) const NOMINAL: Colour = Colour(146, 178, 207);
/// Bands: 1-99 %, 5-95 %, 25-75 %.
pub(super) const BANDS: [Colour; 3] = [Colour(222, 234, 244), Colour(187, 212, 232), Colour(134, 177, 214)];
/// Categories, in the order in which they are given out.
pub(super) const CATEGORIES: [Colour; 7] = [
    Colour(0, 114, 178),
    Colour(213, 94, 0),
    Colour(204, 121, 167),
    Colour(86, 180, 233),
    Colour(0, 158, 115),
    Colour(40, 44, 52),
    Colour(230, 159, 0),
];

/// Type sizes, in layout units.
pub(super) const TITLE_SIZE: f64 = 20.0;
pub(super) const SUBTITLE_SIZE: f64 = 13.0;
pub(super) const LABEL_SIZE: f64 = 13.0;
pub(super) const TICK_SIZE: f64 = 12.5;
pub(super) const FOOTER_SIZE: f64 = 10.5;

/// Family under which the font database lists the faces below.
pub(super) const FAMILY: &str = "DejaVu Sans";

impl Colour {
    /// This colour as text on white: bright ones are darkened until they can be read.
    pub(super) fn as_text(self) -> Self {
        let luma = 0.299 * f64::from(self.0) + 0.587 * f64::from(self.1) + 0.114 * f64::from(self.2);
        if luma <= 130.0 { self } else { self.mix(INK, 1.0 - 120.0 / luma) }
    }

    /// A step towards another colour: 0 stays, 1 arrives.
    pub(super) fn mix(self, other: Self, share: f64) -> Self {
        let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }

    /// Whether dark text is easier to read on it than white text.
    pub(super) fn is_light(self) -> bool {
        0.299 * f64::from(self.0) + 0.587 * f64::from(self.1) + 0.114 * f64::from(self.2) > 135.0
    }
}

/// The faces, ready for the renderer.
pub(super) static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_data(dejavu::sans_condensed::regular().to_vec());
    fonts.load_font_data(dejavu::sans_condensed::bold().to_vec());
    fonts.set_sans_serif_family(FAMILY);
    Arc::new(fonts)
});

struct Face {
    glyphs: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units_per_em: f64,
}

impl Face {
    fn new(bytes: &'static [u8]) -> Self {
        let font = FontRef::new(bytes).expect("the bundled font is whole");
        let units_per_em = f64::from(font.metrics(Size::unscaled(), LocationRef::default()).units_per_em);
        let metrics = font.glyph_metrics(Size::unscaled(), LocationRef::default());
        Self { glyphs: font.charmap(), metrics, units_per_em }
    }
}

static REGULAR: LazyLock<Face> = LazyLock::new(|| Face::new(dejavu::sans_condensed::regular()));
static BOLD: LazyLock<Face> = LazyLock::new(|| Face::new(dejavu::sans_condensed::bold()));

/// Width of a text in layout units.
pub(super) fn text_width(text: &str, size: f64, bold: bool) -> f64 {
    let face = if bold { &*BOLD } else { &*REGULAR };
    let advance = |c: char| face.metrics.advance_width(face.glyphs.map(c).unwrap_or_default()).unwrap_or(0.0);
    text.chars().map(|c| f64::from(advance(c))).fold(0.0, |sum, width| sum + width) / face.units_per_em * size
}

/// Breaks a text into lines no wider than `width`. Only plain spaces break; a no-break space holds.
pub(super) fn wrap(text: &str, size: f64, bold: bool, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let words = text.split(' ').filter(|word| !word.is_empty());
    for word in words.flat_map(|word| pieces(word, size, bold, width)) {
        match lines.last_mut() {
            Some(line) if text_width(&format!("{line} {word}"), size, bold) <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// A word, cut where it is wider than a line.
fn pieces(word: &str, size: f64, bold: bool, width: f64) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for c in word.chars() {
        let last = pieces.len() - 1;
        if text_width(&format!("{}{c}", pieces[last]), size, bold) > width && !pieces[last].is_empty() {
            pieces.push(c.to_string());
        } else {
            pieces[last].push(c);
        }
    }
    pieces
}

/// Breaks a text into as few lines as fit, of about equal length.
pub(super) fn wrap_evenly(text: &str, size: f64, bold: bool, width: f64) -> Vec<String> {
    let mut best = wrap(text, size, bold, width);
    for percent in (50..100).rev() {
        let lines = wrap(text, size, bold, width * f64::from(percent) / 100.0);
        if lines.len() > best.len() {
            break;
        }
        best = lines;
    }
    best
}

/// The text, cut with an ellipsis if it is wider than `width`.
pub(super) fn shorten(text: &str, size: f64, bold: bool, width: f64) -> String {
    if text_width(text, size, bold) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        if text_width(&format!("{kept}{c}…"), size, bold) > width {
            break;
        }
        kept.push(c);
    }
    format!("{}…", kept.trim_end())
}
