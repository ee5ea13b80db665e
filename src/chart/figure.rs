//! A finished picture: a list of marks in layout units, drawn by plotters into SVG at four times the size and
//! rendered from there to PNG at twice the size. The renderer gives even lines and letters; the list of marks lets
//! a test ask whether two labels overlap.

use super::theme::{Colour, FAMILY, FONTS, WHITE, text_width};
use plotters::backend::SVGBackend;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, Drawable, PathElement, PointCollection, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontFamily, FontStyle, IntoFont, RGBAColor, RGBColor, ShapeStyle, TextStyle};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};
use std::sync::Arc;

/// SVG units in a layout unit: plotters rounds to whole units, which must be finer than a pixel.
const SVG_SCALE: f64 = 4.0;
/// PNG pixels in a layout unit.
const PNG_SCALE: f64 = 2.0;
/// plotters divides a font size by this before it writes it.
const PLOTTERS_FONT_RATIO: f64 = 1.24;
/// Height of the capitals above the baseline, in font sizes, as plotters places them.
const ASCENT: f64 = 0.76;

/// A point, layout units, from the top left.
pub(super) type Point = (f64, f64);

/// A rectangle, layout units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Rect {
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// Cuts the rectangle into a grid, row by row, with gaps between the cells.
    pub(super) fn grid(&self, columns: usize, rows: usize, gap: f64) -> Vec<Self> {
        let width = (self.width() - gap * (columns as f64 - 1.0)) / columns as f64;
        let height = (self.height() - gap * (rows as f64 - 1.0)) / rows as f64;
        let cell = |row: usize, column: usize| {
            let left = self.left + column as f64 * (width + gap);
            let top = self.top + row as f64 * (height + gap);
            Self { left, top, right: left + width, bottom: top + height }
        };
        (0..rows * columns).map(|i| cell(i / columns, i % columns)).collect()
    }
}

/// Which end of a text stands at its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Left,
    Centre,
    Right,
}

/// How a text is set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Type {
    pub(super) size: f64,
    pub(super) bold: bool,
    pub(super) colour: Colour,
    pub(super) anchor: Anchor,
}

impl Type {
    pub(super) const fn new(size: f64, colour: Colour) -> Self {
        Self { size, bold: false, colour, anchor: Anchor::Left }
    }

    pub(super) const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub(super) const fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }
}

#[derive(Clone, Debug)]
enum Mark {
    Line { points: Vec<Point>, colour: Colour, width: f64 },
    Area { points: Vec<Point>, colour: Colour, opacity: f64 },
    Box { rect: Rect, colour: Colour },
    Dot { centre: Point, radius: f64, colour: Colour },
    Text { text: String, at: Point, set: Type },
}

/// Where a text of a figure stands, layout units from the top left.
#[derive(Clone, Debug, PartialEq)]
pub struct TextBox {
    /// The text.
    pub text: String,
    /// Left edge.
    pub left: f64,
    /// Top edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Bottom edge.
    pub bottom: f64,
}

/// A finished picture.
#[derive(Clone, Debug)]
pub struct Figure {
    width: f64,
    height: f64,
    title: String,
    marks: Vec<Mark>,
}

impl Figure {
    pub(super) fn new(width: f64, height: f64, title: &str) -> Self {
        Self { width, height, title: title.to_owned(), marks: Vec::new() }
    }

    /// What the figure shows, in words.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Width and height in layout units; the PNG has twice as many pixels.
    #[must_use]
    pub fn size(&self) -> (f64, f64) {
        (self.width, self.height)
    }

    /// Every text and where it stands.
    #[must_use]
    pub fn texts(&self) -> Vec<TextBox> {
        let place = |mark: &Mark| match mark {
            Mark::Text { text, at, set } => Some(text_box(text, *at, *set)),
            _ => None,
        };
        self.marks.iter().filter_map(place).collect()
    }

