//! Axes: what the caller asks for, and the interval of numbers that results.

/// How numbers are laid out along an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps at equal distances.
    #[default]
    Linear,
    /// Equal ratios at equal distances; numbers that are not positive cannot be shown.
    Log,
}

/// One axis of a panel, or the colour scale of a heat map.
///
/// A bound left out follows the data; a bound that cannot be used (not finite, not positive on a
/// log axis, or the wrong way round) is treated as left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// Label, in the markup of [`text`](crate::text).
    pub label: String,
    /// Linear or logarithmic.
    pub scale: Scale,
    /// Lower end of the axis.
    pub min: Option<f64>,
    /// Upper end of the axis.
    pub max: Option<f64>,
    /// Whether it counts: between whole numbers there is nothing.
    pub whole: bool,
}

impl Axis {
    /// A linear axis that follows the data.
    pub fn linear(label: impl Into<String>) -> Self {
        Self { label: label.into(), ..Self::default() }
    }

    /// A logarithmic axis that follows the data.
    pub fn log(label: impl Into<String>) -> Self {
        Self { scale: Scale::Log, ..Self::linear(label) }
    }

    /// The same axis for whole numbers.
    pub fn counting(self) -> Self {
        Self { whole: true, ..self }
    }

    /// The same axis from `min` to `max`.
    pub fn within(self, min: f64, max: f64) -> Self {
        Self { min: Some(min), max: Some(max), ..self }
    }
}

/// Beyond this magnitude sums and differences overflow; such numbers count as infinite.
const LARGEST: f64 = 1e300;
/// Linear intervals narrower than this relative to their ends have no readable ticks.
const NARROWEST: f64 = 1e-9;
const SMALLEST: f64 = 1e-303;

impl Scale {
    /// The number on the axis' own ruler, or `None` where the axis cannot show it.
    pub(crate) fn ruler(self, value: f64) -> Option<f64> {
        match self {
            Self::Linear if value.abs() <= LARGEST => Some(value),
            Self::Log if (f64::MIN_POSITIVE..=LARGEST).contains(&value) => Some(value.log10()),
            _ => None,
        }
    }

    pub(crate) fn value(self, ruler: f64) -> f64 {
        match self {
            Self::Linear => ruler,
            Self::Log => 10f64.powf(ruler),
        }
    }
}

/// The smallest interval, on the ruler of an axis, that holds the numbers seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extent {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Extent {
    pub(crate) const EMPTY: Self = Self { low: f64::INFINITY, high: f64::NEG_INFINITY };

    pub(crate) fn of(scale: Scale, values: impl IntoIterator<Item = f64>) -> Self {
        let mut extent = Self::EMPTY;
        for ruler in values.into_iter().filter_map(|v| scale.ruler(v)) {
            extent.low = extent.low.min(ruler);
            extent.high = extent.high.max(ruler);
        }
        extent
    }

    pub(crate) fn union(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    fn is_empty(self) -> bool {
        self.low > self.high
    }
}

/// An axis with both ends known; positions along it run from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Span {
    pub(crate) scale: Scale,
    /// Lower end on the ruler.
    pub(crate) low: f64,
    /// Upper end on the ruler.
    pub(crate) high: f64,
    /// Whether only whole numbers have ticks.
    pub(crate) whole: bool,
}

impl Span {
    /// Fits the axis about the data, with a margin (a fraction of the length) where no bound is
    /// given. `None`: neither data nor bounds say where the axis is.
    pub(crate) fn fit(axis: &Axis, data: Extent, margin: f64) -> Option<Self> {
        let scale = axis.scale;
        let ruler = |bound: Option<f64>| bound.and_then(|v| scale.ruler(v));
        let (mut min, mut max) = (ruler(axis.min), ruler(axis.max));
        if let (Some(a), Some(b)) = (min, max)
            && (a >= b || widening(scale, a, b) > 0.0)
        {
            (min, max) = (None, None);
        }
        if data.is_empty() && (min.is_none() || max.is_none()) {
            return None;
        }
        // Data entirely beyond a single given bound would turn the axis round.
        let mut low = min.unwrap_or_else(|| data.low.min(max.unwrap_or(data.low)));
        let mut high = max.unwrap_or_else(|| data.high.max(min.unwrap_or(data.high)));
        let room = match (axis.whole, scale) {
            // One number stands alone between its neighbours.
            (true, Scale::Linear) if low == high => 1.0,
            _ => widening(scale, low, high),
        };
        if min.is_none() {
            low -= room;
        }
        if max.is_none() {
            high += room;
        }
        let length = high - low;
        if min.is_none() && margin > 0.0 {
            let padded = low - margin * length;
            low = round_end(scale, padded, length).filter(|r| *r <= low).unwrap_or(padded);
        }
        if max.is_none() && margin > 0.0 {
            let padded = high + margin * length;
            high = round_end(scale, padded, length).filter(|r| *r >= high).unwrap_or(padded);
        }
        Some(Self { scale, low, high, whole: axis.whole })
    }

