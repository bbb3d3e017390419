//! Colours: the Okabe-Ito set for lines, two perceptually uniform maps for surfaces.

use std::fmt;

/// An sRGB colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Color {
    /// Red, 0 to 255.
    pub r: u8,
    /// Green, 0 to 255.
    pub g: u8,
    /// Blue, 0 to 255.
    pub b: u8,
}

impl Color {
    /// Black: frames, ticks, text.
    pub const BLACK: Self = Self::hex(0x00_00_00);
    /// White: the paper.
    pub const WHITE: Self = Self::hex(0xff_ff_ff);
    /// Dark grey: reference lines and guides.
    pub const GREY: Self = Self::hex(0x59_59_59);
    /// Light grey: the cells of a heat map that hold no number.
    pub const MISSING: Self = Self::hex(0xd9_d9_d9);

    /// The Okabe-Ito colours in the order lines take them; yellow is left out, being too pale on
    /// white paper.
    pub const OKABE_ITO: [Self; 7] = [
        Self::hex(0x00_72_b2), // blue
        Self::hex(0xd5_5e_00), // vermilion
        Self::hex(0x00_9e_73), // bluish green
        Self::hex(0xcc_79_a7), // reddish purple
        Self::hex(0xe6_9f_00), // orange
        Self::hex(0x56_b4_e9), // sky blue
        Self::hex(0x00_00_00), // black
    ];

    /// The colour written `0xRRGGBB`.
    pub const fn hex(rgb: u32) -> Self {
        Self { r: (rgb >> 16) as u8, g: (rgb >> 8) as u8, b: rgb as u8 }
    }

    /// Relative luminance, 0 (black) to 1 (white).
    pub(crate) fn luminance(self) -> f64 {
        0.2126 * linear(self.r) + 0.7152 * linear(self.g) + 0.0722 * linear(self.b)
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.r, self.g, self.b)
    }
}

/// How numbers become colours on a heat map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorMap {
    /// Dark violet to yellow, perceptually uniform, readable in grey: for magnitudes.
    #[default]
    Viridis,
    /// Viridis without its palest part: for lines on white paper.
    ViridisLines,
    /// Blue through near-white to red, of equal lightness at both ends: for signed values. Unless
    /// told otherwise the range is symmetric about zero.
    Diverging,
}

/// Viridis at 20 equal steps; cubic interpolation between them is exact to the eye.
const VIRIDIS: [u32; 20] = [
    0x440154, 0x481567, 0x482677, 0x453781, 0x404788, 0x39568c, 0x33638d, 0x2d708e, 0x287d8e, 0x238a8d,
    0x1f968b, 0x20a387, 0x29af7f, 0x3cbb75, 0x55c667, 0x73d055, 0x95d840, 0xb8de29, 0xdce319, 0xfde725,
];

/// Beyond this part of viridis a line on white paper is too pale.
const DARK_ENOUGH: f64 = 0.88;

impl ColorMap {
    /// The colour at `t`, where 0 is the low and 1 the high end; `t` outside is clamped, NaN gives
    /// [`Color::MISSING`].
    pub fn at(self, t: f64) -> Color {
        if t.is_nan() {
            return Color::MISSING;
        }
        let t = t.clamp(0.0, 1.0);
        match self {
            Self::Viridis => viridis(t),
            Self::ViridisLines => viridis(DARK_ENOUGH * t),
            Self::Diverging => diverging(t),
        }
    }
}

fn viridis(t: f64) -> Color {
    let last = VIRIDIS.len() - 1;
    let x = t * last as f64;
    let i = (x as usize).min(last - 1);
    let u = x - i as f64;
    let anchor = |k: usize| Color::hex(VIRIDIS[k.min(last)]);
    let (a, b, c, d) = (anchor(i.saturating_sub(1)), anchor(i), anchor(i + 1), anchor(i + 2));
    // Catmull-Rom: smooth through the anchors.
    let channel = |p: fn(Color) -> u8| {
        let [p0, p1, p2, p3] = [a, b, c, d].map(|color| f64::from(p(color)));
        let m1 = (p2 - p0) / 2.0;
        let m2 = (p3 - p1) / 2.0;
        let (u2, u3) = (u * u, u * u * u);
        let value = p1 * (2.0 * u3 - 3.0 * u2 + 1.0)
            + m1 * (u3 - 2.0 * u2 + u)
            + p2 * (3.0 * u2 - 2.0 * u3)
            + m2 * (u3 - u2);
        value.round().clamp(0.0, 255.0) as u8
    };
    Color { r: channel(|c| c.r), g: channel(|c| c.g), b: channel(|c| c.b) }
}

/// A path in Oklab: lightness falls linearly from the middle to both ends, chroma rises with it.
fn diverging(t: f64) -> Color {
    let s = 2.0 * t - 1.0;
    let hue: f64 = if s < 0.0 { 255.0 } else { 32.0 };
    let depth = s.abs();
    let lightness = 0.975 - 0.535 * depth;
    let chroma = 0.155 * (depth * std::f64::consts::FRAC_PI_2).sin().powf(1.1);
    let (sin, cos) = hue.to_radians().sin_cos();
    oklab(lightness, chroma * cos, chroma * sin)
}

fn oklab(l: f64, a: f64, b: f64) -> Color {
    let cube = |x: f64| x * x * x;
    let long = cube(l + 0.396_337_777_4 * a + 0.215_803_757_3 * b);
    let medium = cube(l - 0.105_561_345_8 * a - 0.063_854_172_8 * b);
    let short = cube(l - 0.089_484_177_5 * a - 1.291_485_548 * b);
    Color {
        r: encoded(4.076_741_662_1 * long - 3.307_711_591_3 * medium + 0.230_969_929_2 * short),
        g: encoded(-1.268_438_004_6 * long + 2.609_757_401_1 * medium - 0.341_319_396_5 * short),
        b: encoded(-0.004_196_086_3 * long - 0.703_418_614_7 * medium + 1.707_614_701 * short),
    }
}

fn encoded(linear: f64) -> u8 {
    let value = if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
    (255.0 * value).round().clamp(0.0, 255.0) as u8
}

fn linear(encoded: u8) -> f64 {
    let value = f64::from(encoded) / 255.0;
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CIE L*, the lightness a reader perceives.
    fn lightness(color: Color) -> f64 {
        116.0 * color.luminance().cbrt() - 16.0
    }

    #[test]
    fn viridis_gains_lightness_evenly() {
        let l: Vec<f64> = (0..=20).map(|i| lightness(ColorMap::Viridis.at(i as f64 / 20.0))).collect();
        let mean = (l[20] - l[0]) / 20.0;
        for pair in l.windows(2) {
            let step = pair[1] - pair[0];
            assert!(step > 0.6 * mean && step < 1.4 * mean, "step {step}, mean {mean}");
        }
    }

    #[test]
    fn diverging_ends_are_equally_dark() {
        let low = lightness(ColorMap::Diverging.at(0.0));
        let middle = lightness(ColorMap::Diverging.at(0.5));
        let high = lightness(ColorMap::Diverging.at(1.0));
        assert!((low - high).abs() < 6.0, "{low} {high}");
        assert!(middle > 94.0);
    }
}