    /// The figure as SVG, at four units to a layout unit.
    ///
    /// # Panics
    /// Never: drawing into memory cannot fail.
    #[must_use]
    pub fn svg(&self) -> String {
        let mut svg = String::new();
        {
            let size = (to_svg(self.width).unsigned_abs(), to_svg(self.height).unsigned_abs());
            let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            root.fill(&rgb(WHITE)).expect("drawing into memory");
            for mark in &self.marks {
                draw(&root, mark);
            }
            root.present().expect("drawing into memory");
        }
        // Without this, the edges of neighbouring rectangles shine through as hair lines.
        let svg = svg.replace("<rect ", "<rect shape-rendering=\"crispEdges\" ");
        svg.replacen("<svg ", "<svg stroke-linejoin=\"round\" ", 1)
    }

    /// The figure as PNG, at two pixels to a layout unit.
    ///
    /// # Panics
    /// Never: the SVG is our own.
    #[must_use]
    pub fn png(&self) -> Vec<u8> {
        let options = Options { fontdb: Arc::clone(&FONTS), ..Options::default() };
        let tree = Tree::from_str(&self.svg(), &options).expect("the figure's own SVG");
        let pixels = |length: f64| (length * PNG_SCALE).round() as u32;
        let mut pixmap = Pixmap::new(pixels(self.width), pixels(self.height)).expect("a figure has a size");
        pixmap.fill(resvg::tiny_skia::Color::WHITE);
        let scale = (PNG_SCALE / SVG_SCALE) as f32;
        resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
        pixmap.encode_png().expect("a picture in memory")
    }

    /// A line through the points; fewer than two draw nothing.
    pub(super) fn line(&mut self, points: Vec<Point>, colour: Colour, width: f64) {
        if points.len() > 1 {
            self.marks.push(Mark::Line { points, colour, width });
        }
    }

    /// A line of dashes through the points.
    pub(super) fn dashes(&mut self, points: &[Point], colour: Colour, width: f64, (dash, gap): (f64, f64)) {
        for points in dashed(points, dash, gap) {
            self.line(points, colour, width);
        }
    }

    /// A filled polygon.
    pub(super) fn area(&mut self, points: Vec<Point>, colour: Colour, opacity: f64) {
        if points.len() > 2 {
            self.marks.push(Mark::Area { points, colour, opacity });
        }
    }

    /// A filled rectangle with sharp edges.
    pub(super) fn fill(&mut self, rect: Rect, colour: Colour) {
        self.marks.push(Mark::Box { rect, colour });
    }

    /// A hair line from left to right, one pixel strong.
    pub(super) fn horizontal(&mut self, left: f64, right: f64, y: f64, colour: Colour) {
        let top = (y * PNG_SCALE).floor() / PNG_SCALE;
        self.fill(Rect { left, top, right, bottom: top + 1.0 / PNG_SCALE }, colour);
    }

    /// A hair line from top to bottom, one pixel strong.
    pub(super) fn vertical(&mut self, x: f64, top: f64, bottom: f64, colour: Colour) {
        let left = (x * PNG_SCALE).floor() / PNG_SCALE;
        self.fill(Rect { left, top, right: left + 1.0 / PNG_SCALE, bottom }, colour);
    }

    /// A filled circle.
    pub(super) fn dot(&mut self, centre: Point, radius: f64, colour: Colour) {
        self.marks.push(Mark::Dot { centre, radius, colour });
    }

    /// A filled diamond with a white rim.
    pub(super) fn diamond(&mut self, (x, y): Point, radius: f64, colour: Colour) {
        let corners = |r: f64| vec![(x, y - r), (x + r, y), (x, y + r), (x - r, y)];
        self.area(corners(radius + 1.6), WHITE, 1.0);
        self.area(corners(radius), colour, 1.0);
    }

    /// A text whose baseline is at `at`.
    pub(super) fn text(&mut self, text: &str, at: Point, set: Type) {
        if !text.is_empty() {
            self.marks.push(Mark::Text { text: text.to_owned(), at, set });
        }
    }
}