    /// Position along the axis: 0 at the lower end, 1 at the upper, beyond them outside.
    pub(crate) fn position(&self, value: f64) -> Option<f64> {
        let ruler = self.scale.ruler(value)?;
        Some((ruler - self.low) / (self.high - self.low))
    }
}

/// The round number just by a padded end, where the axis had better end: a tick right beside the
/// corner looks like a mistake.
fn round_end(scale: Scale, end: f64, length: f64) -> Option<f64> {
    const NEAR: f64 = 0.03;
    let step = match scale {
        Scale::Log => 1.0,
        Scale::Linear => {
            let power = 10f64.powf((length / 5.0).log10().floor());
            let digit = match length / 5.0 / power {
                d if d < 1.5 => 1.0,
                d if d < 3.5 => 2.0,
                d if d < 7.5 => 5.0,
                _ => 10.0,
            };
            digit * power
        }
    };
    let round = (end / step).round() * step;
    let close = (round - end).abs() <= NEAR * length;
    (close && round.is_finite()).then_some(round)
}

/// How much an interval must grow at either end before it can carry ticks.
fn widening(scale: Scale, low: f64, high: f64) -> f64 {
    let largest = low.abs().max(high.abs());
    let (narrowest, room) = match scale {
        Scale::Log => (1e-6, 0.5),
        Scale::Linear if largest < SMALLEST => (SMALLEST, 1.0),
        Scale::Linear => (NARROWEST * largest, 0.1 * largest),
    };
    if high - low > narrowest { 0.0 } else { room }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(axis: &Axis, values: &[f64]) -> Option<Span> {
        Span::fit(axis, Extent::of(axis.scale, values.iter().copied()), 0.0)
    }

    #[test]
    fn strange_data_give_a_proper_interval_or_none() {
        let linear = Axis::linear("");
        let log = Axis::log("");
        assert_eq!(fit(&linear, &[]), None);
        assert_eq!(fit(&linear, &[f64::NAN, f64::INFINITY]), None);
        assert_eq!(fit(&log, &[-1.0, 0.0]), None);
        for axis in [linear, log] {
            for values in [
                vec![3.0],
                vec![1e-300, 1e-300],
                vec![1e-300, 1e300],
                vec![1.0, 1.0 + 1e-15],
                vec![0.0, 5e-324, 2.0],
                vec![-1e299, 1e299],
            ] {
                let span = fit(&axis, &values).unwrap();
                assert!(span.high > span.low, "{values:?} {span:?}");
                assert!((span.high - span.low).is_finite());
            }
        }
    }

    /// Ends with a margin: round numbers where they lie close, and the same ones in every unit that is a power of ten.
    #[test]
    fn padded_ends_are_round_in_every_unit() {
        for (values, ends) in [
            ([0.3, 7.6], [0.0, 8.0]),
            ([0.4, 9.4], [0.0, 10.0]),
            ([-1.0, 19.0], [-2.0, 20.0]),
            ([1.0, 39.0], [0.0, 40.0]),
            ([2.0, 14.0], [1.4, 14.6]),
        ] {
            for power in [-12, -3, -1, 0, 1, 2, 6, 12] {
                let unit = 10f64.powi(power);
                let axis = Axis::linear("");
                let span = Span::fit(&axis, Extent::of(axis.scale, values.map(|x| x * unit)), 0.05).unwrap();
                for (found, end) in [span.low, span.high].into_iter().zip(ends) {
                    assert!((found / unit - end).abs() < 1e-9, "{values:?} times {unit}: {span:?}");
                }
            }
        }
    }

    #[test]
    fn useless_bounds_are_ignored() {
        let reversed = Axis::linear("").within(2.0, 1.0);
        let span = fit(&reversed, &[0.0, 10.0]).unwrap();
        assert_eq!((span.low, span.high), (0.0, 10.0));
        let beyond = Axis { max: Some(-5.0), ..Axis::linear("") };
        let span = fit(&beyond, &[0.0, 10.0]).unwrap();
        assert!(span.low < span.high && span.high == -5.0);
    }
}