fn text_box(text: &str, (x, y): Point, set: Type) -> TextBox {
    let width = text_width(text, set.size, set.bold);
    let left = match set.anchor {
        Anchor::Left => x,
        Anchor::Centre => x - width / 2.0,
        Anchor::Right => x - width,
    };
    let (top, bottom) = (y - ASCENT * set.size, y + 0.2 * set.size);
    TextBox { text: text.to_owned(), left, top, right: left + width, bottom }
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn draw(root: &Area, mark: &Mark) {
    match mark {
        Mark::Line { points, colour, width } => {
            let stroke_width = to_svg(*width).unsigned_abs().max(1);
            let style = ShapeStyle { color: rgb(*colour).to_rgba(), filled: false, stroke_width };
            add(root, &PathElement::new(svg_points(points), style));
        }
        Mark::Area { points, colour, opacity } => {
            add(root, &Polygon::new(svg_points(points), rgba(*colour, *opacity).filled()));
        }
        Mark::Box { rect, colour } => {
            let corners = [svg_point((rect.left, rect.top)), svg_point((rect.right, rect.bottom))];
            add(root, &Rectangle::new(corners, rgb(*colour).filled()));
        }
        Mark::Dot { centre, radius, colour } => {
            add(root, &Circle::new(svg_point(*centre), to_svg(*radius), rgb(*colour).filled()));
        }
        Mark::Text { text, at: (x, y), set } => {
            let top = svg_point((*x, y - ASCENT * set.size));
            add(root, &Text::new(text.as_str(), top, text_style(*set)));
        }
    }
}

fn add<'a, E>(root: &Area, element: &'a E)
where
    &'a E: PointCollection<'a, (i32, i32)>,
    E: for<'b> Drawable<SVGBackend<'b>>,
{
    root.draw(element).expect("drawing into memory");
}

fn text_style(set: Type) -> TextStyle<'static> {
    let style = if set.bold { FontStyle::Bold } else { FontStyle::Normal };
    let size = set.size * SVG_SCALE * PLOTTERS_FONT_RATIO;
    let anchor = match set.anchor {
        Anchor::Left => HPos::Left,
        Anchor::Centre => HPos::Center,
        Anchor::Right => HPos::Right,
    };
    let font = (FontFamily::Name(FAMILY), size, style).into_font();
    font.color(&rgb(set.colour)).pos(Pos::new(anchor, VPos::Top))
}

fn to_svg(length: f64) -> i32 {
    (length * SVG_SCALE).round() as i32
}

fn svg_point((x, y): Point) -> (i32, i32) {
    (to_svg(x), to_svg(y))
}

fn svg_points(points: &[Point]) -> Vec<(i32, i32)> {
    points.iter().map(|point| svg_point(*point)).collect()
}

fn rgb(Colour(red, green, blue): Colour) -> RGBColor {
    RGBColor(red, green, blue)
}

fn rgba(colour: Colour, opacity: f64) -> RGBAColor {
    rgb(colour).mix(opacity)
}

/// The pieces of a polyline that are drawn when it is dashed.
fn dashed(points: &[Point], dash: f64, gap: f64) -> Vec<Vec<Point>> {
    let mut pieces = Vec::new();
    let (mut left, mut drawing) = (dash, true);
    let mut piece: Vec<Point> = points.first().copied().into_iter().collect();
    for pair in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let length = libm::hypot(x1 - x0, y1 - y0);
        let mut done = 0.0;
        while length - done > left {
            done += left;
            let at = (x0 + (x1 - x0) * done / length, y0 + (y1 - y0) * done / length);
            if drawing {
                piece.push(at);
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece = vec![at];
            }
            drawing = !drawing;
            left = if drawing { dash } else { gap };
        }
        left -= length - done;
        if drawing {
            piece.push((x1, y1));
        }
    }
    pieces.push(piece);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_cover_their_share_and_turn_corners() {
        let pieces = dashed(&[(0.0, 0.0), (5.0, 0.0), (5.0, 7.0)], 3.0, 1.0);
        assert_eq!(pieces[0], [(0.0, 0.0), (3.0, 0.0)]);
        assert_eq!(pieces[1], [(4.0, 0.0), (5.0, 0.0), (5.0, 2.0)], "a dash that turns keeps its corner");
        assert_eq!(pieces[2], [(5.0, 3.0), (5.0, 6.0)]);
    }

    #[test]
    fn a_grid_fills_its_rectangle() {
        let cells = Rect { left: 10.0, top: 0.0, right: 110.0, bottom: 50.0 }.grid(3, 2, 5.0);
        assert_eq!(cells.len(), 6);
        assert_eq!((cells[0].left, cells[5].right, cells[5].bottom), (10.0, 110.0, 50.0));
        assert_eq!(cells[1].left - cells[0].right, 5.0);
    }
}
